/**
 * The environment, read once and checked. A missing or contradictory security setting stops the start (exit code 78).
 * @see docs/operations.md "Environment"
 */
import { isIPv6 } from 'node:net'
import { tmpdir } from 'node:os'
import { resolve } from 'node:path'
import { type PdsmForm, pdsmForms } from '../definitions/profile-guide.ts'
import type { MetricsAddress } from '../http/metrics-listener.ts'
import type { TlsFiles } from '../http/tls-options.ts'
import type { AllowedHosts } from '../outbound/allowed-hosts.ts'
import type { ThirdPartyServices } from '../policy/third-party-service.ts'
import { readAuditRetention } from './audit.ts'
import { type ContentStoreSettings, readContentStore } from './content.ts'
import { type DatabaseUrls, readDatabaseUrls } from './database.ts'
import { type Issuer, readIssuers } from './issuers.ts'
import { readMetrics } from './metrics.ts'
import { type NoticeConfig, readNoticeConfig } from './notices.ts'
import { type ObservabilityConfig, readObservability } from './observability.ts'
import { type OverloadConfig, readOverload } from './overload.ts'
import { readSealConfig, type SealConfig } from './seal.ts'
import { readServices } from './services.ts'
import { readSubscriptionHosts } from './subscriptions.ts'
import { readTablesDir } from './tables.ts'
import { readProxy, readTls, type TrustedProxy } from './tls.ts'
import { ConfigError, type Environment, flag, oneOf, secretValue, whole } from './values.ts'

export { ConfigError }

export type Profile = 'dmp' | 'fhir'

export type Config = DatabaseUrls & {
  /** `fhir`: a plain R4 server without tokens, for conformance suites, on the loopback interface alone. */
  readonly profile: Profile
  readonly production: boolean
  readonly host: string
  readonly port: number
  /** Processes that serve, at one address. */
  readonly workers: number
  /** Between a signal to stop, when it says that it is not ready, and the end of serving. */
  readonly stopDelayMs: number
  /** Without a trailing slash; the FHIR base is this and `/fhir`. */
  readonly publicUrl: string
  readonly dataDir: string
  /** Where imported tables lie, beside those of the package; undefined: there are none. */
  readonly tablesDir: string | undefined
  /** Where large contents lie, sealed and without a name, while their request is in work. */
  readonly spoolDir: string
  /** Which form of PDSm 3.1.1 submissions are held to. */
  readonly pdsmForm: PdsmForm
  readonly issuers: readonly Issuer[]
  readonly audience: string
  /** The issuer of this very process, for trying; never in production. */
  readonly sandbox: boolean
  /** Whether every token must be bound to the certificate of its connection: always, but in the sandbox. */
  readonly certificateBinding: boolean
  readonly insTest: boolean
  /** Services of others that patients may let read (S1); none by default, but in the sandbox. */
  readonly services: ThirdPartyServices
  /** Where notifications may be sent; nowhere by default. */
  readonly subscriptionHosts: AllowedHosts
  /** Where notices go; nowhere by default. */
  readonly notices: NoticeConfig
  /** Secret from which keys are derived; undefined: one of our own, kept in `dataDir`. */
  readonly masterKey: string | undefined
  /** Another one that opens what it has sealed, while keys change; it seals nothing here. */
  readonly formerMasterKey: string | undefined
  /** Where contents of documents lie; undefined: in PostgreSQL. */
  readonly contentStore: ContentStoreSettings | undefined
  /** Whether texts are packed before they are sealed: not while a server runs that cannot read them. */
  readonly packContents: boolean
  readonly seal: SealConfig
  /** How long traces are kept, in whole months; undefined: for ever. */
  readonly auditRetentionMonths: number | undefined
  readonly tls: TlsFiles | undefined
  /** Who may say which client certificate it verified; undefined: nobody. */
  readonly proxy: TrustedProxy | undefined
  /** Where Prometheus reads metrics; undefined: nowhere, and none are kept. */
  readonly metrics: MetricsAddress | undefined
  /** What else is watched: slow statements, requests on their way. */
  readonly observability: ObservabilityConfig
  readonly logLevel: string
  readonly overload: OverloadConfig
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

const MEBIBYTE = 1024 * 1024

/** @throws ConfigError with one line that names the variable and says what to do */
export function readConfig(environment: Environment): Config {
  const profile: Profile = oneOf(environment, 'DMP_PROFILE', 'dmp', ['dmp', 'fhir'])
  const production = isProduction(environment.NODE_ENV)
  const port = whole(environment, 'PORT', 8080, 0, 65_535)
  const host = environment.HOST || '127.0.0.1'
  const tls = readTls(environment)
  const origin = `${tls ? 'https' : 'http'}://${isIPv6(host) ? `[${host}]` : host}:${port}`
  const publicUrl = readPublicUrl(environment.DMP_PUBLIC_URL || origin)
  const issuers = readIssuers(environment.DMP_ISSUERS, production)
  const sandbox = profile === 'dmp' && !production && issuers.length === 0
  const workers = whole(environment, 'DMP_WORKERS', 1, 1, 64)
  const maxBodyBytes = whole(environment, 'DMP_MAX_BODY_BYTES', 30 * MEBIBYTE, 1024, 1024 ** 3)
  const config: Config = {
    profile,
    production,
    host,
    port,
    workers,
    stopDelayMs: whole(environment, 'DMP_STOP_DELAY_MS', 0, 0, 60_000),
    publicUrl,
    ...readDatabaseUrls(environment, profile),
    dataDir: resolve(environment.DMP_DATA_DIR || (profile === 'dmp' ? '.data' : '.data/fhir')),
    tablesDir: readTablesDir(environment.DMP_TABLES_DIR),
    spoolDir: resolve(environment.DMP_SPOOL_DIR || tmpdir()),
    pdsmForm: oneOf(environment, 'DMP_PDSM_FORM', '2026-01', pdsmForms),
    issuers,
    audience: environment.DMP_AUDIENCE || `${publicUrl}/fhir`,
    sandbox,
    certificateBinding: profile === 'dmp' && !sandbox,
    insTest: flag(environment, 'DMP_INS_TEST', !production),
    services: readServices(environment.DMP_SERVICES, production, sandbox),
    subscriptionHosts: readSubscriptionHosts(environment.DMP_SUBSCRIPTION_HOSTS, production),
    notices: readNoticeConfig(environment, production),
    masterKey: masterKey(environment, 'DMP_MASTER_KEY'),
    formerMasterKey: masterKey(environment, 'DMP_MASTER_KEY_FORMER'),
    contentStore: readContentStore(environment, production),
    packContents: flag(environment, 'DMP_PACK_CONTENTS', true),
    seal: readSealConfig(environment),
    auditRetentionMonths: readAuditRetention(environment),
    tls,
    proxy: readProxy(environment),
    metrics: readMetrics(environment),
    observability: readObservability(environment),
    logLevel: oneOf(environment, 'LOG_LEVEL', 'warn', [
      'fatal',
      'error',
      'warn',
      'info',
      'debug',
      'trace',
      'silent',
    ]),
    overload: readOverload(environment, workers),
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

/** Misspelt it would start the sandbox, with tokens for anybody. @throws ConfigError */
function isProduction(mode = ''): boolean {
  if (mode !== 'production' && /^\s*prod/i.test(mode))
    throw new ConfigError('NODE_ENV is not written "production": write it so, or take it away')
  return mode === 'production'
}

/** @throws ConfigError when addresses of answers could not be made from it */
function readPublicUrl(text: string): string {
  const url = text.replace(/\/+$/, '')
  if (!/^https?:\/\/[^\s?#@]+$/.test(url) || !URL.canParse(url) || url.endsWith('/fhir'))
    throw new ConfigError(
      'DMP_PUBLIC_URL is no address as https://dmp.example, without a user, a query and the /fhir that is added',
    )
  return url
}

/** Where the profile without tokens may listen, and production without TLS. */
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
  if (!config.seal.key)
    throw new ConfigError(
      'DMP_SEAL_KEY is needed in production: a private key on P-256, in PEM or as a JWK, or file:/path',
    )
  if (config.insTest) throw new ConfigError('DMP_INS_TEST=true admits test identities: not in production')
  if (!config.tls && !config.proxy) {
    throw new ConfigError(
      'DMP_TLS_KEY and DMP_TLS_CERT are needed in production, or DMP_TRUSTED_PROXY: tokens are bound to client certificates',
    )
  }
  if (!config.tls && !LOOPBACK.has(config.host)) {
    throw new ConfigError(
      'DMP_TLS_KEY and DMP_TLS_CERT are needed in production where HOST is not 127.0.0.1: nothing goes over a network in the clear',
    )
  }
}

function masterKey(environment: Environment, name: string): string | undefined {
  const text = environment[name]
  if (!text) return undefined
  const value = secretValue(name, text)
  if (Buffer.byteLength(value) < 32) throw new ConfigError(`${name} is too short: 32 bytes at least`)
  return value
}
