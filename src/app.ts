/**
 * The whole wiring, by hand: what the server is made of, and in which order.
 */
import type { FastifyInstance } from 'fastify'
import packageJson from '../package.json' with { type: 'json' }
import { assetPath } from './asset-path.ts'
import { TraceWriter } from './audit/trace-writer.ts'
import type { Config } from './config.ts'
import { loadDefinitions } from './definitions/load.ts'
import { loadStructureDefinitions } from './definitions/load-structure-definitions.ts'
import { buildRegistry } from './definitions/registry.ts'
import { dmpProfile } from './dmp-profile.ts'
import { utc } from './fhir/date.ts'
import { uuidV7 } from './fhir/id.ts'
import { parisTime } from './fhir/paris-time.ts'
import { fhirProfile } from './fhir-profile.ts'
import { publicRoutes } from './http/public-routes.ts'
import { createServer, type LogStream } from './http/server.ts'
import { renewal, type TlsFiles } from './http/tls-options.ts'
import type { Engine } from './interactions/engine.ts'
import type { Exchange } from './interactions/exchange.ts'
import { everyHour, type Schedule } from './jobs/schedule.ts'
import { masterKey, signer } from './keys.ts'
import type { ProfileParts } from './profile-parts.ts'
import { randomPool } from './random-pool.ts'
import { buildExtraction } from './search/extraction/build-extraction.ts'
import { type ConnectionSettings, openDatabase } from './storage/database.ts'
import { compileProfiles } from './validation/profile/compile-profile.ts'

export type App = {
  readonly server: FastifyInstance
  readonly engine: Engine
  /** New connections are made with these; those that are open go on with the old ones. */
  renewTls(tls: TlsFiles): void
  /** From now on what the profile does every hour is done, until the server closes. */
  startJobs(): void
  close(): Promise<void>
}

/** Milliseconds since 1970; tests pass their own. */
export type Clock = () => number

type Serve = <E extends Engine, X extends Exchange>(profile: ProfileParts<E, X>) => App

export async function createApp(
  config: Config,
  connection: ConnectionSettings,
  now: Clock = Date.now,
  logTo?: LogStream,
): Promise<App> {
  const base = `${config.publicUrl}/fhir`
  const registry = buildRegistry(loadDefinitions(assetPath('definitions.json')))
  let server: FastifyInstance | undefined
  const structures = ['profiles/structure-definitions', ...(config.profile === 'fhir' ? ['r4-profiles'] : [])]
  const db = openDatabase(connection, (err) => server?.log.error({ err }, 'database connection lost'))
  const random = randomPool()
  const engine: Engine = {
    db,
    traces: new TraceWriter(db.apart),
    registry,
    extraction:
      config.profile === 'dmp'
        ? buildExtraction(registry, { base, zone: parisTime }, ['DocumentReference'])
        : buildExtraction(registry, { base, zone: utc }),
    profiles: compileProfiles(
      structures.flatMap((folder) => loadStructureDefinitions(assetPath(folder))),
      {
        registry,
      },
    ),
    base,
    newId: (milliseconds) => uuidV7(milliseconds, random(10)),
    sign: signer(masterKey(config.masterKey, config.dataDir), 'page cursors'),
    limits: config.limits,
  }
  const about = { version: packageJson.version, date: new Date(now()).toISOString() }
  const serve: Serve = (profile) => {
    server = createServer({
      ...profile,
      limits: config.limits,
      logLevel: config.logLevel,
      ...(logTo ? { logTo } : {}),
      now,
      ...(config.tls ? { tls: config.tls } : {}),
      ...(config.proxy ? { proxies: config.proxy.addresses } : {}),
    })
    server.register(publicRoutes(profile, now))
    profile.mount?.(server)
    let jobs: Schedule | undefined
    return {
      server,
      engine,
      renewTls: renewal(server),
      startJobs() {
        if (profile.hourly)
          jobs ??= everyHour(profile.hourly, (err) => server?.log.error({ err }, 'an hourly job failed'))
      },
      close: closing(server, { stop: async () => jobs?.stop() }, db),
    }
  }
  return config.profile === 'dmp'
    ? serve(
        await dmpProfile(config, engine, about, now, (err) =>
          server?.log.error({ err }, 'an imported table cannot be read'),
        ),
      )
    : serve(fhirProfile(engine, about, (err) => server?.log.error({ err }, 'an entry of a batch failed')))
}

function closing(
  server: FastifyInstance,
  jobs: Schedule,
  db: { close(): Promise<void> },
): () => Promise<void> {
  return async () => {
    await server.close()
    await jobs.stop()
    await db.close()
  }
}
