/**
 * The HTTP shell: Fastify with its limits, the routes of a profile, and for each request the steps admit → read → perform
 * → send. It decides nothing.
 */
import type { Readable } from 'node:stream'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest, LogController } from 'fastify'
import type { SetAside } from '../content/set-aside.ts'
import { type FhirError, refusal } from '../fhir/fhir-error.ts'
import type { Engine } from '../interactions/engine.ts'
import type { Exchange } from '../interactions/exchange.ts'
import { perform, traceRefusal } from '../interactions/perform.ts'
import type { Route } from '../interactions/route.ts'
import {
  type InteractionName,
  isInteractionName,
  leavesTrace,
  startTrace,
  type Trace,
} from '../interactions/start-trace.ts'
import type { Admit } from './admission.ts'
import { AllowedMethods } from './allowed-methods.ts'
import { answerMalformed } from './client-error.ts'
import { drainOnClose } from './drain.ts'
import { frameworkError, sendError } from './error-handler.ts'
import { loggedError } from './logged-error.ts'
import { bodyFormats, FORM, textOf, unsupported } from './negotiation.ts'
import { rateOf } from './overload/client-limits.ts'
import type { Overload } from './overload/overload.ts'
import { pathPart } from './query.ts'
import { readRequest } from './read-request.ts'
import { type BodyLimits, BodyReceiver } from './receive-body.ts'
import { requestId } from './request-id.ts'
import { sendAnswer } from './send-answer.ts'
import type { TlsFiles } from './tls-options.ts'
import { isOneOf } from './trusted-proxy.ts'

/** What pino writes its lines to. */
export type LogStream = { write(line: string): void }

export type ServerOptions<E extends Engine, X extends Exchange> = {
  readonly engine: E
  readonly routes: readonly Route<E, X>[]
  readonly admit: Admit<X>
  readonly limits: BodyLimits
  readonly overload: Overload
  /** Where the contents of a large body go while it comes. */
  readonly newSetAside: () => SetAside
  readonly logLevel: string
  /** Where log lines go; undefined: standard output. */
  readonly logTo?: LogStream
  readonly tls?: TlsFiles
  /** Whose `X-Forwarded-For` is believed; undefined: nobody's. */
  readonly proxies?: readonly string[]
  readonly now: () => number
  /** Told of each request that was answered: what it was, its status, and how many seconds it took. */
  readonly observe?: ((interaction: string, status: number, seconds: number) => void) | undefined
}

const underWay = Symbol('request under way')
type UnderWay<X> = {
  readonly trace: Trace
  exchange?: X
  /** What was taken out of its body; nothing of it may go before `answered` is settled. */
  setAside?: SetAside
  answered?: Promise<unknown>
}
type Marked<X> = FastifyRequest & { [underWay]?: UnderWay<X> }

export function createServer<E extends Engine, X extends Exchange>(
  options: ServerOptions<E, X>,
): FastifyInstance {
  const { engine, limits, overload, now } = options
  const server = Fastify({
    bodyLimit: limits.maxBodyBytes,
    serverFactory: (handler) => overload.serve(handler, engine, options.tls),
    routerOptions: { maxParamLength: 128, querystringParser: () => ({}) },
    logController: new LogController({ disableRequestLogging: true }),
    return503OnClosing: false,
    genReqId: (request) => requestId(request.headers['x-request-id']),
    logger: {
      level: options.logLevel,
      ...(options.logTo ? { stream: options.logTo } : {}),
      // No URL, no header: both can hold a matricule or a token (rule I4).
      serializers: {
        req: (request: FastifyRequest) => ({ id: request.id, method: request.method }),
        err: (error: Error) => loggedError(error),
      },
    },
    clientErrorHandler: answerMalformed,
    // A path that cannot be read (`%zz`) or a name longer than any of ours: refused before there is a route.
    frameworkErrors: (error, request, reply) => refuseUnrouted(error, request, reply),
    ...(options.proxies ? { trustProxy: isOneOf(options.proxies) } : {}),
  })

  drainOnClose(server)
  overload.logTo((shed) => server.log.warn({ shed }, 'more was asked for than can be done'))
  const allowed = new AllowedMethods()
  server.addHook('onRoute', (route) => {
    allowed.add(route.url, route.method)
    const { interaction } = (route.config ?? {}) as { interaction?: unknown }
    if (!isInteractionName(interaction))
      throw new Error(`Route ${route.method} ${route.url} names no interaction`)
  })
  const bodies = new BodyReceiver(limits, options.newSetAside)
  server.removeAllContentTypeParsers()
  const asBytes = { parseAs: 'buffer' as const }
  server.addContentTypeParser(
    [...bodyFormats.keys()],
    asBytes,
    async (request: FastifyRequest, body: Buffer) => {
      if (routeOf(request)?.formBody) throw unsupported([FORM])
      return textOf(body)
    },
  )
  server.addContentTypeParser(FORM, asBytes, async (request: FastifyRequest, body: Buffer) => {
    if (!routeOf(request)?.formBody) throw unsupported()
    return textOf(body)
  })
  server.addContentTypeParser('*', asBytes, async (request: FastifyRequest, body: Buffer) => {
    const route = routeOf(request)
    if (route && !route.anyBody) throw unsupported()
    return body
  })

  server.addHook('onSend', (request, reply, payload, done) => {
    setCommonHeaders(request, reply)
    sayMode(traceOf(request), reply)
    sayRate(request, reply)
    overload.ready(request.raw, reply.raw)
    done(null, payload)
  })

  const { observe } = options
  if (observe)
    server.addHook('onResponse', (request, reply, done) => {
      const { interaction } = request.routeOptions.config as { interaction?: string }
      observe(interaction ?? 'unknown-route', reply.statusCode, reply.elapsedTime / 1000)
      done()
    })

  const begin = async (request: FastifyRequest, interaction: InteractionName): Promise<void> => {
    if (!leavesTrace(interaction)) return
    const at = now()
    const trace = startTrace(engine, interaction, { now: at, requestId: request.id, network: request.ip })
    const state: UnderWay<X> = { trace }
    ;(request as Marked<X>)[underWay] = state
    state.exchange = await options.admit(request, trace, at, routeOf(request)?.need)
  }
  const traceOf = (request: FastifyRequest): Trace | undefined => (request as Marked<X>)[underWay]?.trace
  const traced = async (request: FastifyRequest, refused: FhirError): Promise<FhirError> => {
    const trace = traceOf(request)
    return trace && !overload.leavesNoTrace(refused) ? traceRefusal(engine, trace, refused) : refused
  }

  server.setErrorHandler(async (error, request, reply) => {
    const refused = overload.refused(request, frameworkError(error, limits.maxBodyBytes))
    return sendError(request, reply, await traced(request, refused), engine)
  })
  // Before the body is read: an unknown caller is told of no format.
  server.addHook('onRequest', async (request) => {
    if (request.is404) await begin(request, 'unknown-route')
  })
  server.setNotFoundHandler(async (request, reply) => {
    const known = allowed.of(pathPart(request.raw.url ?? ''))
    if (known) reply.header('Allow', known.methods.join(', '))
    throw known ? notAllowed(request.method, known.pattern) : refusal('not-found', 'inconnu')
  })
  const refuseUnrouted = async (
    error: Error,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<void> => {
    setCommonHeaders(request, reply)
    let refused = frameworkError(error, limits.maxBodyBytes)
    try {
      await begin(request, 'unknown-route')
    } catch (first) {
      refused = frameworkError(first, limits.maxBodyBytes)
    }
    refused = overload.refused(request, refused)
    sayMode(traceOf(request), reply)
    sayRate(request, reply)
    sendError(request, reply, await traced(request, refused), engine)
    overload.ready(request.raw, reply.raw)
  }

  const admitBody = async (request: Marked<X>, reply: FastifyReply, route: Route<E, X>): Promise<void> => {
    const setAside = await bodies.admit(request, reply, route)
    const state = request[underWay]
    if (!setAside || !state?.exchange) return
    state.setAside = setAside
    state.exchange = { ...state.exchange, setAside }
    reply.raw.once('close', () => {
      // A client that is gone does not end what its request has begun.
      Promise.allSettled([state.answered])
        .then(() => setAside.discard())
        .catch((err: unknown) => request.log.error({ err }, 'a spool file is left open'))
    })
  }
  const readBody = (request: Marked<X>, reply: FastifyReply, payload: Readable, paths: readonly string[]) => {
    const setAside = request[underWay]?.setAside
    return setAside ? bodies.stream(payload, request, reply, paths, setAside) : payload
  }

  server.register(
    async (base) => {
      for (const route of options.routes) {
        const { contentAt } = route
        base.route({
          method: route.method,
          url: route.url,
          config: { interaction: route.interaction, route },
          onRequest: async (request, reply) => {
            await begin(request, route.interaction)
            if (hasBody(request)) await admitBody(request, reply, route)
          },
          ...(contentAt
            ? { preParsing: async (request, reply, payload) => readBody(request, reply, payload, contentAt) }
            : {}),
          // What came without a body has its place already.
          ...(route.method === 'GET' ? {} : { preHandler: overload.enter }),
          handler: (request, reply) => answer(engine, route, request as Marked<X>, reply),
        })
      }
    },
    { prefix: '/fhir' },
  )
  return server
}

async function answer<E extends Engine, X extends Exchange>(
  engine: E,
  route: Route<E, X>,
  request: Marked<X>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const state = request[underWay]
  const exchange = state?.exchange
  if (!state || !exchange) throw new Error('A request without an exchange')
  const { input, wanted } = readRequest(route, request, state.setAside)
  const reading = request.method === 'GET' || request.method === 'HEAD'
  const performed = perform(
    engine,
    exchange.trace,
    async () => route.answer(engine, exchange, input),
    reading ? input : {},
  )
  state.answered = performed
  return sendAnswer(reply, await performed, engine, wanted)
}

function hasBody({ headers }: FastifyRequest): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

function routeOf(request: FastifyRequest): Pick<Route, 'formBody' | 'anyBody' | 'need'> | undefined {
  return (request.routeOptions.config as { route?: Route }).route
}

function setCommonHeaders(request: FastifyRequest, reply: FastifyReply): void {
  reply.header('X-Request-Id', request.id)
  reply.header('X-Content-Type-Options', 'nosniff')
  const correlation = request.headers['x-correlation-id']
  if (typeof correlation === 'string' && /^[\w\-.:]{1,128}$/.test(correlation)) {
    reply.header('X-Correlation-Id', correlation)
  }
  if (!reply.hasHeader('Cache-Control')) reply.header('Cache-Control', 'no-store')
}

function notAllowed(method: string, what: string): FhirError {
  return refusal('method-not-allowed', 'methode-non-permise', { params: { method, what } })
}

/** Every answer in an emergency mode says so, refusals too (rule A8). */
function sayMode(trace: Trace | undefined, reply: FastifyReply): void {
  if (trace && trace.mode !== 'normal') reply.header('DMP-Mode-Acces', trace.mode)
}

function sayRate(request: FastifyRequest, reply: FastifyReply): void {
  const rate = rateOf(request)
  if (!rate) return
  reply.header('RateLimit-Policy', rate.policy)
  reply.header('RateLimit', rate.limit)
}
