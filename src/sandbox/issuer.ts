/**
 * The sandbox identity provider: a real OAuth 2.0 token endpoint that gives anybody the access token of whoever they
 * ask to be (body parameter `persona`). Never in production: it refuses to be made there, and its library is loaded
 * only when it is.
 *
 * Grant: client_credentials alone. Tokens: JWT, RFC 9068, ES256, one hour.
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-4.4
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { JSONWebKeySet } from 'jose'
import { parseScopes } from '../http/authentication/scopes.ts'
import { sandboxClient, sandboxScope } from './client.ts'
import { personaParser } from './persona.ts'
import { claimsOfPersona } from './persona-claims.ts'
import { loadOrCreateSigningKeys, publicKeys } from './signing-keys.ts'

export type SandboxIssuerConfig = {
  /** `iss` of the tokens: the absolute URL below which the issuer is mounted. */
  readonly issuerUrl: string
  readonly audience: string
  readonly keysFile: string
  /** Told of the provider's own faults; they also end as a 500 without detail. */
  readonly onError?: (error: Error) => void
}

export type SandboxIssuer = {
  readonly issuer: string
  /** Node request handler; `request.url` is relative to the issuer's path, `originalUrl` is the whole. */
  readonly callback: (request: IncomingMessage, response: ServerResponse) => Promise<void>
  /** The public keys, for a verifier in the same process. */
  readonly jwks: JSONWebKeySet
}

const tokenSeconds = 3_600

export async function createSandboxIssuer(config: SandboxIssuerConfig): Promise<SandboxIssuer> {
  if (process.env.NODE_ENV === 'production') throw new Error('the sandbox issuer is refused in production')
  const { Provider } = await import('oidc-provider/lib/provider.js')
  const { InvalidRequest, InvalidScope, InvalidTarget } = await import('oidc-provider/lib/helpers/errors.js')
  const parsePersona = personaParser()
  const signingKeys = await loadOrCreateSigningKeys(config.keysFile)

  const provider = new Provider(config.issuerUrl, {
    adapter: NothingKept,
    clients: [
      {
        client_id: sandboxClient.id,
        client_secret: sandboxClient.secret,
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
        id_token_signed_response_alg: 'ES256',
        token_endpoint_auth_method: 'client_secret_basic',
      },
    ],
    clientAuthMethods: ['client_secret_basic'],
    // Browsers name their origin in any POST: the console's pages, by whatever name this server is reached. No other site.
    clientBasedCORS: (context, origin) =>
      URL.canParse(origin) && new URL(origin).host === context.get('host'),
    jwks: signingKeys,
    responseTypes: [],
    scopes: [],
    ttl: { ClientCredentials: tokenSeconds },
    enabledJWA: { idTokenSigningAlgValues: ['ES256'] },
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      userinfo: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => config.audience,
        getResourceServerInfo: (context: { oidc: { params: { scope?: string } } }, resource: string) => {
          if (resource !== config.audience) throw new InvalidTarget('tokens are for this server only')
          const requested = (context.oidc.params.scope ?? sandboxScope).split(' ')
          const unknown = requested.find((scope) => parseScopes(scope)?.length !== 1)
          if (unknown !== undefined)
            throw new InvalidScope(
              'only SMART v2 scopes, with no query but the type and category of documents',
              unknown,
            )
          return {
            scope: requested.join(' '),
            audience: config.audience,
            accessTokenTTL: tokenSeconds,
            accessTokenFormat: 'jwt',
            jwt: { sign: { alg: 'ES256' } },
          }
        },
      },
    },
    formats: {
      customizers: {
        jwt(context, _token, draft) {
          const text = context.oidc.body?.persona
          const persona = typeof text === 'string' ? parsePersona(text) : undefined
          if (persona === undefined)
            throw new InvalidRequest('persona must be one JSON object of the documented form')
          Object.assign(draft.payload, claimsOfPersona(persona))
          draft.payload.scope ??= sandboxScope
        },
      },
    },
  })
  provider.on('server_error', (_context, error) => config.onError?.(error))
  return { issuer: config.issuerUrl, callback: provider.callback(), jwks: publicKeys(signingKeys) }
}

/**
 * The provider's store. JWT access tokens are not stored and there is no login, so there is nothing to keep; clients
 * are found in the configuration.
 */
class NothingKept {
  async find(): Promise<undefined> {
    return undefined
  }
  async findByUid(): Promise<undefined> {
    return undefined
  }
  async upsert(): Promise<void> {
    throw new Error('the sandbox issuer keeps nothing')
  }
}
