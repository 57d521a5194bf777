/**
 * The environment, read once and checked. A missing or contradictory security setting stops the start (exit code 78).
 * @see docs/operations.md "Environment"
 */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'

export type Issuer = { readonly issuer: string; readonly jwksUri: string }

export type Profile = 'dmp' | 'fhir'

export type Config = {
  /** `fhir`: a plain R4 server without tokens, for conformance suites, on the loopback interface alone. */
  readonly profile: Profile
  readonly production: boolean
  readonly host: string
  readonly port: number
  /** Without a trailing slash; the FHIR base is this and `/fhir`. */
  readonly publicUrl: string
  readonly databaseUrl: string | undefined
  readonly dataDir: string
  readonly issuers: readonly Issuer[]
  readonly audience: string
  /** The issuer of this very process, for trying; never in production. */
  readonly sandbox: boolean
  /** Whether every token must be bound to the certificate of its connection: always, but in the sandbox. */
  readonly certificateBinding: boolean
  readonly insTest: boolean
  /** Secret from which keys are derived; undefined: one of our own, kept in `dataDir`. */
  readonly masterKey: string | undefined
  readonly tls: { readonly key: Buffer; readonly cert: Buffer; readonly ca?: Buffer } | undefined
  readonly logLevel: string
  readonly limits: {
    readonly maxBodyBytes: number
    /** Bytes of all bodies in work at once; the requests that come later wait. */
    readonly maxBodyBytesAtOnce: number
    readonly maxDocumentBytes: number
    readonly maxEntries: number
    readonly maxDepth: number
    readonly requestTimeoutMs: number
    readonly statementTimeoutMs: number
  }
}

export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

type Environment = Readonly<Record<string, string | undefined>>

const MEBIBYTE = 1024 * 1024

/** @throws ConfigError with one line that names the variable and says what to do */
export function readConfig(environment: Environment): Config {
  const profile = oneOf(environment, 'DMP_PROFILE', 'dmp', ['dmp', 'fhir']) as Profile
  const production = environment.NODE_ENV === 'production'
  const port = whole(environment, 'PORT', 8080, 0, 65_535)
  const host = environment.HOST ?? '127.0.0.1'
  const tls = readTls(environment)
  const publicUrl = (environment.DMP_PUBLIC_URL ?? `${tls ? 'https' : 'http'}://${host}:${port}`).replace(
    /\/+$/,
    '',
  )
  const issuers = readIssuers(environment.DMP_ISSUERS)
  const sandbox = profile === 'dmp' && !production && issuers.length === 0
  const maxBodyBytes = whole(environment, 'DMP_MAX_BODY_BYTES', 30 * MEBIBYTE, 1024, 1024 ** 3)
  const config: Config = {
    profile,
    production,
    host,
    port,
    publicUrl,
    databaseUrl: environment.DATABASE_URL,
    dataDir: resolve(environment.DMP_DATA_DIR ?? (profile === 'dmp' ? '.data' : '.data/fhir')),
    issuers,
    audience: environment.DMP_AUDIENCE ?? `${publicUrl}/fhir`,
    sandbox,
    certificateBinding: profile === 'dmp' && !sandbox,
    insTest: flag(environment, 'DMP_INS_TEST', !production),
    masterKey: secret(environment.DMP_MASTER_KEY),
    tls,
    logLevel: oneOf(environment, 'LOG_LEVEL', 'warn', [
      'fatal',
      'error',
      'warn',
      'info',
      'debug',
      'trace',
      'silent',
    ]),
    limits: {
      maxBodyBytes,
      maxBodyBytesAtOnce: whole(
        environment,
        'DMP_MAX_BODY_BYTES_AT_ONCE',
        Math.max(64 * MEBIBYTE, maxBodyBytes),
        maxBodyBytes,
        64 * 1024 ** 3,
      ),
      maxDocumentBytes: whole(environment, 'DMP_MAX_DOCUMENT_BYTES', 20 * MEBIBYTE, 1024, 1024 ** 3),
      maxEntries: whole(environment, 'DMP_MAX_BUNDLE_ENTRIES', profile === 'dmp' ? 100 : 10_000, 1, 100_000),
      maxDepth: whole(environment, 'DMP_MAX_JSON_DEPTH', 50, 5, 500),
      requestTimeoutMs: whole(environment, 'DMP_REQUEST_TIMEOUT_MS', 60_000, 1000, 3_600_000),
      statementTimeoutMs: whole(environment, 'DMP_STATEMENT_TIMEOUT_MS', 20_000, 100, 600_000),
    },
  }
  refuseUnsafe(config, environment)
  return Object.freeze(config)
}

/** Where the profile without tokens may listen. */
const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '::1', 'localhost'])

function refuseUnsafe(config: Config, environment: Environment): void {
  if (config.profile === 'fhir') {
    if (config.production) throw new ConfigError('DMP_PROFILE=fhir asks for no token: not in production')
    if (!LOOPBACK.has(config.host))
      throw new ConfigError(`DMP_PROFILE=fhir asks for no token: HOST must be 127.0.0.1, not ${config.host}`)
    if (config.issuers.length > 0)
      throw new ConfigError('DMP_PROFILE=fhir asks for no token: DMP_ISSUERS would have no effect')
    return
  }
  if (!config.production) return
  if (config.issuers.length === 0)
    throw new ConfigError('DMP_ISSUERS is needed in production: the sandbox issuer is refused')
  if (!environment.DMP_PUBLIC_URL)
    throw new ConfigError('DMP_PUBLIC_URL is needed in production: it is in every answer')
  if (!environment.DMP_AUDIENCE)
    throw new ConfigError('DMP_AUDIENCE is needed in production: tokens for others are refused by it')
  if (!config.databaseUrl)
    throw new ConfigError('DATABASE_URL is needed in production: the embedded PostgreSQL is for trying')
  if (!config.masterKey)
    throw new ConfigError('DMP_MASTER_KEY is needed in production: 32 random bytes or more, or file:/path')
  if (config.insTest) throw new ConfigError('DMP_INS_TEST=true admits test identities: not in production')
  if (!config.tls) {
    throw new ConfigError(
      'DMP_TLS_KEY and DMP_TLS_CERT are needed in production: tokens are bound to client certificates',
    )
  }
}

function readIssuers(text: string | undefined): Issuer[] {
  if (text === undefined || text.trim() === '') return []
  const form = 'DMP_ISSUERS is not a JSON array of {"issuer": "https://…", "jwksUri": "https://…"}'
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new ConfigError(form, { cause })
  }
  if (!Array.isArray(value) || value.length === 0) throw new ConfigError(form)
  return value.map((item: unknown) => {
    if (typeof item !== 'object' || item === null) throw new ConfigError(form)
    const { issuer, jwksUri } = item as Partial<Issuer>
    if (!isUrl(issuer) || !isUrl(jwksUri)) throw new ConfigError(form)
    return { issuer, jwksUri }
  })
}

function isUrl(text: unknown): text is string {
  return typeof text === 'string' && /^https?:\/\/[^\s]+$/.test(text)
}

function readTls(environment: Environment): Config['tls'] {
  const { DMP_TLS_KEY: key, DMP_TLS_CERT: cert, DMP_TLS_CLIENT_CA: ca } = environment
  if (!key && !cert && !ca) return undefined
  if (!key || !cert) throw new ConfigError('DMP_TLS_KEY and DMP_TLS_CERT go together: paths of PEM files')
  const read = (name: string, path: string): Buffer => {
    try {
      return readFileSync(path)
    } catch (cause) {
      throw new ConfigError(`${name}: the file cannot be read`, { cause })
    }
  }
  return {
    key: read('DMP_TLS_KEY', key),
    cert: read('DMP_TLS_CERT', cert),
    ...(ca ? { ca: read('DMP_TLS_CLIENT_CA', ca) } : {}),
  }
}

/** The value, or the content of the file that `file:` names. */
function secret(text: string | undefined): string | undefined {
  if (!text) return undefined
  let value = text
  if (text.startsWith('file:')) {
    try {
      value = readFileSync(text.slice('file:'.length), 'utf8').trim()
    } catch (cause) {
      throw new ConfigError('DMP_MASTER_KEY: the file cannot be read', { cause })
    }
  }
  if (Buffer.byteLength(value) < 32) throw new ConfigError('DMP_MASTER_KEY is too short: 32 bytes at least')
  return value
}

function whole(environment: Environment, name: string, fallback: number, min: number, max: number): number {
  const text = environment[name]
  if (text === undefined || text === '') return fallback
  const value = Number(text)
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new ConfigError(`${name} is not a whole number from ${min} to ${max}`)
  }
  return value
}

function flag(environment: Environment, name: string, fallback: boolean): boolean {
  return oneOf(environment, name, String(fallback), ['true', 'false']) === 'true'
}

function oneOf(environment: Environment, name: string, fallback: string, values: readonly string[]): string {
  const text = environment[name] ?? fallback
  if (!values.includes(text)) throw new ConfigError(`${name} is not one of ${values.join(', ')}`)
  return text
}
