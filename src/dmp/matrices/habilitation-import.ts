/**
 * A published matrix → a version of ours. All or nothing: an unknown code, a contradiction or a missing cell and there is
 * no new table. What a publication says is `confirmed`; what is kept of the table before stays as it was.
 * @see rules H1; docs/operations.md "The habilitation matrix"
 */
import type { DocumentTypes } from '../codes/document-types.ts'
import type { HabilitationMatrix, HabilitationSource } from './habilitation-matrix.ts'
import type { PublishedRow } from './habilitation-publication.ts'

export type ImportedTable = HabilitationSource & {
  readonly name: string
  readonly right: 'READ'
  readonly status: 'confirmed' | 'proposed'
}

export type HabilitationImport = {
  /** The table that is in force the day before. */
  readonly before: HabilitationMatrix
  readonly documentTypes: DocumentTypes
  /** Professions that may be added, by code: beside those of the table before. */
  readonly professions: ReadonlyMap<string, { readonly systemOid: string; readonly display: string }>
  /** Professions of which the publication says nothing and whose cells stay: those it cannot number. */
  readonly keep: readonly string[]
  readonly validFrom: string
  readonly version: string
  /** What the publication is, in words. */
  readonly source: string
}

export type Imported = { readonly table: ImportedTable } | { readonly faults: string[] }

const PUBLICATION = 'publication'

export function importHabilitation(rows: readonly PublishedRow[], given: HabilitationImport): Imported {
  const { before, keep, documentTypes } = given
  const faults = [...unknownCodes(rows, given), ...wrongCategories(rows, documentTypes), ...repeated(rows)]
  const told = new Set(rows.map(({ profession }) => profession))
  for (const code of keep) {
    if (told.has(code)) faults.push(`profession ${code} is to be kept, and the publication has it`)
    else if (!before.professions.some((known) => known.code === code))
      faults.push(`profession ${code} is to be kept, and the table before has it not`)
  }
  // What is missing is worth saying once the codes are right.
  if (faults.length === 0) faults.push(...missing(rows, given))
  return faults.length > 0 ? { faults } : { table: build(rows, given) }
}

function unknownCodes(
  rows: readonly PublishedRow[],
  { before, professions, documentTypes }: HabilitationImport,
): string[] {
  const known = new Set([...before.professions.map(({ code }) => code), ...professions.keys()])
  const columns = new Set(before.types)
  const unknown = (codes: readonly string[], isKnown: (code: string) => boolean): string[] =>
    [...new Set(codes)].filter((code) => !isKnown(code)).sort()
  const others = unknown(
    rows.map(({ type }) => type),
    (code) => columns.has(code),
  )
  return [
    ...unknown(
      rows.map(({ profession }) => profession),
      (code) => known.has(code),
    ).map((code) => `unknown profession ${code}`),
    ...others.map((code) =>
      documentTypes.byCode(code)
        ? `document type ${code} is left out of the matrix on purpose`
        : `unknown document type ${code}`,
    ),
  ]
}

/** The class that the publication gives a type is the one that ASS_X16 gives it, or one of the two is wrong. */
function wrongCategories(rows: readonly PublishedRow[], documentTypes: DocumentTypes): string[] {
  return rows.flatMap(({ line, type, category }) => {
    const known = documentTypes.byCode(type)
    return known && known.class.code !== category
      ? [`line ${line}: type ${type} is of category ${known.class.code}, not ${category}`]
      : []
  })
}

function repeated(rows: readonly PublishedRow[]): string[] {
  const first = new Map<string, PublishedRow>()
  return rows.flatMap((row) => {
    const cell = `${row.profession} × ${row.type}`
    const same = first.get(cell)
    if (!same) {
      first.set(cell, row)
      return []
    }
    const contradicts = same.readable === row.readable ? 'repeats' : 'contradicts'
    return [`line ${row.line}: ${cell} ${contradicts} line ${same.line}`]
  })
}

function missing(rows: readonly PublishedRow[], { before, keep }: HabilitationImport): string[] {
  const given = new Map<string, Set<string>>()
  for (const { profession, type } of rows) {
    const types = given.get(profession) ?? new Set()
    given.set(profession, types.add(type))
  }
  const expected = new Set([...before.professions.map(({ code }) => code), ...given.keys()])
  return [...expected].flatMap((code) => {
    if (keep.includes(code)) return []
    const types = given.get(code)
    if (!types) return [`profession ${code} is missing (--keep ${code} leaves it as it was)`]
    return before.types.filter((type) => !types.has(type)).map((type) => `cell ${code} × ${type} is missing`)
  })
}

function build(rows: readonly PublishedRow[], given: HabilitationImport): ImportedTable {
  const { before, keep, professions } = given
  const readable = new Map<string, Set<string>>()
  for (const row of rows) {
    const types = readable.get(row.profession) ?? new Set()
    readable.set(row.profession, row.readable ? types.add(row.type) : types)
  }
  const published = [...readable].flatMap(([profession, types]) => [
    cells(
      profession,
      'allow',
      before.types.filter((type) => types.has(type)),
    ),
    cells(
      profession,
      'deny',
      before.types.filter((type) => !types.has(type)),
    ),
  ])
  const kept = keptCells(before, keep)
  const added = [...readable.keys()].filter(
    (code) => !before.professions.some((known) => known.code === code),
  )
  return {
    name: 'habilitation-READ',
    right: 'READ',
    validFrom: given.validFrom,
    version: given.version,
    status: keep.length === 0 ? 'confirmed' : 'proposed',
    source: given.source,
    excludedTypes: before.excludedTypes,
    sources: [{ id: PUBLICATION, text: given.source }, ...kept.sources],
    professions: [
      ...before.professions.map(({ code, systemOid, display }) => [code, systemOid, display] as const),
      ...added.map(
        (code) =>
          [code, professions.get(code)?.systemOid ?? '', professions.get(code)?.display ?? ''] as const,
      ),
    ],
    types: before.types,
    cells: [...published, ...kept.cells].filter(({ types }) => types.length > 0),
  }
}

type Row = HabilitationSource['cells'][number]

function cells(profession: string, value: Row['value'], types: readonly string[]): Row {
  return { professions: [profession], types, value, status: 'confirmed', source: PUBLICATION }
}

/** The cells of the professions that are kept, each with the source and status that it had. */
function keptCells(
  before: HabilitationMatrix,
  keep: readonly string[],
): { readonly sources: HabilitationSource['sources']; readonly cells: readonly Row[] } {
  const ids = new Map<string, string>()
  const rows = new Map<string, Row & { readonly types: string[] }>()
  for (const profession of keep) {
    for (const type of before.types) {
      const cell = before.cell(profession, type)
      if (!cell) continue
      const source = ids.get(cell.source) ?? `kept-${ids.size + 1}`
      ids.set(cell.source, source)
      const key = `${profession} ${cell.value} ${cell.status} ${source}`
      const row = rows.get(key) ?? {
        professions: [profession],
        types: [],
        value: cell.value,
        status: cell.status,
        source,
      }
      row.types.push(type)
      rows.set(key, row)
    }
  }
  return { sources: [...ids].map(([text, id]) => ({ id, text })), cells: [...rows.values()] }
}
