/**
 * search of a type, of the system, and of a compartment.
 * @see https://hl7.org/fhir/R4/search.html, http.html#search
 */
import { type SearchEntry, searchsetBundle } from '../../fhir/bundle.ts'
import { refusal } from '../../fhir/fhir-error.ts'
import type { Issue } from '../../fhir/issue.ts'
import { operationOutcome } from '../../fhir/outcome.ts'
import { parseSearch } from '../../search/parse-search.ts'
import type { SearchCodes } from '../../search/search-codes.ts'
import type { Criterion, Include, SearchExpression } from '../../search/search-expression.ts'
import { type Included, includeResources } from '../../storage/resources/include-resources.ts'
import { countResources, searchResources } from '../../storage/resources/search-resources.ts'
import type { StoredResource } from '../../storage/resources/stored-resource.ts'
import type { CodeSource } from '../../terminology/code-source.ts'
import { ancestors, codesOf, descendants } from '../../terminology/search-codes.ts'
import type { Answer, Exchange } from '../exchange.ts'
import type { Input } from '../input.ts'
import { Pages } from '../pages.ts'
import { type Pairs, queryOf } from '../query.ts'
import { compartment } from './compartment.ts'
import type { RestEngine } from './rest-engine.ts'
import { formed } from './result-form.ts'
import { withTerminology } from './stored-terminology.ts'

/** Resources that `_include` and `_revinclude` may add to one page. */
const MAX_INCLUDED = 1000

export function searchType(engine: RestEngine, exchange: Exchange, input: Input): Promise<Answer> {
  return search(engine, exchange, [input.type], input.pairs, { path: input.type })
}

/** Without `_type` on every type, by the parameters that all of them share. */
export function searchSystem(engine: RestEngine, exchange: Exchange, input: Input): Promise<Answer> {
  return search(engine, exchange, engine.registry.resourceTypes, input.pairs, { path: '' })
}

/** `Patient/1/Observation`, or `Patient/1/*` for every type of the compartment. */
export function searchCompartment(engine: RestEngine, exchange: Exchange, input: Input): Promise<Answer> {
  const { type, id, version: member } = input
  const { types, criterion } = compartment(engine, type, id)
  if (types.length === 0 || (member !== '*' && !types.includes(member))) throw refusal('not-found', 'inconnu')
  return search(engine, exchange, member === '*' ? types : [member], input.pairs, {
    path: `${type}/${id}/${member}`,
    within: [criterion],
  })
}

/** What to search, and where. */
export type Listing = {
  /** Below the base. */
  readonly path: string
  /** Holds beside what the parameters of the search say. */
  readonly within?: readonly Criterion[]
  /** Parameters that are none of a search, as `self` tells them. */
  readonly asked?: Pairs
  /** What comes along with a page, in the place of what `_include` asks for. */
  readonly include?: (page: readonly StoredResource[], expression: SearchExpression) => Promise<Included>
}

/** @param types those that the parameters are of */
export async function search(
  engine: RestEngine,
  exchange: Exchange,
  types: readonly string[],
  pairs: Pairs,
  listing: Listing,
): Promise<Answer> {
  const [only] = types
  const traced = types.length === 1 && only !== undefined ? only : ''
  exchange.trace.asks(traced)
  const parsed = await understand(engine, types, pairs, exchange.handling)
  const { path, within = [], asked = [] } = listing
  const expression = { ...parsed, criteria: [...within, ...parsed.criteria] }
  const query = queryOf([...asked, ...expression.understood])
  exchange.trace.asks(traced, query)
  const pages = new Pages(engine, exchange, path, query, expression.cursor)
  const counting = expression.summary === 'count' || expression.count === 0
  const total = counting || expression.total === 'accurate' ? count(engine, expression) : undefined
  if (counting) return { status: 200, body: searchsetBundle(pages.links(undefined), [], await total) }
  const [page, counted] = await Promise.all([
    searchResources(engine.reads, engine.partition, expression, pages.after(), engine.reach),
    total,
  ])
  const include = listing.include ?? ((found) => includeAsked(engine, found, expression.includes))
  const included = await include(page.entries, expression)
  for (const { type, id, version } of [...page.entries, ...included.entries])
    exchange.trace.concerns(type, id, version)
  const last = page.more ? page.entries.at(-1) : undefined
  const entries = [
    ...page.entries.map((found) => entryOf(engine, expression, found, 'match')),
    ...included.entries.map((found) => entryOf(engine, expression, found, 'include')),
    ...told(engine, exchange, expression, included.truncated),
  ]
  return { status: 200, body: searchsetBundle(pages.links(last?.position), entries, counted) }
}

/** What the includes bring; of more than one page may hold, some. */
export function includeAsked(
  { reads, partition, reach }: RestEngine,
  found: readonly StoredResource[],
  includes: readonly Include[],
): Promise<Included> {
  return includeResources(reads, partition, found, includes, reach, MAX_INCLUDED)
}

const codesFrom = (source: CodeSource): SearchCodes => ({
  codesOf: (valueSet) => codesOf(source, valueSet),
  descendants: (system, code) => descendants(source, system, code),
  ancestors: (system, code) => ancestors(source, system, code),
})

/** Value sets that clients have stored are asked for too (`:in`, `:below` …). */
function understand(
  engine: RestEngine,
  types: readonly string[],
  pairs: Pairs,
  handling: Exchange['handling'],
): Promise<SearchExpression> {
  const capability = engine.searchOf(types)
  return withTerminology(engine, (source) =>
    parseSearch({ ...capability, codes: codesFrom(source) }, pairs, handling),
  )
}

function count(engine: RestEngine, expression: SearchExpression): Promise<number> {
  return countResources(engine.reads, engine.partition, expression, engine.reach)
}

function entryOf(
  engine: RestEngine,
  expression: SearchExpression,
  { type, id, body }: StoredResource,
  mode: 'match' | 'include',
): SearchEntry {
  return { fullUrl: `${engine.base}/${type}/${id}`, resource: formed(engine, body, expression), mode }
}

/** What the answer leaves out, said in it: parameters ignored on request, includes past the limit. */
function told(
  engine: RestEngine,
  exchange: Exchange,
  { ignored }: SearchExpression,
  truncated: boolean,
): SearchEntry[] {
  const issues: Issue[] = ignored.map((name) => ({
    severity: 'warning',
    type: 'not-supported',
    error: 'parametre-ignore',
    params: { name: name.slice(0, 64) },
  }))
  if (truncated) {
    issues.push({
      severity: 'warning',
      type: 'too-long',
      error: 'trop-long',
      params: { what: '_include, _revinclude', limit: MAX_INCLUDED },
    })
  }
  if (issues.length === 0) return []
  return [
    {
      fullUrl: `urn:uuid:${engine.newId(exchange.now)}`,
      resource: operationOutcome(issues, exchange.language),
      mode: 'outcome',
    },
  ]
}
