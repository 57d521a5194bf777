/**
 * One client of a chaos run: asks, and writes down what came. A failure is waited out and never thrown: whoever asks decides
 * whether to ask again.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { requestToken } from '../../src/cli/request-token.ts'
import type { Persona } from '../../src/sandbox/persona.ts'
import { BROKEN, HANGS, type Kind, OK, type Witness } from './witness.ts'

export type Call = {
  readonly as?: Persona
  readonly method: string
  /** Below the FHIR base, or below the origin for the health of the server. */
  readonly path: string
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
}

export type Told = {
  readonly status: number
  readonly headers: Headers
  readonly bytes: Buffer
}

/** Longer than anything a server may take by its time-outs. */
const PATIENCE_MS = 60_000
/** Shorter than Retry-After says, so that the time to recover is known finely. */
const PAUSE_MS = 100

export class ChaosClient {
  readonly #base: () => string
  readonly #witness: Witness
  readonly #tokens = new Map<Persona, Promise<string>>()

  /** @param base of the server that is asked next */
  constructor(base: () => string, witness: Witness) {
    this.#base = base
    this.#witness = witness
  }

  /** @returns undefined for anything but a success, once it is written down and a moment has gone by */
  async ask(kind: Kind, call: Call): Promise<Told | undefined> {
    const token = call.as && (await this.#token(call.as))
    if (call.as && token === undefined) return undefined
    const requestId = randomUUID()
    const began = performance.now()
    const saw = (outcome: string, status?: number): void => {
      this.#witness.seen.push({ kind, requestId, began, ended: performance.now(), outcome, status })
    }
    let told: Told
    try {
      const response = await fetch(`${this.#base()}${call.path}`, {
        method: call.method,
        signal: AbortSignal.timeout(PATIENCE_MS),
        headers: {
          'x-request-id': requestId,
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(call.body === undefined ? {} : { 'content-type': 'application/fhir+json' }),
          ...call.headers,
        },
        ...(call.body === undefined ? {} : { body: call.body }),
      })
      const { status, headers } = response
      told = { status, headers, bytes: Buffer.from(await response.arrayBuffer()) }
    } catch (error) {
      saw(isTimeOut(error) ? HANGS : BROKEN)
      await sleep(PAUSE_MS)
      return undefined
    }
    if (told.status < 300) {
      saw(OK, told.status)
      return told
    }
    saw(outcomeOf(told), told.status)
    // A clock that jumped makes tokens too old, or too new.
    if (told.status === 401 && call.as) this.#tokens.delete(call.as)
    await sleep(PAUSE_MS)
    return undefined
  }

  /** One for each caller, fetched when first needed; none where the server gives none now. */
  async #token(persona: Persona): Promise<string | undefined> {
    const asked = this.#tokens.get(persona) ?? requestToken(this.#base(), persona)
    this.#tokens.set(persona, asked)
    try {
      return await asked
    } catch {
      // What it said is seen by the requests of the other callers; this one asks again.
      this.#tokens.delete(persona)
      await sleep(PAUSE_MS)
      return undefined
    }
  }
}

const JSON_CODE = /"details":\{"coding":\[\{[^}]*"code":"([\w-]+)"/
const XML_CODE = /<details><coding>(?:<system [^>]*>)?<code value="([\w-]+)"/

/** The status and the code of its error, and what is missing in it. */
function outcomeOf({ status, headers, bytes }: Told): string {
  const text = bytes.toString('utf8')
  const code = (JSON_CODE.exec(text) ?? XML_CODE.exec(text))?.[1]
  const isTold = status !== 503 && status !== 429 ? true : headers.has('retry-after')
  return `${status} ${code ?? 'without an OperationOutcome'}${isTold ? '' : ' without Retry-After'}`
}

function isTimeOut(error: unknown): boolean {
  return error instanceof Error && error.name === 'TimeoutError'
}
