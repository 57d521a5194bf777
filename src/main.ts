/**
 * The process: configuration, database, server, signals. With DMP_WORKERS it is the primary of several processes, and
 * each of those begins here too.
 */
import cluster from 'node:cluster'
import { type Config, ConfigError, readConfig } from './config/config.ts'
import { prepareDatabase } from './prepare-database.ts'
import { fail, onSignals, reason, tell } from './process-end.ts'
import type { Serving } from './serve.ts'
import type { ConnectionSettings } from './storage/connection-settings.ts'
import { welcome } from './welcome.ts'

async function main(): Promise<void> {
  const config = readConfig(withOptions(process.env, process.argv.slice(2)))
  if (cluster.isWorker) return (await import('./workers/worker.ts')).work(config)
  const told = (what: string) => (error: unknown) => tell(`${what}: ${reason(error)}`)
  const begin = starter(config, told('dmp-fhir-server'))
  const database = await prepareDatabase(config, told('audit partitions'))
  let stopServing = async (): Promise<void> => undefined
  let stopping: Promise<void> | undefined
  const stop = (): Promise<void> => {
    stopping ??= stopServing().finally(() => database.stop())
    return stopping
  }
  try {
    const serving = await (await begin)(database.connection)
    stopServing = serving.stop
    if (config.metrics) {
      const { listenForMetrics } = await import('./http/metrics-listener.ts')
      const metrics = await listenForMetrics(config.metrics, serving.metrics, told('metrics'))
      stopServing = () => metrics.close().then(serving.stop)
    }
    onSignals(stop, config.tls && serving.renewCertificates)
  } catch (error) {
    await stop()
    throw error
  }
  console.log(welcome(config))
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
  const { serve } = await import('./serve.ts')
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
