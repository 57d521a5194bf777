/**
 * ITI-66: the submission sets and folders of a record, newest first, page by page. They name documents: they are searched
 * with the right to search these, and found as far as these are seen.
 * @see https://profiles.ihe.net/ITI/MHD/ITI-66.html; docs/policy.md F8, V7
 */
import { parseSearch } from '../../../search/parse-search.ts'
import { canonicalCriteria } from '../../../search/record/canonical-criteria.ts'
import { countLists, searchLists as findLists } from '../../../storage/search-lists.ts'
import type { Answer } from '../../exchange.ts'
import { type Pairs, queryOf } from '../../query.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { permit } from '../permit.ts'
import { recordAsked } from '../record-asked.ts'
import { countsOnly, foundBundle, wantsTotal } from './found-bundle.ts'
import { foundPages } from './found-pages.ts'
import { listInRecord } from './in-record.ts'
import { checkIncludes, includeInRecord } from './include-in-record.ts'

export async function searchLists(engine: DmpEngine, exchange: DmpExchange, pairs: Pairs): Promise<Answer> {
  exchange.trace.asks('List')
  const parsed = parseSearch(engine.searches.List, pairs, exchange.handling)
  exchange.trace.asks('List', queryOf(parsed.understood))
  checkIncludes(parsed)
  const record = await recordAsked(engine, exchange, parsed.patient)
  const permitted = permit(engine, exchange, record, 'search-documents')
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
    findLists(engine.db, key, scope, search, after),
    wantsTotal(search) || countsOnly(search) ? countLists(engine.db, key, scope, search) : undefined,
  ])
  const matches = page.entries.map((list) => listInRecord(key, list))
  const included = await includeInRecord(engine, exchange, permitted, search, {
    matches,
    lists: page.entries,
  })
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
