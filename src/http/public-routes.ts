/** What needs no token and says nothing of anybody: what this server can do, where tokens come from, whether it lives. */
import type { FastifyInstance } from 'fastify'
import type { Engine } from '../interactions/engine.ts'
import { unlessKnown } from '../interactions/perform.ts'
import type { PublicOperation } from '../interactions/public-answer.ts'
import type { ReadinessWord } from '../interactions/readiness-words.ts'
import { render } from '../interactions/render.ts'
import { type CompressedBody, compressed, sendBody } from './compressed-body.ts'
import { contentTypes, wantedFormat } from './negotiation.ts'
import { oneLook } from './overload/one-look.ts'
import { queryPart, readPairs } from './query.ts'
import { readinessAnswer } from './readiness-answer.ts'
import { smartConfiguration, type TokenSource } from './smart-configuration.ts'

/** A database that has not said in so long that it is there is not. */
const LONGEST_LOOK_MS = 2_000

type Described = {
  readonly engine: Engine
  /** The CapabilityStatement, as text. */
  readonly metadata: () => string
  readonly openApi: string
  readonly tokenSources?: readonly TokenSource[]
  readonly published?: readonly PublicOperation[]
  /** A JWK set. */
  readonly sealKeys?: () => Promise<string>
}

/**
 * @param now the clock
 * @param isLeaving whether the server is about to stop: whoever chooses among servers takes another
 * @param readiness why it cannot serve, or not everything
 */
export function publicRoutes(
  { engine, metadata, openApi, tokenSources, published = [], sealKeys }: Described,
  now: () => number,
  isLeaving: () => boolean,
  readiness: () => Promise<readonly ReadinessWord[]>,
) {
  return async (server: FastifyInstance): Promise<void> => {
    server.get('/fhir/metadata', { config: { interaction: 'capabilities' } }, (request, reply) => {
      const query = readPairs(queryPart(request.raw.url ?? ''))
      const format = wantedFormat(request.headers.accept, query.format)
      return reply
        .header('Content-Type', contentTypes[format])
        .header('Cache-Control', 'public, max-age=60')
        .send(render(metadata(), { format, pretty: query.pretty ?? false }, engine.registry))
    })
    if (tokenSources) serveSmart(server, smartConfiguration(tokenSources))
    if (sealKeys) serveSealKeys(server, sealKeys)
    for (const operation of published) servePublished(server, operation, engine, now)
    let document: CompressedBody | undefined
    server.get('/openapi.yaml', { config: { interaction: 'openapi' } }, (request, reply) => {
      document ??= compressed('application/yaml; charset=utf-8', openApi)
      reply.header('Cache-Control', 'public, max-age=3600').header('Vary', 'Accept-Encoding')
      return sendBody(request, reply, document)
    })
    server.get('/livez', { config: { interaction: 'livez' } }, (_, reply) =>
      reply.type('text/plain').send('ok\n'),
    )
    const look = oneLook(readiness, LONGEST_LOOK_MS, ['database-unreachable'])
    server.get('/readyz', { config: { interaction: 'readyz' } }, async (request, reply) => {
      const words = isLeaving() ? (['stopping'] as const) : await look()
      const { status, contentType, body } = readinessAnswer(words, request.headers.accept)
      return reply.code(status).type(contentType).header('Vary', 'Accept').send(body)
    })
  }
}

function servePublished(
  server: FastifyInstance,
  { url, interaction, answer }: PublicOperation,
  engine: Engine,
  now: () => number,
): void {
  // XML is written anew for who asks for it; the versions of one day are few.
  const rendered = new Map<string, string>()
  server.get(`/fhir${url}`, { config: { interaction } }, (request, reply) => {
    const { pairs, format, pretty = false } = readPairs(queryPart(request.raw.url ?? ''))
    const wanted = { format: wantedFormat(request.headers.accept, format), pretty }
    const { body, etag } = answer(pairs, now())
    const ifNoneMatch = request.headers['if-none-match']
    const known = ifNoneMatch === undefined ? {} : { ifNoneMatch }
    const { status } = unlessKnown({ status: 200, etag, body }, known)
    reply
      .code(status)
      .header('ETag', etag)
      .header('Cache-Control', 'public, max-age=300')
      .header('Vary', 'Accept')
    if (status === 304) return reply.send()
    const key = `${wanted.format} ${pretty} ${etag}`
    const text = rendered.get(key) ?? render(body, wanted, engine.registry)
    if (rendered.size >= MAX_RENDERED) rendered.clear()
    rendered.set(key, text)
    return reply.header('Content-Type', contentTypes[wanted.format]).send(text)
  })
}

const MAX_RENDERED = 64

/** By which anybody verifies a seal without this server: docs/seal.md. */
function serveSealKeys(server: FastifyInstance, jwks: () => Promise<string>): void {
  const url = '/fhir/.well-known/dmp-seal-keys.json'
  server.get(url, { config: { interaction: 'publish-seal-keys' } }, async (_, reply) =>
    reply
      .header('Content-Type', 'application/jwk-set+json')
      .header('Cache-Control', 'public, max-age=300')
      .send(await jwks()),
  )
}

function serveSmart(server: FastifyInstance, configuration: string): void {
  const url = '/fhir/.well-known/smart-configuration'
  server.get(url, { config: { interaction: 'smart-configuration' } }, (_, reply) =>
    reply
      .header('Content-Type', 'application/json')
      .header('Cache-Control', 'public, max-age=60')
      .send(configuration),
  )
}
