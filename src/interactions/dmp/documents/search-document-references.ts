/**
 * ITI-67: the documents of a record, newest first, page by page.
 * @see https://profiles.ihe.net/ITI/MHD/ITI-67.html, docs/policy.md F8, F9, V7, D4, D9
 */
import type { SearchExpression } from '../../../search/search-expression.ts'
import { type FoundDocument, searchDocuments } from '../../../storage/documents/search-documents.ts'
import type { Answer } from '../../exchange.ts'
import type { Pairs } from '../../query.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { permitOrOwn } from '../permit.ts'
import { findInRecord } from './find-in-record.ts'
import { documentInRecord } from './in-record.ts'

export function searchDocumentReferences(
  engine: DmpEngine,
  exchange: DmpExchange,
  pairs: Pairs,
): Promise<Answer> {
  return findInRecord<FoundDocument>(engine, exchange, pairs, {
    type: 'DocumentReference',
    permit: (record, parsed) => permitOrOwn(engine, exchange, record, givingWay(parsed)),
    page: (reads, within, after, counted) => searchDocuments(reads, ...within, after, counted),
    shown: (_, found) => documentInRecord(found),
    lists: () => [],
  })
}

/** Who asks for a document by its identifier may find its own without an authorisation (F9). */
function givingWay(search: SearchExpression): 'functional right' | 'functional right or authorisation' {
  return search.criteria.some((criterion) => criterion.parameter === 'identifier')
    ? 'functional right or authorisation'
    : 'functional right'
}
