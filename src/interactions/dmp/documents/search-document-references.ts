/**
 * ITI-67: the documents of a record, newest first, page by page.
 * @see https://profiles.ihe.net/ITI/MHD/ITI-67.html, docs/policy.md F8, F9, V7, D4, D9
 */
import { type SearchEntry, searchsetBundle } from '../../../fhir/bundle.ts'
import { encodeUuid, type Uuid } from '../../../fhir/id.ts'
import { operationOutcome } from '../../../fhir/outcome.ts'
import { parseSearch } from '../../../search/parse-search.ts'
import type { SearchExpression } from '../../../search/search-expression.ts'
import { countDocuments, type Page, searchDocuments } from '../../../storage/search-documents.ts'
import type { Answer } from '../../exchange.ts'
import { type Pairs, queryOf } from '../../query.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { permitOrOwn } from '../permit.ts'
import { recordAsked } from '../record-asked.ts'
import { RecordPages } from '../record-pages.ts'

export async function searchDocumentReferences(
  engine: DmpEngine,
  exchange: DmpExchange,
  pairs: Pairs,
): Promise<Answer> {
  exchange.trace.asks('DocumentReference')
  const search = parseSearch(engine.searches.DocumentReference, pairs, exchange.handling)
  exchange.trace.asks('DocumentReference', queryOf(search.understood))
  const record = await recordAsked(engine, exchange, search.patient)
  const { scope, record: permitted } = permitOrOwn(engine, exchange, record, givingWay(search))
  const key = permitted.facts.patientKey
  const paging = new RecordPages(engine, exchange, search, key)
  const after = paging.after()
  const [page, total] = await Promise.all([
    searchDocuments(engine.db, key, scope, search, after),
    search.total === 'accurate' ? countDocuments(engine.db, key, scope, search) : undefined,
  ])
  for (const found of page.entries)
    exchange.trace.concerns('DocumentReference', encodeUuid(found.id), found.version)
  return {
    status: 200,
    body: searchsetBundle(
      paging.links(page.more ? page.entries.at(-1) : undefined),
      entriesOf(engine, exchange, key, search, page),
      total,
    ),
  }
}

/** Who asks for a document by its identifier may find its own without an authorisation (F9). */
function givingWay(search: SearchExpression): 'functional right' | 'functional right or authorisation' {
  return search.criteria.some((criterion) => criterion.parameter === 'identifier')
    ? 'functional right or authorisation'
    : 'functional right'
}

function entriesOf(
  engine: DmpEngine,
  exchange: DmpExchange,
  patientKey: Uuid,
  search: SearchExpression,
  page: Page,
): SearchEntry[] {
  const record = encodeUuid(patientKey)
  const entries: SearchEntry[] = page.entries.map((found) => ({
    fullUrl: `${engine.base}/DocumentReference/${record}.${encodeUuid(found.id)}`,
    resource: found.body,
    mode: 'match',
  }))
  if (search.ignored.length > 0) {
    const issues = search.ignored.map((name) => ({
      severity: 'warning' as const,
      type: 'not-supported' as const,
      error: 'parametre-ignore' as const,
      params: { name: name.slice(0, 64) },
    }))
    const resource = operationOutcome(issues, exchange.language)
    entries.push({ fullUrl: `urn:uuid:${engine.newId(exchange.now)}`, resource, mode: 'outcome' })
  }
  return entries
}
