/**
 * Pages of any listing: the query as it was understood, where a page begins, and the links that lead on. A cursor belongs
 * to the path, the query and the caller; what the caller may see is computed anew on each page.
 * @see https://hl7.org/fhir/R4/http.html#paging
 */
import type { BundleLink } from '../fhir/bundle.ts'
import { refusal } from '../fhir/fhir-error.ts'
import { type Position, readCursor, writeCursor } from '../search/cursor.ts'
import type { Engine } from './engine.ts'
import type { Exchange } from './exchange.ts'

export class Pages {
  readonly #engine: Engine
  readonly #url: string
  readonly #cursor: string | undefined
  readonly #bound: string

  /**
   * @param path below the base @param query what `self` says, without the cursor
   * @param cursor of the request; undefined for the first page
   */
  constructor(engine: Engine, exchange: Exchange, path: string, query: string, cursor: string | undefined) {
    this.#engine = engine
    this.#url = `${engine.base}/${path}${query === '' ? '' : `?${query}`}`
    this.#cursor = cursor
    this.#bound = `${path} ${query} ${exchange.caller.key}`
  }

  /** Where the last page ended; undefined for the first. @throws FhirError 400 for a cursor of another listing or caller */
  after(): Position | undefined {
    if (this.#cursor === undefined) return undefined
    const position = readCursor(this.#cursor, this.#bound, this.#engine.sign)
    if (!position) throw refusal('invalid', 'curseur-invalide')
    return position
  }

  /** @param last of the page, when there is more behind it */
  links(last: Position | undefined): BundleLink[] {
    const links: BundleLink[] = [{ relation: 'self', url: this.#at(this.#cursor) }]
    // No `previous`: a cursor knows where a page begins, and not where the one before it did.
    if (last || this.#cursor !== undefined) links.push({ relation: 'first', url: this.#url })
    if (last)
      links.push({ relation: 'next', url: this.#at(writeCursor(last, this.#bound, this.#engine.sign)) })
    return links
  }

  #at(cursor: string | undefined): string {
    if (cursor === undefined) return this.#url
    return `${this.#url}${this.#url.includes('?') ? '&' : '?'}_cursor=${encodeURIComponent(cursor)}`
  }
}
