/**
 * The whole wiring, by hand: what the server is made of, and in which order.
 */
import type { FastifyInstance } from 'fastify'
import packageJson from '../../package.json' with { type: 'json' }
import { assetPath } from '../asset-path.ts'
import { type Config, ConfigError } from '../config/config.ts'
import { SetAside } from '../content/set-aside.ts'
import { prepareSpool } from '../content/spool-file.ts'
import { utc } from '../fhir/date.ts'
import { uuidV7 } from '../fhir/id.ts'
import { parisTime } from '../fhir/paris-time.ts'
import { lastAnswers } from '../http/drain.ts'
import { Overload } from '../http/overload/overload.ts'
import { publicRoutes } from '../http/public-routes.ts'
import { createServer, type LogStream } from '../http/server.ts'
import { renewal, type TlsFiles } from '../http/tls-options.ts'
import type { DmpEngine } from '../interactions/dmp/dmp-engine.ts'
import type { Engine } from '../interactions/engine.ts'
import type { Exchange } from '../interactions/exchange.ts'
import { everyHour, type Schedule } from '../jobs/schedule.ts'
import { certificateEnd } from '../observability/certificate-end.ts'
import { type Observability, openObservability } from '../observability/observability.ts'
import { readinessLook } from '../observability/readiness.ts'
import { upkeepMetrics } from '../observability/upkeep-metrics.ts'
import { buildExtraction } from '../search/extraction/build-extraction.ts'
import { recordTypes } from '../search/record/embedded-types.ts'
import type { ConnectionSettings } from '../storage/connection/connection-settings.ts'
import { openDatabase } from '../storage/database.ts'
import { loadMigrations } from '../storage/schema/migrations.ts'
import { dmpProfile } from './dmp-profile.ts'
import { fhirProfile } from './fhir-profile.ts'
import { masterKey, signer } from './keys.ts'
import { plainConsole } from './mount-console.ts'
import type { About, ProfileParts } from './profile-parts.ts'
import { randomPool } from './random-pool.ts'
import { loadSpecification, type Specification } from './specification.ts'
import { openTraceChain } from './trace-chain.ts'

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
  readonly watch: Observability
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
  specification = loadSpecification(config),
): Promise<App> {
  if (config.profile === 'dmp') return createDmpApp(config, connection, now, logTo, specification)
  const core = await createCore(config, connection, now, logTo, specification)
  const { engine, about, serve, onFault } = core
  return orClosed(core, () =>
    serve({
      ...fhirProfile(engine, about, onFault('an entry of a batch failed')),
      mount: plainConsole(config, about, now),
    }),
  )
}

/** The dmp profile, whatever `config.profile` says. */
export async function createDmpApp(
  config: Config,
  connection: ConnectionSettings,
  now: Clock = Date.now,
  logTo?: LogStream,
  specification = loadSpecification(config),
): Promise<App<DmpEngine>> {
  const core = await createCore(config, connection, now, logTo, specification)
  const { engine, about, serve, watch, onFault } = core
  return orClosed(core, async () =>
    serve(await dmpProfile(config, engine, about, now, watch, onFault('an imported table cannot be read'))),
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
  { registry, profiles }: Specification,
): Promise<Core> {
  const base = `${config.publicUrl}/fhir`
  await prepareSpool(config.spoolDir).catch((cause: unknown) => {
    throw new ConfigError('DMP_SPOOL_DIR: the folder cannot be made or written to', { cause })
  })
  let server: FastifyInstance | undefined
  const onFault = (message: string) => (err: unknown) => server?.log.error({ err }, message)
  let certificateEnds = config.tls && certificateEnd(config.tls.cert)
  let readiness: Readiness = async () => []
  const watch = await openObservability({
    ...config.observability,
    version: packageJson.version,
    tellsMetrics: config.metrics !== undefined,
    connection,
    warn: (fields, message) => server?.log.warn(fields, message),
    asked: {
      load: () => ({ ...loadOf(engine), ...overload.load() }),
      gathered: () => engine.db.load().gathered,
      readiness: () => readiness(),
      certificateEnds: () => certificateEnds,
      now,
      onFault: onFault('a metric cannot be read'),
    },
  })
  const db = watch.database(openDatabase(connection, onFault('database connection lost')))
  const random = randomPool()
  const chainFault = onFault('the chain of traces: what it could not do it does later')
  const chain = await openTraceChain(
    config,
    connection,
    db,
    now,
    watch.jobs.failing('sign-traces', chainFault),
  )
  const traces = watch.traces(db)
  const engine: Engine = {
    db,
    traces,
    chain,
    registry,
    extraction:
      config.profile === 'dmp'
        ? buildExtraction(registry, { base, zone: parisTime }, recordTypes)
        : buildExtraction(registry, { base, zone: utc }),
    profiles,
    base,
    newId: (milliseconds) => uuidV7(milliseconds, random(10)),
    sign: signer(masterKey(config.masterKey, config.dataDir), 'page cursors'),
    limits: config.limits,
  }
  const close = async (): Promise<void> => {
    await chain.close()
    await db.close()
    await watch.close()
  }
  const overload: Overload = new Overload(
    {
      ...config.overload,
      requestTimeoutMs: config.limits.requestTimeoutMs,
      proxies: config.proxy?.addresses ?? [],
    },
    watch.overload,
  )
  const about = { version: packageJson.version, date: new Date(now()).toISOString() }
  const serve: Serve = (profile) => {
    readiness = readinessLook({
      ...{ matrices: undefined, keys: undefined, ...profile.readiness },
      db,
      migrations: loadMigrations(assetPath('migrations')).length,
      traces,
      spoolDir: config.spoolDir,
      spoolBytes: config.limits.maxBodyBytesAtOnce,
      certificateEnds: () => certificateEnds,
      isStoreFailing: watch.isStoreFailing,
      isShedding: watch.isShedding,
      now,
    })
    server = createServer({
      ...profile,
      admit: watch.admit(profile.admit),
      limits: config.limits,
      overload,
      newSetAside: () => new SetAside(config.spoolDir, config.limits.maxDocumentBytes),
      logLevel: config.logLevel,
      ...(logTo ? { logTo } : {}),
      now,
      observe: watch.metrics?.observe,
      beginSpan: watch.spans?.beginRequest,
      ...(config.tls ? { tls: config.tls } : {}),
      ...(config.proxy ? { proxies: config.proxy.addresses } : {}),
    })
    let isLeaving = false
    server.register(
      publicRoutes(
        profile,
        now,
        () => isLeaving,
        () => readiness(),
      ),
    )
    const renewTls = renewal(server)
    profile.mount?.(server)
    let jobs: readonly Schedule[] = []
    return {
      server,
      engine: profile.engine,
      renewTls(tls) {
        renewTls(tls)
        certificateEnds = certificateEnd(tls.cert)
      },
      startJobs() {
        if (jobs.length > 0) return
        if (watch.metrics) {
          const told = onFault('a metric cannot be read')
          upkeepMetrics(watch.metrics.registry, db, now, told)
          profile.metrics?.(watch.metrics.registry, told)
        }
        jobs = [
          ...(profile.hourly ? [everyHour(profile.hourly, onFault('an hourly job failed'))] : []),
          ...(profile.continually ? [profile.continually(onFault('a delivery failed'))] : []),
        ]
      },
      leave() {
        isLeaving = true
        if (server) lastAnswers(server)
      },
      metrics: async () => watch.metrics?.registry.metrics() ?? '',
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
    watch,
    close,
    onFault,
  }
}

type Load = Readonly<Record<string, number>>
type Readiness = ReturnType<typeof readinessLook>

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
