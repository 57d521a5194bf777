/**
 * The tables of `profiles/terminology` as value sets and code systems, so that the operations know them too.
 * A table of type JDV is a value set. One of type TRE is a code system, and complete. Of the other French systems the
 * codes that occur in our tables make a fragment: it says what a code means, never that a code is not of the system.
 * @see https://mos.esante.gouv.fr/NOS/ and each file's `source`
 */
import type { ProfileTables, ValueSetTable } from '../definitions/profile-tables.ts'
import type { JsonObject } from '../fhir/json.ts'

const FRENCH = 'https://mos.esante.gouv.fr/'

type Table = Omit<ValueSetTable, 'concepts'> & {
  readonly concepts: readonly (readonly [system: string, code: string, display: string, ...more: string[]])[]
}

export function frenchTables(tables: ProfileTables): readonly JsonObject[] {
  const all: readonly Table[] = [
    tables.documentTypes,
    tables.documentClasses,
    tables.confidentiality,
    tables.visibility,
    tables.facilityTypes,
    tables.practiceSettings,
    tables.contentTypes,
    tables.formats,
    tables.professions,
    tables.accessModes,
  ]
  const isSystem = (table: Table): boolean => Object.values(table.systems).includes(table.url)
  const whole = all.filter(isSystem).map(codeSystem)
  const wholeUrls = new Set(whole.map(({ url }) => url))
  const fragments = [...conceptsBySystem(all)]
    .filter(([url]) => url.startsWith(FRENCH) && !wholeUrls.has(url))
    .map(([url, concepts]) => fragment(url, concepts))
  return [...whole, ...fragments, ...all.filter((table) => !isSystem(table)).map(valueSet)]
}

type Concept = { code: string; display: string }

function conceptsBySystem(tables: readonly Table[]): ReadonlyMap<string, readonly Concept[]> {
  const systems = new Map<string, Map<string, Concept>>()
  for (const { url, concepts } of tables.flatMap(includes)) {
    const known = systems.get(url) ?? new Map<string, Concept>()
    for (const concept of concepts) if (!known.has(concept.code)) known.set(concept.code, concept)
    systems.set(url, known)
  }
  return new Map([...systems].map(([url, concepts]) => [url, [...concepts.values()]]))
}

function includes(table: Table): { url: string; concepts: Concept[] }[] {
  return Object.entries(table.systems).flatMap(([key, url]) => {
    const concepts = table.concepts
      .filter(([system]) => system === key)
      .map(([, code, display]) => ({ code, display }))
    return concepts.length > 0 ? [{ url, concepts }] : []
  })
}

function heading(table: Table): JsonObject {
  return {
    id: table.name.replaceAll('_', '-'),
    language: 'fr',
    url: table.url,
    ...(table.oid ? { identifier: [{ system: 'urn:ietf:rfc:3986', value: `urn:oid:${table.oid}` }] } : {}),
    version: table.version,
    name: table.name,
    status: 'active',
    experimental: false,
    description: [table.source, ...(table.note ? [table.note] : [])].join('. '),
  }
}

function valueSet(table: Table): JsonObject {
  return {
    resourceType: 'ValueSet',
    ...heading(table),
    compose: { include: includes(table).map(({ url, concepts }) => ({ system: url, concept: concepts })) },
  }
}

function codeSystem(table: Table): JsonObject {
  const concept = includes(table).flatMap(({ url, concepts }) => (url === table.url ? concepts : []))
  return { resourceType: 'CodeSystem', ...heading(table), caseSensitive: true, content: 'complete', concept }
}

/** `https://mos.esante.gouv.fr/NOS/TRE_A05-TypeDocComplementaire/FHIR/…` is named `TRE_A05-TypeDocComplementaire`. */
function fragment(url: string, concept: readonly Concept[]): JsonObject {
  const title = url.split('/')[4] ?? url
  return {
    resourceType: 'CodeSystem',
    id: title.replaceAll('_', '-').slice(0, 64),
    language: 'fr',
    url,
    name: title.replace(/\W/g, '_'),
    title,
    status: 'active',
    experimental: false,
    description: 'The codes of this system that occur in the tables of this server.',
    caseSensitive: true,
    content: 'fragment',
    concept: [...concept],
  }
}
