/**
 * Memory bounded by bytes, not by counts: how many bytes of request bodies may be in work at once. Who comes later waits
 * before its body is read, so that the bytes stay with the sender; small bodies never wait.
 */
import { refusal } from '../fhir/fhir-error.ts'

/** Bytes up to which a body is not counted. */
export const SMALL_BODY = 64 * 1024
const MAX_WAITING = 1000

type Waiting = { readonly bytes: number; readonly admit: () => void }

export class ByteBudget {
  readonly #limit: number
  readonly #maxWaitMs: number
  #used = 0
  #waiting: Waiting[] = []

  /** @param limit bytes in work at once; a larger body is admitted alone */
  constructor(limit: number, maxWaitMs: number) {
    this.#limit = limit
    this.#maxWaitMs = maxWaitMs
  }

  get used(): number {
    return this.#used
  }

  /**
   * @returns what gives the bytes back, to be called once the request is over; calling it twice does nothing more
   * @throws FhirError 503 when too many wait, or for too long
   */
  async take(bytes: number): Promise<() => void> {
    if (bytes <= SMALL_BODY) return () => undefined
    if (this.#waiting.length > 0 || !this.#fits(bytes)) await this.#turn(bytes)
    else this.#used += bytes
    let given = false
    return () => {
      if (given) return
      given = true
      this.#used -= bytes
      this.#admitNext()
    }
  }

  #fits(bytes: number): boolean {
    return this.#used === 0 || this.#used + bytes <= this.#limit
  }

  #turn(bytes: number): Promise<void> {
    if (this.#waiting.length >= MAX_WAITING) return Promise.reject(overloaded())
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        bytes,
        admit: () => {
          clearTimeout(timer)
          resolve()
        },
      }
      const timer = setTimeout(() => {
        this.#waiting = this.#waiting.filter((other) => other !== waiting)
        reject(overloaded())
      }, this.#maxWaitMs)
      this.#waiting.push(waiting)
    })
  }

  #admitNext(): void {
    for (;;) {
      const [next] = this.#waiting
      if (!next || !this.#fits(next.bytes)) return
      this.#waiting.shift()
      this.#used += next.bytes
      next.admit()
    }
  }
}

function overloaded() {
  return refusal('transient', 'indisponible')
}
