/**
 * Pages of a search within one record: the query as it was understood, where a page begins, and the links that lead on.
 * A cursor belongs to the type, the record, the search and the caller; the scope is computed anew on each page.
 * @see https://hl7.org/fhir/R4/http.html#paging, docs/policy.md I4
 */
import type { BundleLink } from '../fhir/bundle.ts'
import { refusal } from '../fhir/fhir-error.ts'
import { encodeUuid, type Uuid } from '../fhir/id.ts'
import { readCursor, writeCursor } from '../search/cursor.ts'
import type { SearchExpression } from '../search/search-expression.ts'
import { readTimePosition, type TimePosition, writeTimePosition } from '../search/time-position.ts'
import type { Engine } from './engine.ts'
import type { Exchange } from './exchange.ts'

export type Pairs = readonly (readonly [string, string])[]

export function queryOf(pairs: Pairs): string {
  return pairs.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join('&')
}

export class Paging {
  readonly #engine: Engine
  readonly #search: SearchExpression
  readonly #url: string
  readonly #bound: string

  /** @param record that the search named, by whatever it named it */
  constructor(engine: Engine, exchange: Exchange, search: SearchExpression, record: Uuid) {
    this.#engine = engine
    this.#search = search
    // Links name the record by its id: an INS stands in a URL only where the client put it (rule I4).
    const query = queryOf([['patient', encodeUuid(record)], ...search.understood])
    const type = search.types.join(',')
    this.#url = `${engine.base}/${type}?${query}`
    this.#bound = `${type} ${query} ${exchange.caller.key}`
  }

  /** Where the last page ended; undefined for the first. @throws FhirError 400 for a cursor of another search or caller */
  after(): TimePosition | undefined {
    const { cursor } = this.#search
    if (cursor === undefined) return undefined
    const read = readCursor(cursor, this.#bound, this.#engine.sign)
    const position = read && readTimePosition(read)
    if (!position) throw refusal('invalid', 'curseur-invalide')
    return position
  }

  /** @param last of the page, when there is more behind it */
  links(last: TimePosition | undefined): BundleLink[] {
    const { cursor } = this.#search
    const links: BundleLink[] = [
      { relation: 'self', url: cursor === undefined ? this.#url : this.#at(cursor) },
    ]
    if (last) {
      const next = writeCursor(writeTimePosition(last), this.#bound, this.#engine.sign)
      links.push({ relation: 'next', url: this.#at(next) })
    }
    return links
  }

  #at(cursor: string): string {
    return `${this.#url}&_cursor=${encodeURIComponent(cursor)}`
  }
}
