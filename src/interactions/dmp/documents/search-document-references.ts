/**
 * ITI-67: the documents of a record, newest first, page by page.
 * @see https://profiles.ihe.net/ITI/MHD/ITI-67.html, docs/policy.md F8, F9, V7, D4, D9
 */
import { parseSearch } from '../../../search/parse-search.ts'
import { canonicalCriteria } from '../../../search/record/canonical-criteria.ts'
import type { SearchExpression } from '../../../search/search-expression.ts'
import { countDocuments, searchDocuments } from '../../../storage/search-documents.ts'
import type { Answer } from '../../exchange.ts'
import { type Pairs, queryOf } from '../../query.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { permitOrOwn } from '../permit.ts'
import { recordAsked } from '../record-asked.ts'
import { countsOnly, foundBundle, wantsTotal } from './found-bundle.ts'
import { foundPages } from './found-pages.ts'
import { documentInRecord } from './in-record.ts'
import { checkIncludes, includeInRecord } from './include-in-record.ts'

export async function searchDocumentReferences(
  engine: DmpEngine,
  exchange: DmpExchange,
  pairs: Pairs,
): Promise<Answer> {
  exchange.trace.asks('DocumentReference')
  const parsed = parseSearch(engine.searches.DocumentReference, pairs, exchange.handling)
  exchange.trace.asks('DocumentReference', queryOf(parsed.understood))
  checkIncludes(parsed)
  const record = await recordAsked(engine, exchange, parsed.patient)
  const permitted = permitOrOwn(engine, exchange, record, givingWay(parsed))
  const { scope } = permitted
  const key = permitted.record.facts.patientKey
  const search = {
    ...parsed,
    count: countsOnly(parsed) ? 0 : parsed.count,
    criteria: canonicalCriteria(parsed.criteria, engine.terminology.systems.canonical),
  }
  const paging = foundPages(engine, exchange, search, key)
  const after = paging.after()
  const [page, total] = await Promise.all([
    searchDocuments(engine.db, key, scope, search, after),
    wantsTotal(search) || countsOnly(search) ? countDocuments(engine.db, key, scope, search) : undefined,
  ])
  const matches = page.entries.map(documentInRecord)
  const included = await includeInRecord(engine, exchange, permitted, search, { matches, lists: [] })
  const last = page.more ? page.entries.at(-1) : undefined
  return {
    status: 200,
    body: foundBundle(engine, exchange, key, search, paging.links(last?.position), {
      matches,
      ...included,
      total,
    }),
  }
}

/** Who asks for a document by its identifier may find its own without an authorisation (F9). */
function givingWay(search: SearchExpression): 'functional right' | 'functional right or authorisation' {
  return search.criteria.some((criterion) => criterion.parameter === 'identifier')
    ? 'functional right or authorisation'
    : 'functional right'
}
