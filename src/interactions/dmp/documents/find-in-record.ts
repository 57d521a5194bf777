/**
 * A search of one record, of its documents (ITI-67) or its lists (ITI-66): whose record, what the caller may see of it, a
 * page of that, what comes along, how many there are.
 */
import type { Uuid } from '../../../fhir/id.ts'
import type { DocumentScope } from '../../../policy/document-scope.ts'
import type { Position } from '../../../search/cursor.ts'
import { parseSearch } from '../../../search/parse-search.ts'
import { canonicalCriteria } from '../../../search/record/canonical-criteria.ts'
import type { SearchExpression } from '../../../search/search-expression.ts'
import type { Runner } from '../../../storage/database.ts'
import type { FoundList } from '../../../storage/documents/search-lists.ts'
import type { KnownRecord } from '../../../storage/records/record-facts.ts'
import type { Answer } from '../../exchange.ts'
import { type Pairs, queryOf } from '../../query.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import type { Permitted } from '../permit.ts'
import { recordAsked } from '../record-asked.ts'
import { countsOnly, foundBundle, type InRecord, wantsTotal } from './found-bundle.ts'
import { foundPages } from './found-pages.ts'
import { checkIncludes, includeInRecord } from './include-in-record.ts'

type Within = readonly [patientKey: Uuid, scope: DocumentScope, search: SearchExpression]

/** How one type is found. */
export type Finding<Found> = {
  readonly type: 'DocumentReference' | 'List'
  permit(record: KnownRecord | undefined, parsed: SearchExpression): Permitted
  /**
   * @param reads the documents of the record as they stand now, by whoever can answer
   * @param counted whether the total of all pages is wanted
   */
  page(
    reads: Runner,
    within: Within,
    after: Position | undefined,
    counted: boolean,
  ): Promise<{
    readonly entries: readonly Found[]
    /** Where the next page begins, when there is one. */
    readonly next: Position | undefined
    readonly total: number | undefined
  }>
  shown(record: Uuid, found: Found): InRecord
  /** Of what was found, the lists: they name what may come along. */
  lists(found: readonly Found[]): readonly FoundList[]
}

export async function findInRecord<Found>(
  engine: DmpEngine,
  exchange: DmpExchange,
  pairs: Pairs,
  finding: Finding<Found>,
): Promise<Answer> {
  exchange.trace.asks(finding.type)
  const parsed = parseSearch(engine.searches[finding.type], pairs, exchange.handling)
  exchange.trace.asks(finding.type, queryOf(parsed.understood))
  checkIncludes(parsed)
  const permitted = finding.permit(await recordAsked(engine, exchange, parsed.patient), parsed)
  const { patientKey } = permitted.record.facts
  const search = {
    ...parsed,
    count: countsOnly(parsed) ? 0 : parsed.count,
    criteria: canonicalCriteria(parsed.criteria, engine.terminology.systems.canonical),
  }
  const paging = foundPages(engine, exchange, search, patientKey)
  const within: Within = [patientKey, permitted.scope, search]
  const reads = engine.db.reads.ofRecord(permitted.record.facts)
  const page = await finding.page(reads, within, paging.after(), wantsTotal(search) || countsOnly(search))
  const matches = page.entries.map((found) => finding.shown(patientKey, found))
  const lists = finding.lists(page.entries)
  const included = await includeInRecord(engine, exchange, permitted, search, { matches, lists })
  const links = paging.links(page.next)
  return {
    status: 200,
    body: foundBundle(engine, exchange, patientKey, search, links, {
      matches,
      ...included,
      total: page.total,
    }),
  }
}
