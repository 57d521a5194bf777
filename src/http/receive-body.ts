/**
 * How bodies get into memory, and how much of it they may take. A large body of a route that takes documents is read as a
 * stream: its contents go aside (content/), and it counts for what stays. All others count for what they announce.
 */
import type { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { SetAside } from '../content/set-aside.ts'
import { refusal } from '../fhir/fhir-error.ts'
import type { Route } from '../interactions/route.ts'
import { ByteBudget } from './byte-budget.ts'
import { bodyFormat } from './negotiation.ts'
import { streamBody, tooLong } from './stream-body.ts'

export type BodyLimits = {
  readonly maxBodyBytes: number
  readonly maxBodyBytesAtOnce: number
  readonly requestTimeoutMs: number
}

/** From here on a body is streamed; also what one that is may hold in memory before it counts as a whole one. */
export const STREAMED_BODY = 1024 * 1024

export class BodyReceiver {
  readonly #limits: BodyLimits
  readonly #newSetAside: () => SetAside
  readonly #bodies: ByteBudget
  /**
   * Of the small part that each stream holds, beside the budget of whole bodies: whoever holds a part of the one may wait
   * for the other, and nobody the other way round.
   */
  readonly #streams: ByteBudget

  constructor(limits: BodyLimits, newSetAside: () => SetAside) {
    this.#limits = limits
    this.#newSetAside = newSetAside
    const longestWait = limits.requestTimeoutMs / 2
    this.#bodies = new ByteBudget(limits.maxBodyBytesAtOnce, longestWait)
    this.#streams = new ByteBudget(Math.ceil(limits.maxBodyBytesAtOnce / 4), longestWait)
  }

  /**
   * Waits until there is room for the body of a request, which is not read before.
   * @returns where its contents go when it will be streamed @throws FhirError 413, 415, 503
   */
  async admit(
    request: FastifyRequest,
    reply: FastifyReply,
    { contentAt }: Pick<Route, 'contentAt'>,
  ): Promise<SetAside | undefined> {
    const { maxBodyBytes } = this.#limits
    const length = announcedLength(request) ?? maxBodyBytes
    if (length > maxBodyBytes) {
      // Nobody reads to the end of it.
      reply.header('Connection', 'close')
      throw tooLong(maxBodyBytes)
    }
    if (isPacked(request)) {
      reply.header('Accept-Encoding', 'identity')
      throw refusal('unsupported-media-type', 'non-pris-en-charge', { params: { what: 'Content-Encoding' } })
    }
    if (!contentAt || length <= STREAMED_BODY || !streamedFormat(request)) {
      untilClosed(reply, await this.#bodies.take(length))
      return undefined
    }
    untilClosed(reply, await this.#streams.take(STREAMED_BODY))
    return this.#newSetAside()
  }

  /** The body without its contents, as a stream that ends with the one that comes. */
  stream(
    payload: Readable,
    request: FastifyRequest,
    reply: FastifyReply,
    paths: readonly string[],
    setAside: SetAside,
  ): Readable {
    const format = streamedFormat(request)
    if (!format) throw new Error('No format that is streamed')
    const left = streamBody(payload, {
      format,
      paths,
      setAside,
      maxBytes: this.#limits.maxBodyBytes,
      free: STREAMED_BODY,
      makeRoom: async () => {
        const length = announcedLength(request) ?? this.#limits.maxBodyBytes
        untilClosed(reply, await this.#bodies.take(length))
      },
    })
    // A refusal stops the reading; what the stream holds must not wait for a client that goes on.
    reply.raw.once('close', () => left.destroy())
    return left
  }
}

function announcedLength({ headers }: FastifyRequest): number | undefined {
  const announced = headers['content-length']
  return announced === undefined ? undefined : Number(announced)
}

/** Bodies are taken as they are: one that is packed would be read as if it were not. */
function isPacked({ headers }: FastifyRequest): boolean {
  const coding = headers['content-encoding']
  return coding !== undefined && coding !== '' && coding.trim().toLowerCase() !== 'identity'
}

function streamedFormat({ headers }: FastifyRequest): 'json' | 'xml' | undefined {
  const format = bodyFormat(headers['content-type'] ?? '')
  return format === 'json' || format === 'xml' ? format : undefined
}

/** Whoever waited for room may be gone when there is some. */
function untilClosed(reply: FastifyReply, giveBack: () => void): void {
  if (reply.raw.destroyed || reply.request.raw.socket.destroyed) giveBack()
  else reply.raw.once('close', giveBack)
}
