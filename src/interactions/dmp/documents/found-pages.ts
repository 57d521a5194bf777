/** Pages of documents or lists found in a record, in whatever order was asked for. Links name the record by its id (I4). */
import { encodeUuid, type Uuid } from '../../../fhir/id.ts'
import type { SearchExpression } from '../../../search/search-expression.ts'
import { Pages } from '../../pages.ts'
import { queryOf } from '../../query.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'

export function foundPages(
  engine: DmpEngine,
  exchange: DmpExchange,
  search: SearchExpression,
  record: Uuid,
): Pages {
  const query = queryOf([['patient', encodeUuid(record)], ...search.understood])
  return new Pages(engine, exchange, search.types.join(','), query, search.cursor)
}
