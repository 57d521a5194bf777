/**
 * The habilitation matrix: which profession may READ which document type. Dated, versioned data, never code: a cell is
 * confirmed by a source or is our proposal, and says so.
 * @see CSP R.1111-46, arrêté of 26 October 2023; profiles/habilitation/
 */
import type { DocumentTypes } from '../codes/document-types.ts'

export type HabilitationSource = {
  readonly validFrom: string
  readonly version: string
  readonly source: string
  readonly excludedTypes: readonly (readonly [code: string, reason: string])[]
  readonly sources: readonly { readonly id: string; readonly text: string }[]
  readonly professions: readonly (readonly [code: string, systemOid: string, display: string])[]
  readonly types: readonly string[]
  readonly cells: readonly {
    readonly professions: readonly string[]
    readonly types: '*' | readonly string[]
    readonly value: 'allow' | 'deny'
    readonly status: 'confirmed' | 'proposed'
    readonly source: string
  }[]
}

export type HabilitationCell = {
  readonly value: 'allow' | 'deny'
  readonly status: 'confirmed' | 'proposed'
  /** What the value rests on, in words. */
  readonly source: string
}

export type HabilitationMatrix = {
  readonly validFrom: string
  readonly version: string
  readonly source: string
  readonly professions: readonly {
    readonly code: string
    readonly systemOid: string
    readonly display: string
  }[]
  readonly types: readonly string[]
  /** Types of JDV_J66 without a column, with the reason: read by no profession. */
  readonly excludedTypes: HabilitationSource['excludedTypes']
  /** Undefined for an unknown profession or type: denied. */
  cell(profession: string, type: string): HabilitationCell | undefined
  /** `system|code` of each type the profession may read; empty for an unknown profession, or none. */
  readableTypes(profession: string | undefined): ReadonlySet<string>
}

/** @throws on a missing cell, one that is filled twice, an unknown profession, type or source */
export function buildHabilitationMatrix(
  source: HabilitationSource,
  documentTypes: DocumentTypes,
): HabilitationMatrix {
  const fail = (what: string): never => {
    throw new Error(`habilitation ${source.validFrom}: ${what}`)
  }
  const professions = new Map(source.professions.map((p) => [p[0], new Map<string, HabilitationCell>()]))
  if (professions.size !== source.professions.length) fail('a profession stands twice')
  const types = new Set(source.types)
  const excluded = new Set(source.excludedTypes.map(([code]) => code))
  for (const { code } of documentTypes.all) {
    if (types.has(code) === excluded.has(code)) fail(`type ${code} must be a column or be excluded`)
  }
  const texts = new Map(source.sources.map(({ id, text }) => [id, text]))
  for (const row of source.cells) {
    const cell = {
      value: row.value,
      status: row.status,
      source: texts.get(row.source) ?? fail(`source ${row.source}`),
    }
    for (const profession of row.professions) {
      const cells = professions.get(profession) ?? fail(`profession ${profession} is not declared`)
      for (const type of row.types === '*' ? source.types : row.types) {
        if (!types.has(type)) fail(`type ${type} is not declared`)
        if (cells.has(type)) fail(`cell ${profession} × ${type} is filled twice`)
        cells.set(type, cell)
      }
    }
  }
  for (const [profession, cells] of professions) {
    const missing = source.types.find((type) => !cells.has(type))
    if (missing !== undefined) fail(`cell ${profession} × ${missing} is missing`)
  }
  const keyOf = (code: string): string => {
    const type = documentTypes.byCode(code) ?? fail(`type ${code} is not a document type`)
    return `${type.system}|${type.code}`
  }
  const keys = new Map(source.types.map((code) => [code, keyOf(code)]))
  const readable = new Map(
    [...professions].map(([code, cells]) => [
      code,
      new Set([...keys].flatMap(([type, key]) => (cells.get(type)?.value === 'allow' ? [key] : []))),
    ]),
  )
  const nothing: ReadonlySet<string> = new Set()
  return {
    validFrom: source.validFrom,
    version: source.version,
    source: source.source,
    professions: source.professions.map(([code, systemOid, display]) => ({ code, systemOid, display })),
    types: source.types,
    excludedTypes: source.excludedTypes,
    cell: (profession, type) => professions.get(profession)?.get(type),
    readableTypes: (profession) =>
      profession === undefined ? nothing : (readable.get(profession) ?? nothing),
  }
}
