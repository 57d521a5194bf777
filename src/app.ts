/**
 * The whole wiring, by hand: what the server is made of, and in which order.
 */
import type { FastifyInstance } from 'fastify'
import packageJson from '../package.json' with { type: 'json' }
import { assetPath } from './asset-path.ts'
import { TraceWriter } from './audit/trace-writer.ts'
import type { Config } from './config.ts'
import { loadDefinitions } from './definitions/load.ts'
import { loadProfiles } from './definitions/load-profiles.ts'
import { buildRegistry } from './definitions/registry.ts'
import { buildFunctionalMatrix } from './dmp/functional-matrix.ts'
import { buildHabilitationMatrix } from './dmp/habilitation-matrix.ts'
import { tableInForce } from './dmp/table-in-force.ts'
import { buildTerminology } from './dmp/terminology.ts'
import { uuidV7 } from './fhir/id.ts'
import { parisTime } from './fhir/paris-time.ts'
import type { TrustedIssuer } from './http/authentication/issuer-keys.ts'
import { createAuthenticator } from './http/authentication/verify-token.ts'
import { publicRoutes } from './http/public-routes.ts'
import { createServer, type LogStream } from './http/server.ts'
import type { Engine } from './interactions/engine.ts'
import { masterKey, signer } from './keys.ts'
import type { Matrices } from './policy/question.ts'
import { randomPool } from './random-pool.ts'
import { buildExtraction } from './search/extraction/build-extraction.ts'
import { searchCapabilities } from './search-capabilities.ts'
import { type ConnectionSettings, openDatabase } from './storage/database.ts'

export type App = { readonly server: FastifyInstance; readonly engine: Engine; close(): Promise<void> }

/** Milliseconds since 1970; tests pass their own. */
export type Clock = () => number

export async function createApp(
  config: Config,
  connection: ConnectionSettings,
  now: Clock = Date.now,
  logTo?: LogStream,
): Promise<App> {
  const base = `${config.publicUrl}/fhir`
  const registry = buildRegistry(loadDefinitions(assetPath('definitions.json')))
  const tables = loadProfiles(assetPath('profiles'))
  const terminology = buildTerminology(tables)
  const rights = tables.functionalRights.map(buildFunctionalMatrix)
  const habilitations = tables.habilitation.map((table) =>
    buildHabilitationMatrix(table, terminology.documentTypes),
  )

  const db = openDatabase(connection, (err) => server.log.error({ err }, 'database connection lost'))
  const random = randomPool()
  const engine: Engine = {
    db,
    traces: new TraceWriter(db.apart),
    registry,
    terminology,
    extraction: buildExtraction(registry, { base, zone: parisTime }, ['DocumentReference']),
    matricesAt: perDay((day) => ({
      rights: tableInForce(rights, day),
      habilitation: tableInForce(habilitations, day),
    })),
    searches: searchCapabilities(registry),
    base,
    newId: (milliseconds) => uuidV7(milliseconds, random(10)),
    sign: signer(masterKey(config.masterKey, config.dataDir), 'page cursors'),
    limits: config.limits,
    insTest: config.insTest,
  }
  // Without a matrix in force the server decides nothing: better to know it now.
  engine.matricesAt(now())

  const sandbox = config.sandbox ? await sandboxIssuer(config) : undefined
  const issuers: TrustedIssuer[] = sandbox
    ? [{ issuer: sandbox.issuer, jwks: sandbox.jwks }]
    : [...config.issuers]
  const server = createServer({
    engine,
    authenticate: createAuthenticator({
      issuers,
      audience: config.audience,
      requireCertificateBinding: config.certificateBinding,
      allowTestIns: config.insTest,
    }),
    limits: config.limits,
    logLevel: config.logLevel,
    ...(logTo ? { logTo } : {}),
    now,
    ...(config.tls ? { tls: config.tls } : {}),
  })
  const tokenEndpoint = sandbox && `${sandbox.issuer}/token`
  const about = { version: packageJson.version, tokenEndpoint, issuers: issuers.map(({ issuer }) => issuer) }
  server.register(publicRoutes(engine, about))
  if (sandbox) server.register(sandbox.plugin, { prefix: SANDBOX_PATH })
  return {
    server,
    engine,
    async close() {
      await server.close()
      await db.close()
    },
  }
}

const SANDBOX_PATH = '/sandbox/oidc'

/** Loaded only when wanted: production never sees this code. */
async function sandboxIssuer(config: Config) {
  const { createSandboxIssuer } = await import('./sandbox/issuer.ts')
  const { mountSandboxIssuer } = await import('./sandbox/mount.ts')
  const issuer = await createSandboxIssuer({
    issuerUrl: `${config.publicUrl}${SANDBOX_PATH}`,
    audience: config.audience,
    keysFile: `${config.dataDir}/sandbox-keys.json`,
  })
  return { ...issuer, plugin: mountSandboxIssuer(issuer) }
}

/** The matrices of a day, chosen once a day: a newer version takes effect on its date, without a restart. */
function perDay(choose: (day: string) => Matrices): (now: number) => Matrices {
  let chosen: { readonly day: string; readonly matrices: Matrices } | undefined
  const paris = new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/Paris' })
  let until = 0
  return (now) => {
    if (chosen && now < until && now >= until - HOUR) return chosen.matrices
    const day = paris.format(now)
    if (chosen?.day !== day) chosen = { day, matrices: choose(day) }
    // A day begins on a full hour everywhere: within one the day cannot change.
    until = (Math.floor(now / HOUR) + 1) * HOUR
    return chosen.matrices
  }
}

const HOUR = 3_600_000
