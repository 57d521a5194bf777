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
import { sayMode, sayRate, setCommonHeaders } from './answer-headers.ts'
import { answeredRequest, type ObserveRequest, requestLine } from './answered-request.ts'
import { answerMalformed } from './client-error.ts'
import { drainOnClose } from './drain.ts'
import { frameworkError, sendError } from './error-handler.ts'
import { letBodyCome } from './expect-continue.ts'
import { loggedError } from './logged-error.ts'
import { knownOf, methodRefused, takenForId } from './method-refused.ts'
import { bodyFormats, FORM, textOf, unsupported } from './negotiation.ts'
import type { Overload } from './overload/overload.ts'
import { readRequest } from './read-request.ts'
import { type BodyLimits, BodyReceiver } from './receive-body.ts'
import { requestId } from './request-id.ts'
import type { BeginSpan, RequestSpan } from './request-spans.ts'
import { sendAnswer } from './send-answer.ts'
import type { TlsFiles } from './tls-options.ts'
import { traceParentOf } from './trace-parent.ts'
import { isOneOf } from './trusted-proxy.ts'
import { wellFormed } from './well-formed.ts'

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
  /** Told of each request that was answered. */
  readonly observe?: ObserveRequest | undefined
  /** Follows each request on its way; undefined: nobody does. */
  readonly beginSpan?: BeginSpan | undefined
}

/** At these each request has its line. */
const requestLevels: ReadonlySet<string> = new Set(['info', 'debug', 'trace'])

const underWay = Symbol('request under way')
const refusedWith = Symbol('code of the error it was answered with')
type UnderWay<X> = {
  readonly trace: Trace
  readonly span: RequestSpan | undefined
  exchange?: X
  /** What was taken out of its body; nothing of it may go before `answered` is settled. */
  setAside?: SetAside
  answered?: Promise<unknown>
}
type Marked<X> = FastifyRequest & { [underWay]?: UnderWay<X>; [refusedWith]?: string }

export function createServer<E extends Engine, X extends Exchange>(
  options: ServerOptions<E, X>,
): FastifyInstance {
  const { engine, limits, overload, now } = options
  const server = Fastify({
    bodyLimit: limits.maxBodyBytes,
    serverFactory: (handler) => overload.serve(wellFormed(handler), engine, options.tls),
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
    // The base is served with a slash at its end, too.
    if (route.url === route.prefix) allowed.add(`${route.url}/`, route.method)
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

  const { observe, beginSpan } = options
  const tells = requestLevels.has(options.logLevel)
  if (observe || beginSpan || tells)
    server.addHook('onResponse', (request: Marked<X>, reply, done) => {
      const answered = answeredRequest(request, reply, traceOf(request), request[refusedWith])
      request[underWay]?.span?.end(answered)
      observe?.(answered)
      if (tells) request.log.info(requestLine(answered), 'request')
      done()
    })

  const begin = async (request: FastifyRequest, interaction: InteractionName): Promise<void> => {
    if (!leavesTrace(interaction)) return
    const at = now()
    const trace = startTrace(engine, interaction, { now: at, requestId: request.id, network: request.ip })
    const span = beginSpan?.(
      request.method,
      request.is404 ? undefined : request.routeOptions.url,
      traceParentOf(request.headers.traceparent),
    )
    const state: UnderWay<X> = { trace, span }
    ;(request as Marked<X>)[underWay] = state
    const admit = () => options.admit(request, trace, at, routeOf(request)?.need)
    state.exchange = await (span ? span.run(admit) : admit())
  }
  const traceOf = (request: FastifyRequest): Trace | undefined => (request as Marked<X>)[underWay]?.trace
  const traced = async (request: Marked<X>, refused: FhirError): Promise<FhirError> => {
    const { trace, span } = request[underWay] ?? {}
    const leave = () =>
      trace && !overload.leavesNoTrace(refused) ? traceRefusal(engine, trace, refused) : refused
    const answered = await (span ? span.run(leave) : leave())
    request[refusedWith] = answered.issues[0].error
    return answered
  }

  server.setErrorHandler(async (error, request, reply) => {
    const refused = overload.refused(request, frameworkError(error, limits.maxBodyBytes))
    return sendError(request, reply, await traced(request, refused), engine)
  })
  // Before the body is read: an unknown caller is told of no format.
  server.addHook('onRequest', async (request, reply) => {
    if (!request.is404) return
    await begin(request, 'unknown-route')
    letBodyCome(reply.raw)
  })
  server.setNotFoundHandler(async (request, reply) => {
    const known = knownOf(allowed, request)
    throw known ? methodRefused(request, reply, known) : refusal('not-found', 'inconnu')
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
    letBodyCome(reply.raw)
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
            const other = takenForId(allowed, request)
            await begin(request, other ? 'unknown-route' : route.interaction)
            if (other) throw methodRefused(request, reply, other)
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
  const work = () =>
    perform(engine, exchange.trace, async () => route.answer(engine, exchange, input), reading ? input : {})
  const performed = state.span ? state.span.run(work) : work()
  state.answered = performed
  return sendAnswer(reply, await performed, engine, wanted)
}

function hasBody({ headers }: FastifyRequest): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

function routeOf(request: FastifyRequest): Pick<Route, 'formBody' | 'anyBody' | 'need'> | undefined {
  return (request.routeOptions.config as { route?: Route }).route
}
