/** How a process of the server ends: one line for what a person can put right, and the exit code that says so. */
import { ConfigError } from './config/values.ts'
import { DatabaseProfileError } from './storage/claim-database.ts'

const EX_CONFIG = 78

/** A line for whoever runs the server. */
export function tell(line: string): void {
  console.error(line)
}

export function fail(error: unknown): never {
  tell(`dmp-fhir-server: ${reason(error)}`)
  process.exit(error instanceof ConfigError || error instanceof DatabaseProfileError ? EX_CONFIG : 1)
}

/** The stack of anything that no person can put right. */
export function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const code = 'code' in error ? error.code : undefined
  if (code === 'EADDRINUSE')
    return `the port is taken (${error.message.replace(/^.*listen EADDRINUSE: /, '')}): set PORT`
  if (code === 'EACCES') return `the port is not ours to open (${error.message}): set PORT`
  const known = /^(?:Config|EmbeddedPostgres|Migration|DatabaseProfile|Worker)/.test(error.name)
  return known ? error.message : (error.stack ?? error.message)
}

/**
 * SIGINT and SIGTERM stop, and so does SIGHUP where there is nothing to renew.
 * @param renew undefined: SIGHUP stops
 */
export function onSignals(stop: () => Promise<void>, renew: (() => void) | undefined): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (renew && signal === 'SIGHUP') renew()
      else stop().then(() => process.exit(0), fail)
    })
  }
}
