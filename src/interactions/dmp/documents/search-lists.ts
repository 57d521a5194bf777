/**
 * ITI-66: the submission sets and folders of a record, newest first, page by page. They name documents: they are searched
 * with the right to search these, and found as far as these are seen.
 * @see https://profiles.ihe.net/ITI/MHD/ITI-66.html; docs/policy.md F8, V7
 */
import {
  countLists,
  type FoundList,
  searchLists as findLists,
} from '../../../storage/documents/search-lists.ts'
import type { Answer } from '../../exchange.ts'
import type { Pairs } from '../../query.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { permit } from '../permit.ts'
import { findInRecord } from './find-in-record.ts'
import { listInRecord } from './in-record.ts'

export function searchLists(engine: DmpEngine, exchange: DmpExchange, pairs: Pairs): Promise<Answer> {
  return findInRecord<FoundList>(engine, exchange, pairs, {
    type: 'List',
    permit: (record) => permit(engine, exchange, record, 'search-documents'),
    // Of the primary: a folder may change without any document (src/storage/records/record-position.ts).
    async page(_, within, after, counted) {
      const [page, total] = await Promise.all([
        findLists(engine.db, ...within, after),
        counted ? countLists(engine.db, ...within) : undefined,
      ])
      return { ...page, total }
    },
    shown: listInRecord,
    lists: (found) => found,
  })
}
