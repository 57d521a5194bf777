/**
 * `DMP_ISSUERS`: whose tokens are believed, and how: by the keys of their JWKS, by asking the issuer (RFC 7662), or both.
 * The form is closed: a setting that is not understood is one that somebody relied on.
 */
import { ConfigError, secretValue } from './config-values.ts'

export type IntrospectionSettings = {
  readonly endpoint: string
  readonly clientId: string
  readonly clientSecret: string
}

export type Issuer = { readonly issuer: string } & (
  | { readonly jwksUri: string; readonly introspection?: IntrospectionSettings }
  | { readonly introspection: IntrospectionSettings }
)

const form =
  'DMP_ISSUERS is not a JSON array of {"issuer": "https://…", "jwksUri": "https://…", ' +
  '"introspection": {"endpoint": "https://…", "clientId": "…", "clientSecret": "file:/…"}}, with one of the last two'

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
  return issuers
}

function readIssuer(item: unknown, secure: boolean): Issuer {
  const { issuer, jwksUri, introspection, ...more } = fields(item)
  if (Object.keys(more).length > 0 || !isUrl(issuer, false)) throw new ConfigError(form)
  const asked = introspection === undefined ? undefined : readIntrospection(introspection, secure)
  if (jwksUri === undefined && asked) return { issuer, introspection: asked }
  if (!isUrl(jwksUri, secure)) throw new ConfigError(form)
  return asked ? { issuer, jwksUri, introspection: asked } : { issuer, jwksUri }
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
