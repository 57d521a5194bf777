/**
 * The part of oidc-provider 9 that the sandbox issuer and the test issuer use; the package ships no types.
 * The modules are named one by one because the package's index writes a notice about the Node version to the console;
 * it demands 22, and what we use of it is tried on 20 by test/sandbox.
 */
declare module 'oidc-provider/lib/provider.js' {
  import type { IncomingMessage, ServerResponse } from 'node:http'

  type Context = {
    readonly oidc: { readonly body?: Record<string, unknown>; readonly params: { scope?: string } }
  }
  type TokenDraft = { readonly payload: Record<string, unknown> }

  export class Provider {
    constructor(issuer: string, configuration: Configuration)
    callback(): (request: IncomingMessage, response: ServerResponse) => Promise<void>
    on(event: 'server_error', listener: (context: unknown, error: Error) => void): this
  }

  export type Configuration = {
    readonly adapter: new (model: string) => object
    readonly clients: readonly Record<string, unknown>[]
    readonly jwks: { readonly keys: readonly object[] }
    readonly ttl: Readonly<Record<string, number>>
    readonly responseTypes: readonly string[]
    readonly scopes: readonly string[]
    readonly clientAuthMethods: readonly string[]
    /** Whether a page of this origin may ask for tokens of the client. */
    readonly clientBasedCORS?: (context: { get(header: string): string }, origin: string) => boolean
    readonly enabledJWA: Readonly<Record<string, readonly string[]>>
    readonly features: Readonly<Record<string, object>>
    readonly formats?: {
      readonly customizers: { jwt(context: Context, token: unknown, draft: TokenDraft): void }
    }
    /** Of opaque tokens: told when they are asked about. */
    readonly extraTokenClaims?: (context: Context, token: unknown) => Record<string, unknown>
  }
}

declare module 'oidc-provider/lib/helpers/errors.js' {
  export class InvalidRequest extends Error {
    constructor(description: string)
  }
  export class InvalidTarget extends Error {
    constructor(description: string)
  }
  export class InvalidScope extends Error {
    constructor(description: string, scope: string)
  }
}
