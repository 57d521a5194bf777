/**
 * What the resources of `$everything` refer to outside of the compartment: authors, organisations, places, medication.
 * What is inside stands on a page of its own, or was left out by what was asked.
 * @see https://hl7.org/fhir/R4/patient-operation-everything.html (and any resource referenced from those)
 *
 * Followed are the references that search parameters find, and one step only.
 */
import type { Include } from '../../../search/search-expression.ts'
import type { Included } from '../../../storage/resources/include-resources.ts'
import { searchResources } from '../../../storage/resources/search-resources.ts'
import type { StoredResource } from '../../../storage/resources/stored-resource.ts'
import type { Compartment } from '../compartment.ts'
import type { RestEngine } from '../rest-engine.ts'
import { includeAsked } from '../search.ts'

/** @param wanted the types asked for; undefined: all */
export async function includeReferenced(
  engine: RestEngine,
  compartment: Compartment,
  page: readonly StoredResource[],
  wanted: readonly string[] | undefined,
): Promise<Included> {
  const types = [...new Set(page.map(({ type }) => type))]
  const { entries, truncated } = await includeAsked(
    engine,
    page,
    types.flatMap((type) => references(engine, type)),
  )
  const inside = await namesInside(engine, compartment, entries)
  const outside = entries.filter(
    ({ type, id }) => !inside.has(`${type}/${id}`) && (wanted === undefined || wanted.includes(type)),
  )
  return { entries: outside, truncated }
}

function references({ searchOf }: RestEngine, source: string): Include[] {
  return [...searchOf([source]).parameters.values()].flatMap(({ code, kind }) =>
    kind === 'reference' ? [{ reverse: false, iterate: false, source, parameter: code }] : [],
  )
}

async function namesInside(
  { reads, partition, reach }: RestEngine,
  { types, criterion }: Compartment,
  found: readonly StoredResource[],
): Promise<ReadonlySet<string>> {
  const suspected = found.filter(({ type }) => types.includes(type))
  if (suspected.length === 0) return new Set()
  const search = {
    types: [...new Set(suspected.map(({ type }) => type))],
    criteria: [criterion, { kind: 'id', parameter: '_id', values: suspected.map(({ id }) => id) } as const],
    sort: [],
    count: suspected.length,
    total: 'none',
    summary: 'false',
    elements: [],
    includes: [],
    understood: [],
    ignored: [],
  } as const
  const { entries } = await searchResources(reads, partition, search, undefined, reach)
  return new Set(entries.map(({ type, id }) => `${type}/${id}`))
}
