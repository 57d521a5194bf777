/**
 * The HTTP shell: Fastify with its limits, the routes, and for each request the steps authenticate → read → perform →
 * send. It decides nothing.
 */
import { randomUUID } from 'node:crypto'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest, LogController } from 'fastify'
import { type FhirError, refusal } from '../fhir/fhir-error.ts'
import type { Engine } from '../interactions/engine.ts'
import type { Exchange } from '../interactions/exchange.ts'
import { perform, traceRefusal } from '../interactions/perform.ts'
import { unknown } from '../interactions/dmp/permit.ts'
import {
  type InteractionName,
  isInteractionName,
  leavesTrace,
  startTrace,
  type Trace,
} from '../interactions/start-trace.ts'
import { AllowedMethods } from './allowed-methods.ts'
import type { Authenticate } from './authentication/verify-token.ts'
import { answerMalformed } from './client-error.ts'
import { frameworkError, sendError } from './error-handler.ts'
import { bodyTypes, documentForm, requireFhirJson } from './negotiation.ts'
import { pathPart, queryPart, readPairs } from './query.ts'
import { exchangeOf } from './request-exchange.ts'
import { type Input, type Route, routes } from './routes.ts'
import { sendAnswer } from './send-answer.ts'

export type HttpLimits = { readonly maxBodyBytes: number; readonly requestTimeoutMs: number }

/** What pino writes its lines to. */
export type LogStream = { write(line: string): void }

export type ServerOptions = {
  readonly engine: Engine
  readonly authenticate: Authenticate
  readonly limits: HttpLimits
  readonly logLevel: string
  /** Where log lines go; undefined: standard output. */
  readonly logTo?: LogStream
  readonly tls?: { readonly key: Buffer; readonly cert: Buffer; readonly ca?: Buffer }
  readonly now: () => number
}

const FORM = 'application/x-www-form-urlencoded'

type UnderWay = { readonly trace: Trace; exchange?: Exchange }
const underWay = Symbol('request under way')
type Marked = FastifyRequest & { [underWay]?: UnderWay }

export function createServer(options: ServerOptions): FastifyInstance {
  const { engine, limits, now } = options
  const server = Fastify({
    bodyLimit: limits.maxBodyBytes,
    requestTimeout: limits.requestTimeoutMs,
    connectionTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: 72_000,
    routerOptions: { maxParamLength: 128, querystringParser: () => ({}) },
    logController: new LogController({ disableRequestLogging: true }),
    return503OnClosing: true,
    genReqId: (request) => requestId(request.headers['x-request-id']),
    logger: {
      level: options.logLevel,
      ...(options.logTo ? { stream: options.logTo } : {}),
      // No URL, no header: both can hold a matricule or a token (rule I4).
      serializers: { req: (request: FastifyRequest) => ({ id: request.id, method: request.method }) },
    },
    clientErrorHandler: answerMalformed,
    // A path that cannot be read (`%zz`) or a name longer than any of ours: refused before there is a route.
    frameworkErrors: (error, request, reply) => refuseUnrouted(error, request, reply),
    ...(options.tls ? { https: { ...options.tls, requestCert: true, rejectUnauthorized: false } } : {}),
  })

  const allowed = new AllowedMethods()
  server.addHook('onRoute', (route) => {
    allowed.add(route.url, route.method)
    const { interaction } = (route.config ?? {}) as { interaction?: unknown }
    if (!isInteractionName(interaction))
      throw new Error(`Route ${route.method} ${route.url} names no interaction`)
  })
  server.removeAllContentTypeParsers()
  const asText = { parseAs: 'string' as const }
  server.addContentTypeParser([...bodyTypes], asText, (request, body, done) =>
    routeOf(request)?.formBody ? done(unsupported([FORM])) : done(null, body),
  )
  server.addContentTypeParser(FORM, asText, (request, body, done) =>
    routeOf(request)?.formBody ? done(null, body) : done(unsupported(bodyTypes)),
  )

  server.addHook('onSend', (request, reply, payload, done) => {
    setCommonHeaders(request, reply)
    done(null, payload)
  })

  const begin = async (request: FastifyRequest, interaction: InteractionName): Promise<void> => {
    if (!leavesTrace(interaction)) return
    const at = now()
    const trace = startTrace(engine, interaction, { now: at, requestId: request.id, network: request.ip })
    const state: UnderWay = { trace }
    ;(request as Marked)[underWay] = state
    state.exchange = await exchangeOf(request, trace, at, options.authenticate, routeOf(request)?.need)
  }

  server.setErrorHandler(async (error, request, reply) => {
    const refused = frameworkError(error, limits.maxBodyBytes)
    const trace = (request as Marked)[underWay]?.trace
    return sendError(request, reply, trace ? await traceRefusal(engine, trace, refused) : refused)
  })
  // Before the body is read: an unknown caller is told of no format.
  server.addHook('onRequest', async (request) => {
    if (request.is404) await begin(request, 'unknown-route')
  })
  server.setNotFoundHandler(async (request, reply) => {
    const known = allowed.of(pathPart(request.raw.url ?? ''))
    if (known) reply.header('Allow', known.methods.join(', '))
    throw known ? notAllowed(request.method, known.pattern) : unknown()
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
    const trace = (request as Marked)[underWay]?.trace
    sendError(request, reply, trace ? await traceRefusal(engine, trace, refused) : refused)
  }

  server.register(
    async (base) => {
      for (const route of routes) {
        base.route({
          method: route.method,
          url: route.url,
          config: { interaction: route.interaction, route },
          onRequest: (request) => begin(request, route.interaction),
          handler: (request, reply) => answer(engine, route, request as Marked, reply),
        })
      }
    },
    { prefix: '/fhir' },
  )
  return server
}

async function answer(
  engine: Engine,
  route: Route,
  request: Marked,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const state = request[underWay]
  const exchange = state?.exchange
  if (!exchange) throw new Error('A request without an exchange')
  const { accept } = request.headers
  const sent = await perform(
    engine,
    exchange.trace,
    async () => route.answer(engine, exchange, inputOf(route, request, accept)),
    request.headers['if-none-match'],
  )
  return sendAnswer(reply, exchange.mode === 'normal' ? sent : withMode(sent, exchange), engine.base)
}

function inputOf(route: Route, request: FastifyRequest, accept: string | undefined): Input {
  const { id = '', version = '' } = request.params as { id?: string; version?: string }
  const fromUrl = readPairs(queryPart(request.raw.url ?? ''))
  const body = typeof request.body === 'string' && request.body !== '' ? request.body : undefined
  const fromForm = route.formBody && body !== undefined ? readPairs(body) : { pairs: [] }
  const format = fromForm.format ?? fromUrl.format
  if (!route.anyFormat) requireFhirJson(accept, format)
  return {
    id,
    version,
    pairs: [...fromUrl.pairs, ...fromForm.pairs],
    body,
    form: documentForm(accept, format),
  }
}

/** Every answer in an emergency mode says so (rule A8). */
function withMode<T extends { headers?: Readonly<Record<string, string>> }>(sent: T, exchange: Exchange): T {
  return { ...sent, headers: { ...sent.headers, 'DMP-Mode-Acces': exchange.mode } }
}

function routeOf(request: FastifyRequest): Route | undefined {
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

function unsupported(formats: readonly string[]): FhirError {
  return refusal('unsupported-media-type', 'format-envoye', { params: { formats: formats.join(', ') } })
}

/** The client's own request id when it is a plain one, else a new one. */
function requestId(header: string | string[] | undefined): string {
  return typeof header === 'string' && /^[\w\-.]{8,64}$/.test(header) ? header : randomUUID()
}
