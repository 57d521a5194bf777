/**
 * The sandbox issuer below a path of the server's own port: its token endpoint, its keys, its discovery documents.
 * Nothing else of the provider is reachable.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { SandboxIssuer } from './issuer.ts'

export const sandboxTokenPath = '/token'
export const sandboxKeysPath = '/jwks'

const routes = [
  { method: 'POST', path: sandboxTokenPath },
  { method: 'GET', path: sandboxKeysPath },
  { method: 'GET', path: '/.well-known/openid-configuration' },
  { method: 'GET', path: '/.well-known/oauth-authorization-server' },
] as const

/** To be registered with the prefix at which the issuer's URL ends, as `/sandbox/oidc`. */
export function mountSandboxIssuer(issuer: SandboxIssuer) {
  return async (server: FastifyInstance): Promise<void> => {
    // The provider reads the body itself, and bounds it.
    server.removeAllContentTypeParsers()
    server.addContentTypeParser('*', (_request, _payload, done) => done(null))

    const handler = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
      reply.hijack()
      const raw = Object.assign(request.raw, { originalUrl: request.raw.url ?? '/' })
      raw.url = raw.originalUrl.slice(server.prefix.length)
      try {
        await issuer.callback(raw, reply.raw)
      } finally {
        raw.url = raw.originalUrl
      }
    }
    for (const { method, path } of routes) {
      server.route({ method, url: path, config: { interaction: 'sandbox-issuer' }, handler })
    }
  }
}
