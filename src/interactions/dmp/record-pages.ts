/**
 * Pages of a search within one record, in the order of time. Links name the record by its id: an INS stands in a URL only
 * where the client put it (rule I4).
 */
import type { BundleLink } from '../../fhir/bundle.ts'
import { refusal } from '../../fhir/fhir-error.ts'
import { encodeUuid, type Uuid } from '../../fhir/id.ts'
import type { SearchExpression } from '../../search/search-expression.ts'
import { readTimePosition, type TimePosition, writeTimePosition } from '../../search/time-position.ts'
import { Pages } from '../pages.ts'
import { queryOf } from '../query.ts'
import type { DmpEngine } from './dmp-engine.ts'
import type { DmpExchange } from './dmp-exchange.ts'

export class RecordPages {
  readonly #pages: Pages

  /** @param record that the search named, by whatever it named it */
  constructor(engine: DmpEngine, exchange: DmpExchange, search: SearchExpression, record: Uuid) {
    const query = queryOf([['patient', encodeUuid(record)], ...search.understood])
    this.#pages = new Pages(engine, exchange, search.types.join(','), query, search.cursor)
  }

  /** Where the last page ended; undefined for the first. @throws FhirError 400 for a cursor of another search or caller */
  after(): TimePosition | undefined {
    const read = this.#pages.after()
    if (!read) return undefined
    const position = readTimePosition(read)
    if (!position) throw refusal('invalid', 'curseur-invalide')
    return position
  }

  /** @param last of the page, when there is more behind it */
  links(last: TimePosition | undefined): BundleLink[] {
    return this.#pages.links(last && writeTimePosition(last))
  }
}
