/**
 * Profiles in the compact form of `profiles/structure-definitions/`: what each demands beyond its base, one line an
 * element, for both forms of PDSm 3.1.1. From it the StructureDefinitions are made that the validator compiles.
 * @see https://hl7.org/fhir/R4/structuredefinition.html, elementdefinition.html; docs/profiles.md
 *
 * Not restated, and so not in what is made here: mustSupport, prose, mappings, and what the base says already.
 */
import type { JsonObject, JsonValue } from '../fhir/json.ts'
import type { ValueSetCodes } from './value-set-codes.ts'
import { valueSetCodes } from './value-set-codes.ts'

/** PDSm 3.1.1 as published in January 2026, and as its main branch was in June: both call themselves 3.1.1. */
export const pdsmForms = ['2026-01', '2026-06'] as const
export type PdsmForm = (typeof pdsmForms)[number]

/** A cardinality alone, or more. URLs are written `prefix:rest`; a bare name is a type of R4. */
export type ElementRow =
  | string
  | {
      readonly card?: string
      readonly type?: string | readonly string[]
      /** Profiles of the value. */
      readonly follows?: readonly string[]
      /** What a Reference may lead to. */
      readonly to?: readonly string[]
      /** The reference leads to a contained resource. */
      readonly contained?: boolean
      readonly slicedBy?: readonly string[]
      readonly slicing?: 'open' | 'closed' | 'openAtEnd'
      readonly binding?: readonly [strength: string, valueSet: string]
      /** Key → what it says, and its FHIRPath where it has one. */
      readonly rules?: Readonly<Record<string, readonly [human: string, expression?: string]>>
      readonly [fixedOrPattern: `fixed${string}` | `pattern${string}`]: JsonValue
    }

type Rows = Readonly<Record<string, ElementRow>>

export type ProfileGuide = {
  readonly guide: string
  readonly version: string
  readonly source: string
  readonly note: string
  /** Prefix → beginning of a URL. */
  readonly urls: Readonly<Record<string, string>>
  /** Value sets of required bindings: code system → codes. */
  readonly valueSets?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>
  readonly profiles: Readonly<
    Record<
      string,
      {
        readonly base: string
        readonly elements: Rows
        /** Lines that one form has otherwise, or alone. */
        readonly forms?: Readonly<Partial<Record<PdsmForm, Rows>>>
      }
    >
  >
}

export type GuideProfiles = {
  readonly structures: readonly JsonObject[]
  valueSet(url: string): ValueSetCodes | undefined
}

const CORE = 'http://hl7.org/fhir/StructureDefinition/'

/** @throws when a prefix is not declared, or a profile is based on one that is in no guide */
export function expandGuides(guides: readonly ProfileGuide[], form: PdsmForm): GuideProfiles {
  const bases = new Map<string, string>()
  for (const guide of guides) {
    for (const [name, { base }] of Object.entries(guide.profiles)) {
      bases.set(urlOf(name, guide), urlOf(base, guide))
    }
  }
  const valueSets = new Map<string, ValueSetCodes>()
  const structures = guides.flatMap((guide) => {
    for (const [name, systems] of Object.entries(guide.valueSets ?? {})) {
      const url = urlOf(name, guide)
      valueSets.set(url, valueSetCodes(url, systems))
    }
    return Object.entries(guide.profiles).map(([name, { base, elements, forms }]) => {
      const url = urlOf(name, guide)
      const type = typeOf(url, bases)
      const rows = { ...ownUrl(type, base, url), ...elements, ...forms?.[form] }
      return {
        resourceType: 'StructureDefinition',
        url,
        version: guide.version,
        status: 'active',
        fhirVersion: '4.0.1',
        type,
        baseDefinition: urlOf(base, guide),
        derivation: 'constraint',
        differential: { element: Object.entries(rows).map(([at, row]) => element(type, at, row, guide)) },
      }
    })
  })
  return { structures, valueSet: (url) => valueSets.get(url) }
}

function urlOf(name: string, { urls, guide }: ProfileGuide): string {
  const colon = name.indexOf(':')
  if (colon < 0) return CORE + name
  const beginning = urls[name.slice(0, colon)]
  if (beginning === undefined) throw new Error(`${guide}: no URL for ${name}`)
  return beginning + name.slice(colon + 1)
}

function typeOf(url: string, bases: ReadonlyMap<string, string>): string {
  let at = url
  // No chain is longer than the guides have profiles, unless it is a circle.
  for (let steps = 0; steps <= bases.size; steps++) {
    if (at.startsWith(CORE) && !bases.has(at)) return at.slice(CORE.length)
    const base = bases.get(at)
    if (base === undefined) throw new Error(`${url}: its base ${at} is in no guide`)
    at = base
  }
  throw new Error(`${url} is based on itself`)
}

/** The url of an extension is that of its definition. */
function ownUrl(type: string, base: string, url: string): Rows {
  return type === 'Extension' && base === 'Extension' ? { url: { fixedUri: url } } : {}
}

function element(type: string, at: string, row: ElementRow, guide: ProfileGuide): JsonObject {
  const id = at === '' ? type : `${type}.${at}`
  const path = id
    .split('.')
    .map((step) => step.split(':')[0])
    .join('.')
  if (typeof row === 'string') return { id, path, ...cardinality(row) }
  const { card, type: types, follows, to, contained, slicedBy, slicing, binding, rules, ...values } = row
  const urls = (names: readonly string[]): string[] => names.map((name) => urlOf(name, guide))
  return {
    id,
    path,
    ...(card === undefined ? {} : cardinality(card)),
    ...(types === undefined
      ? {}
      : {
          type: [types].flat().map((code) => ({
            code,
            ...(follows ? { profile: urls(follows) } : {}),
            ...(to ? { targetProfile: urls(to) } : {}),
            ...(contained ? { aggregation: ['contained'] } : {}),
          })),
        }),
    ...(slicedBy
      ? { slicing: { discriminator: slicedBy.map(discriminator), rules: slicing ?? 'open' } }
      : {}),
    ...(binding ? { binding: { strength: binding[0], valueSet: urlOf(binding[1], guide) } } : {}),
    ...(rules ? { constraint: Object.entries(rules).map(constraint) } : {}),
    ...values,
  }
}

function cardinality(card: string): { min: number; max: string } {
  const [min = '', max = ''] = card.split('..')
  return { min: Number(min), max }
}

function discriminator(text: string): JsonObject {
  const colon = text.indexOf(':')
  return { type: text.slice(0, colon), path: text.slice(colon + 1) }
}

function constraint([key, [human, expression]]: [string, readonly [string, string?]]): JsonObject {
  return { key, severity: 'error', human, ...(expression === undefined ? {} : { expression }) }
}
