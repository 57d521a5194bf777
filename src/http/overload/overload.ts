/**
 * A server of HTTP that never has more in hand than it can do: the gate stands before Fastify, so that what is refused has
 * met no route, no token and no database. What is in work is never refused; what waits is refused in time.
 *
 * A request waits for its turn before its body is read. If the body is not there soon after, the place is given back until
 * it is (`enter`, before its handler), so that a slow sender holds none. The place is given back too when the answer is ready
 * to leave (`ready`), so that a slow reader holds none either. `/livez` and `/readyz` are never refused.
 * @see docs/operations.md "Overload", docs/decisions/0019
 */
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { Socket } from 'node:net'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { type FhirError, refusal } from '../../fhir/fhir-error.ts'
import type { Engine } from '../../interactions/engine.ts'
import { onExpectation } from '../expect-continue.ts'
import { type TlsFiles, tlsOptions } from '../tls-options.ts'
import { isOneOf } from '../trusted-proxy.ts'
import { Buckets } from './buckets.ts'
import { boundConnections } from './connections.ts'
import { PendingAnswers } from './pending-answers.ts'
import { type GateLimits, type Kind, RequestGate } from './request-gate.ts'
import { type AnswerShed, retrySeconds, shedAnswer } from './shed-answer.ts'
import { ShedLog, type WriteLine } from './shed-log.ts'
import type { ObserveOverload, ShedReason } from './shed-reason.ts'
import { leavesNoTrace, withoutTrace } from './untraced-refusals.ts'
import { Urgent } from './urgent.ts'

export type OverloadSettings = GateLimits & {
  /** Connections of this process. */
  readonly connections: number
  /** For a whole request, its body included. */
  readonly requestTimeoutMs: number
  readonly proxies: readonly string[]
}

/** Requests under way on one connection: pipelining, which no client of ours needs. */
const MAX_PIPELINED = 16
/** A client that has connected says what it wants within this. */
const HEADERS_TIMEOUT_MS = 15_000
const CHECK_EVERY_MS = 5_000
const TLS_HANDSHAKE_MS = 15_000
const KEEP_ALIVE_MS = 72_000
const LOOK_MS = 1_000
/** A request keeps its place for so long while its body comes. */
const BODY_MS = 10
/** Its place is given back then, when the client is gone and nobody has said that its request is over. */
const LOST_MS = 60_000
/** Requests without an accepted token, of one address, that are answered 401 and leave a trace. */
const FAILED_TOKENS = { capacity: 1_000, perSecond: 20 }
const MAX_ADDRESSES = 10_000

const held = Symbol('place at the gate')
const under = Symbol('requests under way')
type Held = IncomingMessage & { [held]?: Kind | undefined; readonly socket: Socket & { [under]?: number } }

export class Overload {
  readonly #settings: OverloadSettings
  readonly #gate: RequestGate
  readonly #pending: PendingAnswers
  readonly #urgent: Urgent
  readonly #isProxy: (address: string | undefined) => boolean
  readonly #observe: ObserveOverload | undefined
  readonly #now: () => number
  readonly #failedTokens = new Buckets(FAILED_TOKENS, MAX_ADDRESSES)
  #log: ShedLog | undefined

  /** @param now milliseconds of a clock that never goes back */
  constructor(settings: OverloadSettings, observe?: ObserveOverload, now = () => performance.now()) {
    this.#settings = settings
    this.#observe = observe
    this.#now = now
    this.#gate = new RequestGate(settings, now)
    this.#isProxy = isOneOf(settings.proxies)
    this.#urgent = new Urgent(this.#isProxy, now)
    this.#pending = new PendingAnswers(now, () => this.#shed('slow-reader'))
  }

  /** For metrics. */
  load(): Readonly<Record<string, number>> {
    return {
      'requests-in-work': this.#gate.inWork,
      'requests-waiting': this.#gate.waiting,
      'answers-leaving': this.#pending.size,
    }
  }

  serve(handler: RequestListener, engine: Pick<Engine, 'registry'>, tls: TlsFiles | undefined): Server {
    const { requestTimeoutMs: requestTimeout, connections } = this.#settings
    const timeouts = {
      requestTimeout,
      headersTimeout: Math.min(HEADERS_TIMEOUT_MS, requestTimeout),
      keepAliveTimeout: KEEP_ALIVE_MS,
      connectionsCheckingInterval: Math.min(CHECK_EVERY_MS, requestTimeout),
    }
    const listener = this.#listener(handler, shedAnswer(engine))
    const server = tls
      ? createTlsServer({ ...tlsOptions(tls), ...timeouts, handshakeTimeout: TLS_HANDSHAKE_MS }, listener)
      : createServer(timeouts, listener)
    // Nothing comes or goes on it for so long.
    server.setTimeout(requestTimeout)
    boundConnections(server, connections, this.#isProxy, () => this.#shed('connections'))
    onExpectation(server, listener, ({ url }) => isAdmitted(url))
    const look = setInterval(() => this.#pending.look(), LOOK_MS).unref()
    server.once('close', () => {
      clearInterval(look)
      this.#gate.close()
      this.#log?.flush()
    })
    return server
  }

  /** Where what was shed is told, in few lines. */
  logTo(write: WriteLine): void {
    this.#log = new ShedLog(write)
  }

  /** Before the handler of a route: a request whose body was long in coming has given its place back, and takes another. */
  readonly enter = (
    { raw }: FastifyRequest,
    reply: FastifyReply,
    done: (refused?: FhirError) => void,
  ): void => {
    const request: Held = raw
    if (request[held] !== undefined) {
      done()
      return
    }
    const kind = this.#urgent.isUrgent(request) ? 'urgent' : 'received'
    if (this.#gate.take(kind)) {
      request[held] = kind
      done()
      return
    }
    this.#wait(request, reply.raw, kind, done, (reason) => {
      this.#shed(reason)
      done(refusal('transient', 'surcharge', { params: { seconds: retrySeconds() } }))
    })
  }

  /** The answer is ready: its request is no work any more, and the rest is the client's. */
  ready(request: IncomingMessage, response: ServerResponse): void {
    this.#giveBack(request)
    this.#pending.add(response)
  }

  /**
   * Told of every refusal before it is traced. @returns what to answer: a caller without an accepted token that does not
   * stop is 429, and leaves no more traces
   */
  refused({ raw, ip }: FastifyRequest, error: FhirError): FhirError {
    if (error.status === 429) this.#shed('client-rate')
    this.#urgent.refused(raw, error)
    if (error.status !== 401) return error
    const now = this.#now()
    const wait = this.#failedTokens.of(ip, now).take(1, now)
    if (wait === 0) return error
    this.#shed('failed-tokens')
    return withoutTrace(
      refusal('throttled', 'trop-de-requetes', { params: { seconds: Math.ceil(wait) + retrySeconds() } }),
    )
  }

  readonly leavesNoTrace = leavesNoTrace

  #listener(handler: RequestListener, answerShed: AnswerShed): RequestListener {
    const overload = this
    // One function for all responses, not one for each.
    function onClose(this: ServerResponse): void {
      overload.#closed(this)
    }
    return (request: Held, response) => {
      if (isHealth(request.url)) return handler(request, response)
      response.on('close', onClose)
      const { socket } = request
      const underWay = (socket[under] ?? 0) + 1
      socket[under] = underWay
      if (underWay > MAX_PIPELINED) {
        this.#shed('pipelined')
        return answerShed(request, response, 'trop-de-requetes')
      }
      const start = (): void => {
        if (hasBody(request)) setTimeout(() => this.#waitForBody(request), BODY_MS).unref()
        handler(request, response)
      }
      const kind = this.#kindOf(request)
      if (this.#gate.take(kind)) {
        request[held] = kind
        return start()
      }
      this.#wait(request, response, kind, start, (reason) => {
        this.#shed(reason)
        answerShed(request, response, 'surcharge')
      })
    }
  }

  #wait(
    request: Held,
    response: ServerResponse,
    kind: Kind,
    start: () => void,
    refuse: (reason: ShedReason) => void,
  ): void {
    const since = this.#now()
    const place = this.#gate.wait(
      kind,
      () => {
        request[held] = kind
        this.#observe?.waited((this.#now() - since) / 1000)
        // A pipelined request is not told that its connection has gone.
        if (request.socket.destroyed) this.#giveBack(request)
        else start()
      },
      () => refuse('waited'),
    )
    if (place) response.once('close', () => place.leave())
    else refuse('line-full')
  }

  #closed(response: ServerResponse): void {
    this.#pending.delete(response)
    const request: Held = response.req
    const { socket } = request
    socket[under] = (socket[under] ?? 1) - 1
    if (request[held] === undefined) return
    // It was answered, or will be when its work is done: a client that leaves does not end that.
    if (response.writableEnded) this.#giveBack(request)
    else setTimeout(() => this.#giveBack(request), LOST_MS).unref()
  }

  /** Its body is not there yet: it has no place until it is. */
  #waitForBody(request: Held): void {
    if (!request.complete) this.#giveBack(request)
  }

  #giveBack(request: Held): void {
    const kind = request[held]
    if (kind === undefined) return
    request[held] = undefined
    this.#gate.give(kind)
  }

  #kindOf(request: IncomingMessage): Kind {
    if (this.#urgent.isUrgent(request)) return 'urgent'
    const { method, url = '' } = request
    return method === 'GET' || method === 'HEAD' || url.includes('/_search') ? 'read' : 'write'
  }

  #shed(reason: ShedReason): void {
    this.#observe?.shed(reason)
    this.#log?.count(reason)
  }
}

/** Its request goes by a route of the FHIR base, which says when the body may come. */
function isAdmitted(url: string | undefined): boolean {
  return url?.startsWith('/fhir') === true
}

function isHealth(url: string | undefined): boolean {
  return url === '/livez' || url === '/readyz'
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}
