/**
 * Resources a search is tried on: created once, found by a tag of their own, named by labels in the cases.
 *
 *   must.each(people, 'Patient', [['birthdate=1980', ['eve']], …])
 */
import type { Bundle, BundleEntry, Resource } from '@medplum/fhirtypes'
import { check, present, sameSet, status } from './check.ts'
import type { Add, Context } from './clause.ts'
import { type Fhir, type HeaderFields, idOf, type Received, resourceOf } from './client.ts'
import { Unmet } from './unmet.ts'

export const TAG_SYSTEM = 'https://conformance.example/run'
const AT_ONCE = 8
const MOST_PAGES = 50

export type Population = {
  readonly tag: string
  /** The id behind a label. */
  readonly id: (label: string) => string
  /** The label behind an id; the id itself for a stranger. */
  readonly label: (id: string) => string
  readonly labels: readonly string[]
}

/** In layers when later resources name earlier ones: `(id) => ({ … reference: `Patient/${id('eve')}` })`. */
export type Layer = (id: (label: string) => string) => Readonly<Record<string, Resource>>

export async function populate({ fhir, unique }: Context, ...layers: readonly Layer[]): Promise<Population> {
  const tag = unique('tag')
  const ids = new Map<string, string>()
  const labels = new Map<string, string>()
  const id = (label: string): string => present(ids.get(label), `the id of ${label}`)
  for (const layer of layers) {
    const queue = Object.entries(layer(id))
    const work = async (): Promise<void> => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        const [label, resource] = next
        const received = await fhir.post(`/${resource.resourceType}`, tagged(resource, tag))
        if (received.status !== 201)
          throw new Unmet(`could not create ${label}: ${received.status} ${received.text.slice(0, 600)}`)
        ids.set(label, idOf(received))
        labels.set(`${resource.resourceType}/${idOf(received)}`, label)
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, work))
  }
  return {
    tag,
    id,
    label: (reference) => labels.get(reference) ?? reference,
    labels: [...ids.keys()],
  }
}

function tagged(resource: Resource, tag: string): Resource {
  const meta = resource.meta ?? {}
  return { ...resource, meta: { ...meta, tag: [...(meta.tag ?? []), { system: TAG_SYSTEM, code: tag }] } }
}

/** `a=b c|d&e=f` with names and values percent-encoded; a value that contains `&` writes it `%26`. */
export function encoded(query: string): string {
  return query
    .split('&')
    .map((pair) => {
      const cut = pair.indexOf('=')
      const parts = cut < 0 ? [pair] : [pair.slice(0, cut), pair.slice(cut + 1)]
      return parts.map((part) => encodeURIComponent(part.replaceAll('%26', '&'))).join('=')
    })
    .join('&')
}

export function tagQuery(population: Population): string {
  return `_tag=${TAG_SYSTEM}|${population.tag}`
}

/** One page of a search within the population. */
export function searchPage(
  fhir: Fhir,
  population: Population,
  type: string,
  query: string,
  headers: HeaderFields = {},
): Promise<Received> {
  const whole = [query, tagQuery(population)].filter((part) => part !== '').join('&')
  return fhir.get(`${type === '' ? '' : `/${type}`}?${encoded(whole)}`, headers)
}

/** Every entry of a search, over all its pages. */
export async function searchAll(fhir: Fhir, first: Received): Promise<BundleEntry[]> {
  const entries: BundleEntry[] = []
  let received = first
  for (let page = 0; page < MOST_PAGES; page++) {
    status(received, 200)
    const bundle = resourceOf(received, 'Bundle')
    entries.push(...(bundle.entry ?? []))
    const next = linkOf(bundle, 'next')
    if (next === undefined) return entries
    received = await fhir.get(next)
  }
  throw new Unmet(`a search of more than ${MOST_PAGES} pages`)
}

export function linkOf(bundle: Bundle, relation: string): string | undefined {
  return bundle.link?.find((link) => link.relation === relation)?.url
}

export function referenceOf(resource: Resource | undefined): string {
  return `${resource?.resourceType}/${resource?.id}`
}

/** Labels of the matches, in the order of the answer. */
export async function found(
  fhir: Fhir,
  population: Population,
  type: string,
  query: string,
): Promise<string[]> {
  return labelsOf(population, await searchAll(fhir, await searchPage(fhir, population, type, query)))
}

export function labelsOf(
  population: Population,
  entries: readonly BundleEntry[],
  mode: 'match' | 'include' = 'match',
): string[] {
  return entries
    .filter(({ search }) => (search?.mode ?? 'match') === mode)
    .map(({ resource }) => population.label(referenceOf(resource)))
}

/** A query and the labels it finds, no more and no fewer. */
export type Row = readonly [query: string, labels: readonly string[], why?: string]

/** One case for each row. `{label}` in a query is the id behind it. */
export function eachRow(
  add: Add,
  population: (context: Context) => Promise<Population>,
  type: string,
  rows: readonly Row[],
  spec?: string,
): void {
  for (const [query, labels, why] of rows) {
    const title = `${type}?${query} finds ${labels.join(', ') || 'nothing'}${why === undefined ? '' : ` (${why})`}`
    add(
      title,
      async (context) => {
        const people = await population(context)
        const filled = query.replaceAll(/\{(\w+)\}/g, (_brace, label: string) => people.id(label))
        sameSet(await found(context.fhir, people, type, filled), labels, title)
      },
      spec,
    )
  }
}

/** One case for each query that a server, asked to be strict, refuses rather than leaves a part of it out. */
export function eachRefused(
  add: Add,
  population: (context: Context) => Promise<Population>,
  type: string,
  queries: readonly string[],
  spec?: string,
): void {
  for (const query of queries) {
    add(
      `${type}?${query} is refused`,
      async (context) => {
        const received = await searchPage(context.fhir, await population(context), type, query, {
          prefer: 'handling=strict',
        })
        status(received, 400)
        check(resourceOf(received, 'OperationOutcome').issue.length > 0, 'the refusal says why')
      },
      spec,
    )
  }
}
