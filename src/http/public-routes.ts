/** What needs no token and says nothing of anybody: what this server can do, where tokens come from, whether it lives. */
import type { FastifyInstance } from 'fastify'
import { capabilityStatement, type Statement } from '../interactions/capability-statement.ts'
import type { Engine } from '../interactions/engine.ts'
import { isReady } from '../interactions/readiness.ts'
import { render } from '../interactions/render.ts'
import { contentTypes, wantedFormat } from './negotiation.ts'
import { queryPart, readPairs } from './query.ts'

/** Where tokens come from. */
export type Smart = { readonly tokenEndpoint: string | undefined; readonly issuers: readonly string[] }

type Described = {
  readonly engine: Engine
  readonly statement: (about: Pick<Statement, 'version' | 'date'>) => Statement
  readonly openApi: string
  readonly smart?: Smart
}

export function publicRoutes({ engine, statement, openApi, smart }: Described, version: string) {
  const date = new Date().toISOString()
  // Written when first asked for: it names each search parameter of each type.
  let written: string | undefined
  const metadata = (): string => {
    written ??= capabilityStatement(engine, statement({ version, date }))
    return written
  }
  return async (server: FastifyInstance): Promise<void> => {
    server.get('/fhir/metadata', { config: { interaction: 'capabilities' } }, (request, reply) => {
      const query = readPairs(queryPart(request.raw.url ?? ''))
      const format = wantedFormat(request.headers.accept, query.format)
      return reply
        .header('Content-Type', contentTypes[format])
        .header('Cache-Control', 'public, max-age=60')
        .send(render(metadata(), { format, pretty: query.pretty ?? false }, engine.registry))
    })
    if (smart) serveSmart(server, smartConfiguration(smart))
    server.get('/openapi.yaml', { config: { interaction: 'openapi' } }, (_, reply) =>
      reply
        .header('Content-Type', 'application/yaml; charset=utf-8')
        .header('Cache-Control', 'public, max-age=3600')
        .send(openApi),
    )
    server.get('/livez', { config: { interaction: 'livez' } }, (_, reply) =>
      reply.type('text/plain').send('ok\n'),
    )
    server.get('/readyz', { config: { interaction: 'readyz' } }, async (_, reply) => {
      const ready = await isReady(engine)
      return reply
        .code(ready ? 200 : 503)
        .type('text/plain')
        .send(ready ? 'ok\n' : 'database not ready\n')
    })
  }
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

/** @see https://hl7.org/fhir/smart-app-launch/STU2.2/conformance.html */
function smartConfiguration({ issuers, tokenEndpoint }: Smart): string {
  return JSON.stringify({
    ...(issuers[0] ? { issuer: issuers[0] } : {}),
    ...(tokenEndpoint
      ? {
          jwks_uri: `${issuers[0]}/jwks`,
          token_endpoint: tokenEndpoint,
          token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
          grant_types_supported: ['client_credentials'],
        }
      : {}),
    scopes_supported: ['user/*.cruds', 'system/*.cruds', 'patient/*.cruds'],
    capabilities: ['permission-v2', 'permission-user', 'permission-patient'],
    code_challenge_methods_supported: ['S256'],
  })
}
