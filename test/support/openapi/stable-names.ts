/**
 * Ids are drawn anew at each run; here they are named by the exchange that first told them, the same at each run. And back:
 * a shown request as it is sent to this server.
 */
import { createHash } from 'node:crypto'
import { ID_ALPHABET } from '../../../src/fhir/id.ts'

/** Ids of resources, of which each half is 26 characters. */
const ID = /(?<![0-9a-z])0[0-9a-hjkmnp-tv-z]{25}(?![0-9a-z])/g
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g
/** Nobody's record, nobody's document: written by hand in requests. */
const OF_NOBODY = /^0+$/

export class StableNames {
  readonly #stableOf = new Map<string, string>()
  readonly #actualOf = new Map<string, string>()
  /** What stood in requests is the same at each run. */
  readonly #kept = new Set<string>()

  /** A shown text as this server is asked. */
  toActual(text: string): string {
    for (const [found] of text.matchAll(UUID)) this.#kept.add(found)
    return text.replace(ID, (id) => this.#actualOf.get(id) ?? id)
  }

  /** A received text as it is shown. @param exchange who told it first, if it is new */
  toStable(text: string, exchange: string): string {
    return text
      .replace(ID, (id) => this.#named(id, exchange, stableId))
      .replace(UUID, (uuid) => (this.#kept.has(uuid) ? uuid : this.#named(uuid, exchange, stableUuid)))
  }

  #named(actual: string, exchange: string, make: (seed: string) => string): string {
    if (OF_NOBODY.test(actual) || this.#actualOf.has(actual)) return actual
    const known = this.#stableOf.get(actual)
    if (known !== undefined) return known
    let n = 0
    let stable = make(`${exchange} ${n}`)
    while (this.#actualOf.has(stable)) stable = make(`${exchange} ${++n}`)
    this.#stableOf.set(actual, stable)
    this.#actualOf.set(stable, actual)
    return stable
  }
}

/** Of the form of the server's own: 26 characters, the first of them a time. */
function stableId(seed: string): string {
  const digest = createHash('sha256').update(seed).digest()
  return `01m9q${[...digest.subarray(0, 21)].map((byte) => ID_ALPHABET[byte & 31]).join('')}`
}

function stableUuid(seed: string): string {
  const hex = createHash('sha256').update(seed).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
