/** SIGHUP to a server that speaks TLS: its files are read again. What cannot be used is told, and the old ones stay. */
import type { App } from './app.ts'
import { readTls } from './config/tls.ts'
import type { Environment } from './config/values.ts'

/** @returns what to tell of it */
export function renewCertificates(app: Pick<App, 'renewTls'>, environment: Environment): string {
  try {
    const tls = readTls(environment)
    if (!tls) throw new Error('DMP_TLS_KEY and DMP_TLS_CERT are not set')
    app.renewTls(tls)
    return 'certificates read again'
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return `certificates not renewed, the old ones stay: ${message}`
  }
}
