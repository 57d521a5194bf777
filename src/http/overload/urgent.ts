/**
 * Which requests are let in first when not all are: those that declare an emergency (bris de glace, centre 15). Nothing
 * is verified yet where this is asked, so a declaration is worth little: places that nobody else gets, a quarter of all,
 * and the front of the line for these and for others that come free. What stands against a client that declares without
 * right: the token must allow the mode, else it is refused, and after a few such refusals its address is not believed for
 * some minutes; what is let in is traced and told to the patient and the médecin traitant (rule A10).
 */
import type { IncomingMessage } from 'node:http'
import type { FhirError } from '../../fhir/fhir-error.ts'
import { Buckets } from './buckets.ts'

/** Refusals of one address before it is not believed, and how fast it is believed again. */
const REFUSALS = { capacity: 5, perSecond: 1 / 60 }
const MAX_ADDRESSES = 10_000

/** What a client that may declare an emergency is not refused for. A choice of the patient is no fault of the caller. */
const undue: ReadonlySet<string> = new Set([
  'jeton-absent',
  'jeton-invalide',
  'jeton-expire',
  'certificat-non-lie',
  'mode-acces-invalide',
  'motif-illisible',
  'droit-fonctionnel',
])

export class Urgent {
  readonly #refused = new Buckets(REFUSALS, MAX_ADDRESSES)
  readonly #isProxy: (address: string | undefined) => boolean
  readonly #now: () => number

  constructor(isProxy: (address: string | undefined) => boolean, now: () => number) {
    this.#isProxy = isProxy
    this.#now = now
  }

  isUrgent(request: IncomingMessage): boolean {
    if (!declaresEmergency(request)) return false
    const now = this.#now()
    const refusals = this.#refused.find(this.#addressOf(request))
    return refusals === undefined || refusals.left(now) >= 1
  }

  /** Told of every refusal. */
  refused(request: IncomingMessage, error: FhirError): void {
    if (!declaresEmergency(request) || !undue.has(error.issues[0].error)) return
    const now = this.#now()
    this.#refused.of(this.#addressOf(request), now).take(1, now)
  }

  /** The client's address: the last one that no proxy of ours has written for a proxy of ours. */
  #addressOf({ socket, headers }: IncomingMessage): string {
    const { remoteAddress = '' } = socket
    if (!this.#isProxy(remoteAddress)) return remoteAddress
    const forwarded = headers['x-forwarded-for']
    const hops = (typeof forwarded === 'string' ? forwarded : '').split(',').map((hop) => hop.trim())
    return hops.findLast((hop) => !this.#isProxy(hop)) ?? remoteAddress
  }
}

function declaresEmergency({ headers }: IncomingMessage): boolean {
  const mode = headers['dmp-mode-acces']
  return mode !== undefined && mode !== 'normal'
}
