/**
 * The process: configuration, database, server, signals. With DMP_WORKERS it is the primary of several processes, and
 * each of those begins here too.
 */
import cluster from 'node:cluster'
import { type Config, ConfigError, readConfig } from './config/config.ts'
import type { ConnectionSettings } from './storage/connection/connection-settings.ts'
import { prepareDatabase } from './wiring/prepare-database.ts'
import { fail, onSignals, reason, tell } from './wiring/process-end.ts'
import type { Serving } from './wiring/serve.ts'
import { welcome } from './wiring/welcome.ts'

async function main(): Promise<void> {
  const config = readConfig(withOptions(process.env, process.argv.slice(2)))
  if (cluster.isWorker) return (await import('./workers/worker.ts')).work(config)
  const told = (what: string) => (error: unknown) => tell(`${what}: ${reason(error)}`)
  const begin = starter(config, told('dmp-fhir-server'))
  const database = await prepareDatabase(config, told('audit partitions'))
  const starting = startedWith(begin, database.connection, config, told('metrics'))
  let stopping: Promise<void> | undefined
  const stop = (): Promise<void> => {
    stopping ??= starting
      .then(
        (serving) => serving.stop(),
        () => undefined,
      )
      .finally(() => database.stop())
    return stopping
  }
  // From now on: of several processes one may answer before the last is there. Who is told to stop meanwhile stops when it is.
  onSignals(
    stop,
    config.tls &&
      (() =>
        void starting.then(
          (serving) => serving.renewCertificates(),
          () => undefined,
        )),
  )
  try {
    await starting
  } catch (error) {
    await stop()
    throw error
  }
  if (!stopping) console.log(welcome(config))
}

async function startedWith(
  begin: ReturnType<typeof starter>,
  connection: ConnectionSettings,
  { metrics: address }: Config,
  onFault: (error: unknown) => void,
): Promise<Serving> {
  const serving = await (await begin)(connection)
  if (!address) return serving
  try {
    const { listenForMetrics } = await import('./http/metrics-listener.ts')
    const metrics = await listenForMetrics(address, serving.metrics, onFault)
    return { ...serving, stop: () => metrics.close().then(serving.stop) }
  } catch (error) {
    await serving.stop()
    throw error
  }
}

/** Read while PostgreSQL starts; the primary of several processes serves nothing itself, and does not read the server. */
async function starter(
  config: Config,
  onRestart: (message: string) => void,
): Promise<(connection: ConnectionSettings) => Promise<Serving>> {
  if (config.workers > 1) {
    const { startWorkers } = await import('./workers/primary.ts')
    return (connection) => startWorkers(config.workers, connection, onRestart)
  }
  const { serve } = await import('./wiring/serve.ts')
  return (connection) => serve(config, connection, true)
}

/** `--profile fhir` is DMP_PROFILE=fhir; there is no other option. */
function withOptions(environment: NodeJS.ProcessEnv, options: readonly string[]): NodeJS.ProcessEnv {
  if (options.length === 0) return environment
  const [name, profile, ...rest] = options.flatMap((option) => option.split('='))
  if (name !== '--profile' || !profile || rest.length > 0)
    throw new ConfigError(`${options.join(' ')}: the one option is --profile dmp | fhir`)
  if (environment.DMP_PROFILE && environment.DMP_PROFILE !== profile)
    throw new ConfigError(`--profile ${profile}, and DMP_PROFILE=${environment.DMP_PROFILE}: which one?`)
  return { ...environment, DMP_PROFILE: profile }
}

main().catch(fail)
