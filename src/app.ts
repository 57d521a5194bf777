/**
 * The whole wiring, by hand: what the server is made of, and in which order.
 */
import type { FastifyInstance } from 'fastify'
import packageJson from '../package.json' with { type: 'json' }
import { assetPath } from './asset-path.ts'
import { TraceWriter } from './audit/trace-writer.ts'
import type { Config } from './config.ts'
import { SetAside } from './content/set-aside.ts'
import { prepareSpool } from './content/spool-file.ts'
import { loadDefinitions } from './definitions/load.ts'
import { loadProfileGuides } from './definitions/load-profile-guides.ts'
import { loadStructureDefinitions } from './definitions/load-structure-definitions.ts'
import { buildRegistry } from './definitions/registry.ts'
import { dmpProfile } from './dmp-profile.ts'
import { utc } from './fhir/date.ts'
import { uuidV7 } from './fhir/id.ts'
import { parisTime } from './fhir/paris-time.ts'
import { fhirProfile } from './fhir-profile.ts'
import { lastAnswers } from './http/drain.ts'
import { Overload } from './http/overload/overload.ts'
import { publicRoutes } from './http/public-routes.ts'
import { createServer, type LogStream } from './http/server.ts'
import { renewal, type TlsFiles } from './http/tls-options.ts'
import type { DmpEngine } from './interactions/dmp/dmp-engine.ts'
import type { Engine } from './interactions/engine.ts'
import type { Exchange } from './interactions/exchange.ts'
import { everyHour, type Schedule } from './jobs/schedule.ts'
import { masterKey, signer } from './keys.ts'
import { processMetrics } from './process-metrics.ts'
import type { About, ProfileParts } from './profile-parts.ts'
import { randomPool } from './random-pool.ts'
import { buildExtraction } from './search/extraction/build-extraction.ts'
import { recordTypes } from './search/record/embedded-types.ts'
import type { ConnectionSettings } from './storage/connection-settings.ts'
import { openDatabase } from './storage/database.ts'
import { openTraceChain } from './trace-chain.ts'
import { compileProfiles } from './validation/profile/compile-profile.ts'

export type App<E extends Engine = Engine> = {
  readonly server: FastifyInstance
  readonly engine: E
  /** New connections are made with these; those that are open go on with the old ones. */
  renewTls(tls: TlsFiles): void
  /** From now on what the profile does every hour is done, until the server closes. */
  startJobs(): void
  /** It says that it is not ready, and goes on serving: what there is to do before it closes. */
  leave(): void
  /** What it tells Prometheus; empty where nobody asks (DMP_ADMIN_PORT). */
  metrics(): Promise<string>
  close(): Promise<void>
}

/** Milliseconds since 1970; tests pass their own. */
export type Clock = () => number

type Serve = <E extends Engine, X extends Exchange>(profile: ProfileParts<E, X>) => App<E>

/** What both profiles begin with. */
type Core = {
  readonly engine: Engine
  readonly about: About
  readonly serve: Serve
  /** Ends what it has open, when there is no server to close. */
  readonly close: () => Promise<void>
  /** Told of what goes wrong beside requests. */
  readonly onFault: (message: string) => (err: unknown) => void
}

export async function createApp(
  config: Config,
  connection: ConnectionSettings,
  now: Clock = Date.now,
  logTo?: LogStream,
): Promise<App> {
  if (config.profile === 'dmp') return createDmpApp(config, connection, now, logTo)
  const core = await createCore(config, connection, now, logTo)
  const { engine, about, serve, onFault } = core
  return orClosed(core, () => serve(fhirProfile(engine, about, onFault('an entry of a batch failed'))))
}

/** The dmp profile, whatever `config.profile` says. */
export async function createDmpApp(
  config: Config,
  connection: ConnectionSettings,
  now: Clock = Date.now,
  logTo?: LogStream,
): Promise<App<DmpEngine>> {
  const core = await createCore(config, connection, now, logTo)
  const { engine, about, serve, onFault } = core
  return orClosed(core, async () =>
    serve(await dmpProfile(config, engine, about, now, onFault('an imported table cannot be read'))),
  )
}

/** What was opened for a server that does not come about is closed. */
async function orClosed<T>({ close }: Core, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    await close()
    throw error
  }
}

async function createCore(
  config: Config,
  connection: ConnectionSettings,
  now: Clock,
  logTo: LogStream | undefined,
): Promise<Core> {
  const base = `${config.publicUrl}/fhir`
  await prepareSpool(config.spoolDir)
  const registry = buildRegistry(loadDefinitions(assetPath('definitions.json')))
  let server: FastifyInstance | undefined
  const guides = loadProfileGuides(assetPath('profiles'), config.pdsmForm)
  const ofR4 = config.profile === 'fhir' ? loadStructureDefinitions(assetPath('r4-profiles')) : []
  const db = openDatabase(connection, (err) => server?.log.error({ err }, 'database connection lost'))
  const random = randomPool()
  const chain = await openTraceChain(config, connection, db, now, (err) =>
    server?.log.error({ err }, 'the chain of traces: what it could not do it does later'),
  )
  const engine: Engine = {
    db,
    traces: new TraceWriter(db.apart),
    chain,
    registry,
    extraction:
      config.profile === 'dmp'
        ? buildExtraction(registry, { base, zone: parisTime }, recordTypes)
        : buildExtraction(registry, { base, zone: utc }),
    profiles: compileProfiles([...guides.structures, ...ofR4], { registry, valueSet: guides.valueSet }),
    base,
    newId: (milliseconds) => uuidV7(milliseconds, random(10)),
    sign: signer(masterKey(config.masterKey, config.dataDir), 'page cursors'),
    limits: config.limits,
  }
  const close = async (): Promise<void> => {
    await chain.close()
    await db.close()
  }
  const metrics = config.metrics && processMetrics((): Load => ({ ...loadOf(engine), ...overload.load() }))
  const overload: Overload = new Overload(
    {
      ...config.overload,
      requestTimeoutMs: config.limits.requestTimeoutMs,
      proxies: config.proxy?.addresses ?? [],
    },
    metrics?.overload,
  )
  const about = { version: packageJson.version, date: new Date(now()).toISOString() }
  const serve: Serve = (profile) => {
    server = createServer({
      ...profile,
      limits: config.limits,
      overload,
      newSetAside: () => new SetAside(config.spoolDir, config.limits.maxDocumentBytes),
      logLevel: config.logLevel,
      ...(logTo ? { logTo } : {}),
      now,
      observe: metrics?.observe,
      ...(config.tls ? { tls: config.tls } : {}),
      ...(config.proxy ? { proxies: config.proxy.addresses } : {}),
    })
    let isLeaving = false
    server.register(publicRoutes(profile, now, () => isLeaving))
    profile.mount?.(server)
    let jobs: readonly Schedule[] = []
    return {
      server,
      engine: profile.engine,
      renewTls: renewal(server),
      startJobs() {
        const told = (what: string) => (err: unknown) => server?.log.error({ err }, what)
        if (jobs.length > 0) return
        if (metrics) profile.metrics?.(metrics.registry)
        jobs = [
          ...(profile.hourly ? [everyHour(profile.hourly, told('an hourly job failed'))] : []),
          ...(profile.continually ? [profile.continually(told('a delivery failed'))] : []),
        ]
      },
      leave() {
        isLeaving = true
        if (server) lastAnswers(server)
      },
      metrics: async () => metrics?.registry.metrics() ?? '',
      close: closing(
        server,
        { stop: async () => void (await Promise.all(jobs.map((job) => job.stop()))) },
        close,
      ),
    }
  }
  return {
    engine,
    about,
    serve,
    close,
    onFault: (message) => (err) => server?.log.error({ err }, message),
  }
}

type Load = Readonly<Record<string, number>>

function loadOf({ db, traces }: Engine): Load {
  const { open, free, waiting } = db.load()
  const replica = db.reads.load()
  return {
    ...(replica && {
      'replica-answered': replica.answered,
      'replica-behind': replica.behind,
      'replica-failed': replica.failed,
    }),
    'traces-waiting': traces.waiting,
    'transactions-open': open,
    'transactions-free': free,
    'transactions-waiting': waiting,
  }
}

function closing(server: FastifyInstance, jobs: Schedule, close: () => Promise<void>): () => Promise<void> {
  return async () => {
    await server.close()
    await jobs.stop()
    await close()
  }
}
