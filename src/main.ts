/**
 * The process: configuration, database, server, signals.
 */
import { createApp } from './app.ts'
import { ConfigError, readConfig } from './config.ts'
import { prepareDatabase } from './prepare-database.ts'
import { renewCertificates } from './renew-certificates.ts'
import { DatabaseProfileError } from './storage/claim-database.ts'
import { welcome } from './welcome.ts'

const EX_CONFIG = 78

async function main(): Promise<void> {
  const config = readConfig(withOptions(process.env, process.argv.slice(2)))
  const database = await prepareDatabase(config, (error) =>
    console.error(`audit partitions: ${reason(error)}`),
  )
  const app = await createApp(config, database.connection)
  let stopping: Promise<void> | undefined
  const stop = (): Promise<void> => {
    stopping ??= app.close().finally(() => database.stop())
    return stopping
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (config.tls && signal === 'SIGHUP') return console.error(renewCertificates(app, process.env))
      stop().then(
        () => process.exit(0),
        (error: unknown) => fail(error, 1),
      )
    })
  }
  try {
    await app.server.listen({ host: config.host, port: config.port })
    app.startJobs()
  } catch (error) {
    await stop()
    throw error
  }
  console.log(welcome(config))
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

function fail(error: unknown, code: number): never {
  console.error(`dmp-fhir-server: ${reason(error)}`)
  process.exit(code)
}

/** One line for what a person can put right; the stack of anything else. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const code = 'code' in error ? error.code : undefined
  if (code === 'EADDRINUSE')
    return `the port is taken (${error.message.replace(/^listen EADDRINUSE: /, '')}): set PORT`
  if (code === 'EACCES') return `the port is not ours to open (${error.message}): set PORT`
  const known =
    error instanceof ConfigError || /^(?:EmbeddedPostgres|Migration|DatabaseProfile)/.test(error.name)
  return known ? error.message : (error.stack ?? error.message)
}

main().catch((error: unknown) => fail(error, isConfiguration(error) ? EX_CONFIG : 1))

function isConfiguration(error: unknown): boolean {
  return error instanceof ConfigError || error instanceof DatabaseProfileError
}
