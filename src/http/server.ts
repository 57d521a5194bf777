/**
 * The HTTP shell: Fastify with its limits, the routes, and for each request the steps authenticate → read → perform →
 * send. It decides nothing.
 */
import { randomUUID } from 'node:crypto'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { Engine } from '../interactions/engine.ts'
import type { Exchange } from '../interactions/exchange.ts'
import { perform, traceRefusal } from '../interactions/perform.ts'
import { unknown } from '../interactions/permit.ts'
import {
  type InteractionName,
  isInteractionName,
  leavesTrace,
  startTrace,
  type Trace,
} from '../interactions/start-trace.ts'
import type { Authenticate } from './authentication/verify-token.ts'
import { frameworkError, sendError } from './error-handler.ts'
import { bodyTypes, documentForm, requireFhirJson } from './negotiation.ts'
import { queryPart, readPairs } from './query.ts'
import { exchangeOf } from './request-exchange.ts'
import { type Input, type Route, routes } from './routes.ts'
import { sendAnswer } from './send-answer.ts'

export type HttpLimits = { readonly maxBodyBytes: number; readonly requestTimeoutMs: number }

export type ServerOptions = {
  readonly engine: Engine
  readonly authenticate: Authenticate
  readonly limits: HttpLimits
  readonly logLevel: string
  readonly tls?: { readonly key: Buffer; readonly cert: Buffer; readonly ca?: Buffer }
  readonly now: () => number
}

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
    disableRequestLogging: true,
    return503OnClosing: true,
    genReqId: (request) => requestId(request.headers['x-request-id']),
    logger: {
      level: options.logLevel,
      // No URL, no header: both can hold a matricule or a token (rule I4).
      serializers: { req: (request: FastifyRequest) => ({ id: request.id, method: request.method }) },
    },
    ...(options.tls ? { https: { ...options.tls, requestCert: true, rejectUnauthorized: false } } : {}),
  })

  server.addHook('onRoute', (route) => {
    const { interaction } = (route.config ?? {}) as { interaction?: unknown }
    if (!isInteractionName(interaction))
      throw new Error(`Route ${route.method} ${route.url} names no interaction`)
  })
  server.removeAllContentTypeParsers()
  const asText = { parseAs: 'string' as const }
  server.addContentTypeParser([...bodyTypes], asText, (_request, body, done) => done(null, body))
  server.addContentTypeParser('application/x-www-form-urlencoded', asText, (request, body, done) =>
    routeOf(request)?.formBody ? done(null, body) : done(unsupported()),
  )

  server.addHook('onSend', async (request, reply) => {
    reply.header('X-Request-Id', request.id)
    reply.header('X-Content-Type-Options', 'nosniff')
    const correlation = request.headers['x-correlation-id']
    if (typeof correlation === 'string' && /^[\w\-.:]{1,128}$/.test(correlation)) {
      reply.header('X-Correlation-Id', correlation)
    }
    if (!reply.hasHeader('Cache-Control')) reply.header('Cache-Control', 'no-store')
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
  server.setNotFoundHandler(async (request, reply) => {
    await begin(request, 'unknown-route')
    const trace = (request as Marked)[underWay]?.trace
    return sendError(request, reply, trace ? await traceRefusal(engine, trace, unknown()) : unknown())
  })

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

function unsupported(): Error {
  return Object.assign(new Error('Unsupported media type'), { code: 'FST_ERR_CTP_INVALID_MEDIA_TYPE' })
}

/** The client's own request id when it is a plain one, else a new one. */
function requestId(header: string | string[] | undefined): string {
  return typeof header === 'string' && /^[\w\-.]{8,64}$/.test(header) ? header : randomUUID()
}
