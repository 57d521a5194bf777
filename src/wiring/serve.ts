/** One process that serves: the app, at its address, until it is told to stop. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Config } from '../config/config.ts'
import type { ConnectionSettings } from '../storage/connection/connection-settings.ts'
import { type App, createApp } from './app.ts'
import { tell } from './process-end.ts'
import { certificateWatch, renewCertificates } from './renew-certificates.ts'

export type Serving = {
  /** Requests under way are finished. Told twice, it stops once. */
  stop(): Promise<void>
  /** New connections are made with the certificates that lie there now. */
  renewCertificates(): void
  /** As Prometheus reads them; of all processes together. */
  metrics(): Promise<string>
}

/** @param withJobs whether this process also does what the server does by itself */
export async function serve(
  config: Config,
  connection: ConnectionSettings,
  withJobs: boolean,
): Promise<Serving> {
  const app = await createApp(config, connection)
  let stopping: Promise<void> | undefined
  const stop = (): Promise<void> => {
    stopping ??= leave(app, config.stopDelayMs)
    return stopping
  }
  try {
    await app.server.listen({ host: config.host, port: config.port })
    if (withJobs) app.startJobs()
  } catch (error) {
    await stop()
    throw error
  }
  if (config.tls) watchCertificates(certificateWatch(app, process.env, config.tls))
  return { stop, renewCertificates: () => tell(renewCertificates(app, process.env)), metrics: app.metrics }
}

const CERTIFICATES_MS = 60 * 60 * 1000

function watchCertificates(look: () => string | undefined): void {
  const round = (): void => {
    const said = look()
    if (said !== undefined) tell(said)
  }
  setInterval(round, CERTIFICATES_MS).unref()
}

/** Told first, so that balancers have looked elsewhere before nothing listens here. */
async function leave(app: App, delayMs: number): Promise<void> {
  app.leave()
  if (delayMs > 0) await sleep(delayMs)
  await app.close()
}
