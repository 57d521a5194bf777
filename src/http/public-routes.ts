/** What needs no token and says nothing of anybody: what this server can do, where tokens come from, whether it lives. */
import type { FastifyInstance } from 'fastify'
import { capabilityStatement } from '../interactions/capability-statement.ts'
import type { Engine } from '../interactions/engine.ts'
import { isReady } from '../interactions/readiness.ts'
import { FHIR_JSON, requireFhirJson } from './negotiation.ts'
import { queryPart, readPairs } from './query.ts'
import { routes } from './routes.ts'

export type About = {
  readonly version: string
  readonly tokenEndpoint: string | undefined
  readonly issuers: readonly string[]
}

export function publicRoutes(engine: Engine, about: About) {
  const date = new Date().toISOString()
  const rest = routes.map((route) => route.rest)
  const metadata = capabilityStatement(engine, {
    rest,
    date,
    version: about.version,
    tokenEndpoint: about.tokenEndpoint,
  })
  const smart = smartConfiguration(about)
  return async (server: FastifyInstance): Promise<void> => {
    server.get('/fhir/metadata', { config: { interaction: 'capabilities' } }, (request, reply) => {
      requireFhirJson(request.headers.accept, readPairs(queryPart(request.raw.url ?? '')).format)
      return reply
        .header('Content-Type', FHIR_JSON)
        .header('Cache-Control', 'public, max-age=60')
        .send(metadata)
    })
    server.get(
      '/fhir/.well-known/smart-configuration',
      { config: { interaction: 'smart-configuration' } },
      (_, reply) =>
        reply
          .header('Content-Type', 'application/json')
          .header('Cache-Control', 'public, max-age=60')
          .send(smart),
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

/** @see https://hl7.org/fhir/smart-app-launch/STU2.2/conformance.html */
function smartConfiguration({ issuers, tokenEndpoint }: About): string {
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
