/**
 * `DMP_ISSUERS`: whose tokens are believed, and how: by the keys of their JWKS, by asking the issuer (RFC 7662), or both.
 * The form is closed: a setting that is not understood is one that somebody relied on.
 */
import { ConfigError, secretValue } from './values.ts'

export type IntrospectionSettings = {
  readonly endpoint: string
  readonly clientId: string
  readonly clientSecret: string
}

/** Where an issuer gives tokens, as the SMART configuration tells clients; this server itself does not call them. */
export type IssuerEndpoints = { readonly tokenEndpoint?: string; readonly authorizationEndpoint?: string }

export type Issuer = { readonly issuer: string } & IssuerEndpoints &
  (
    | { readonly jwksUri: string; readonly introspection?: IntrospectionSettings }
    | { readonly introspection: IntrospectionSettings }
  )

const form =
  'DMP_ISSUERS is not a JSON array of {"issuer": "https://…", "jwksUri": "https://…", ' +
  '"introspection": {"endpoint": "https://…", "clientId": "…", "clientSecret": "file:/…"}}, with one of the last two; ' +
  'and "tokenEndpoint": "https://…", with it "authorizationEndpoint": "https://…", if clients are to be told'

/** @param secure whether addresses must be https: keys read in the clear are anybody's keys */
export function readIssuers(text: string | undefined, secure: boolean): Issuer[] {
  if (text === undefined || text.trim() === '') return []
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    // The parser's message repeats what it read, which may hold a secret.
    throw new ConfigError(form)
  }
  if (!Array.isArray(value) || value.length === 0) throw new ConfigError(form)
  const issuers = value.map((item: unknown) => readIssuer(item, secure))
  if (issuers.filter((issuer) => 'introspection' in issuer).length > 1) {
    // An opaque token does not say whose it is, and a token is shown to nobody but its issuer.
    throw new ConfigError('DMP_ISSUERS: only one issuer can have "introspection"')
  }
  if (new Set(issuers.map(({ issuer }) => issuer)).size < issuers.length)
    throw new ConfigError('DMP_ISSUERS: two issuers have the same name')
  return issuers
}

function readIssuer(item: unknown, secure: boolean): Issuer {
  const { issuer, jwksUri, introspection, tokenEndpoint, authorizationEndpoint, ...more } = fields(item)
  if (Object.keys(more).length > 0 || !isUrl(issuer, false)) throw new ConfigError(form)
  const asked = introspection === undefined ? undefined : readIntrospection(introspection, secure)
  const named = { issuer, ...readEndpoints(tokenEndpoint, authorizationEndpoint, secure) }
  if (jwksUri === undefined && asked) return { ...named, introspection: asked }
  if (!isUrl(jwksUri, secure)) throw new ConfigError(form)
  return asked ? { ...named, jwksUri, introspection: asked } : { ...named, jwksUri }
}

function readEndpoints(token: unknown, authorization: unknown, secure: boolean): IssuerEndpoints {
  if (token === undefined && authorization === undefined) return {}
  if (!isUrl(token, secure)) throw new ConfigError(form)
  if (authorization === undefined) return { tokenEndpoint: token }
  if (!isUrl(authorization, secure)) throw new ConfigError(form)
  return { tokenEndpoint: token, authorizationEndpoint: authorization }
}

function readIntrospection(item: unknown, secure: boolean): IntrospectionSettings {
  const { endpoint, clientId, clientSecret, ...more } = fields(item)
  if (Object.keys(more).length > 0 || !isUrl(endpoint, secure)) throw new ConfigError(form)
  if (typeof clientId !== 'string' || clientId === '') throw new ConfigError(form)
  if (typeof clientSecret !== 'string') throw new ConfigError(form)
  const secret = secretValue('DMP_ISSUERS: clientSecret', clientSecret)
  if (secret === '') throw new ConfigError('DMP_ISSUERS: clientSecret is empty')
  return { endpoint, clientId, clientSecret: secret }
}

function fields(item: unknown): Readonly<Record<string, unknown>> {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) throw new ConfigError(form)
  return Object.fromEntries(Object.entries(item))
}

function isUrl(text: unknown, secure: boolean): text is string {
  return (
    typeof text === 'string' &&
    (secure ? /^https:\/\/[^\s]+$/ : /^https?:\/\/[^\s]+$/).test(text) &&
    URL.canParse(text)
  )
}
