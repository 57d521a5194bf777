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
import type { Criterion, SearchExpression } from '../../search/search-expression.ts'
import { includeResources } from '../../storage/resources/include-resources.ts'
import { countResources, searchResources } from '../../storage/resources/search-resources.ts'
import type { StoredResource } from '../../storage/resources/stored-resource.ts'
import type { CodeSource } from '../../terminology/code-source.ts'
import { ancestors, codesOf, descendants } from '../../terminology/search-codes.ts'
import type { Answer, Exchange } from '../exchange.ts'
import type { Input } from '../input.ts'
import { Pages } from '../pages.ts'
import { type Pairs, queryOf } from '../query.ts'
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

/**
 * `Patient/1/Observation`, or `Patient/1/*` for every type of the compartment.
 * @param operation `$everything`, when that is what was asked
 */
export function searchCompartment(
  engine: RestEngine,
  exchange: Exchange,
  input: Input,
  operation?: string,
): Promise<Answer> {
  const { type: centre, id, version: member } = input
  const compartment = compartmentOf(engine, centre)
  if (compartment.size === 0 || (member !== '*' && !compartment.has(member)))
    throw refusal('not-found', 'inconnu')
  const types = member === '*' ? [...compartment.keys()] : [member]
  return search(engine, exchange, types, input.pairs, {
    path: `${centre}/${id}/${operation ?? member}`,
    within: {
      kind: 'compartment',
      parameter: '_compartment',
      type: centre,
      id,
      parameters: compartment,
    },
  })
}

/** Resource type → codes of the parameters by which it is in the compartment. */
function compartmentOf({ registry }: RestEngine, centre: string): ReadonlyMap<string, readonly string[]> {
  const all = registry.resourceTypes.map(
    (type) => [type, registry.compartmentParameters(centre, type)] as const,
  )
  const members = all.filter(([, parameters]) => parameters.length > 0)
  return new Map(
    members.length > 0 ? [...members, [centre, registry.compartmentParameters(centre, centre)]] : [],
  )
}

type Listing = {
  /** Below the base. */
  readonly path: string
  readonly within?: Criterion
}

async function search(
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
  const expression = listing.within ? { ...parsed, criteria: [listing.within, ...parsed.criteria] } : parsed
  const query = queryOf(expression.understood)
  exchange.trace.asks(traced, query)
  const pages = new Pages(engine, exchange, listing.path, query, expression.cursor)
  const counting = expression.summary === 'count' || expression.count === 0
  const total = counting || expression.total === 'accurate' ? count(engine, expression) : undefined
  if (counting) return { status: 200, body: searchsetBundle(pages.links(undefined), [], await total) }
  const [page, counted] = await Promise.all([
    searchResources(engine.reads, engine.partition, expression, pages.after(), engine.reach),
    total,
  ])
  const included = await includeResources(
    engine.reads,
    engine.partition,
    page.entries,
    expression.includes,
    engine.reach,
    MAX_INCLUDED,
  )
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
