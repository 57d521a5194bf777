/** How a process of the server ends: one line for what a person can put right, and the exit code that says so. */
import { ConfigError } from '../config/values.ts'
import { DatabaseProfileError } from '../storage/schema/claim-database.ts'
import { WorkerError } from '../workers/worker-error.ts'

const EX_CONFIG = 78

/** A line for whoever runs the server. */
export function tell(line: string): void {
  console.error(line)
}

export function fail(error: unknown): never {
  tell(`dmp-fhir-server: ${reason(error)}`)
  process.exit(isOfSettings(error) ? EX_CONFIG : 1)
}

function isOfSettings(error: unknown): boolean {
  // Of several processes each reads the settings, and some of them a worker alone.
  if (error instanceof WorkerError) return error.exitCode === EX_CONFIG
  return error instanceof ConfigError || error instanceof DatabaseProfileError
}

/** The stack of anything that no person can put right. */
export function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const code = 'code' in error ? error.code : undefined
  if (code === 'EADDRINUSE')
    return `the port is taken (${error.message.replace(/^.*listen EADDRINUSE: /, '')}): set PORT`
  if (code === 'EADDRNOTAVAIL') return `this machine has no such address (${error.message}): set HOST`
  if (code === 'EACCES') return `the port is not ours to open (${error.message}): set PORT`
  const known = /^(?:Config|EmbeddedPostgres|Migration|Database(?:Profile|Refuses)|MetricsPort|Worker)/.test(
    error.name,
  )
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
