/**
 * The files of a server that speaks TLS are read again: at SIGHUP, and by itself when they have changed. What cannot be used is
 * told, and the old ones stay.
 */

import { readTls } from '../config/tls.ts'
import type { Environment } from '../config/values.ts'
import type { TlsFiles } from '../http/tls-options.ts'
import type { App } from './app.ts'

type Renewable = Pick<App, 'renewTls'>

/** @returns what to tell of it */
export function renewCertificates(app: Renewable, environment: Environment): string {
  return told(() => {
    app.renewTls(readFiles(environment))
    return READ_AGAIN
  })
}

/**
 * A look at the files: who renews them (cert-manager, certbot) tells no process, and a container has nothing to send a signal with.
 * @returns of each look what to tell; undefined: they are as they were
 */
export function certificateWatch(
  app: Renewable,
  environment: Environment,
  first: TlsFiles,
): () => string | undefined {
  let known = first
  return () =>
    told(() => {
      const files = readFiles(environment)
      if (isSame(files, known)) return undefined
      app.renewTls(files)
      known = files
      return READ_AGAIN
    })
}

const READ_AGAIN = 'certificates read again'

function readFiles(environment: Environment): TlsFiles {
  const tls = readTls(environment)
  if (!tls) throw new Error('DMP_TLS_KEY and DMP_TLS_CERT are not set')
  return tls
}

function isSame(one: TlsFiles, other: TlsFiles): boolean {
  const none = Buffer.alloc(0)
  return one.key.equals(other.key) && one.cert.equals(other.cert) && (one.ca ?? none).equals(other.ca ?? none)
}

function told<T>(work: () => T): T | string {
  try {
    return work()
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return `certificates not renewed, the old ones stay: ${message}`
  }
}
