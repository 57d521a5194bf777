/**
 * The process: configuration, database, server, signals.
 */
import { createApp } from './app.ts'
import { ConfigError, readConfig } from './config.ts'
import { prepareDatabase } from './prepare-database.ts'
import { welcome } from './welcome.ts'

const EX_CONFIG = 78

async function main(): Promise<void> {
  const config = readConfig(process.env)
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
      stop().then(
        () => process.exit(0),
        (error: unknown) => fail(error, 1),
      )
    })
  }
  try {
    await app.server.listen({ host: config.host, port: config.port })
  } catch (error) {
    await stop()
    throw error
  }
  console.log(welcome(config))
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
  const known = error instanceof ConfigError || /^(?:EmbeddedPostgres|Migration)/.test(error.name)
  return known ? error.message : (error.stack ?? error.message)
}

main().catch((error: unknown) => fail(error, error instanceof ConfigError ? EX_CONFIG : 1))
