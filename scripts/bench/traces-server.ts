/**
 * A side of the cost of traces, a process of its own: the whole server as `app.ts` makes it, and in one of the two sides a
 * TraceWriter that says at once that a trace is durable. The product has no such setting: it is done to the class, here.
 */

import { TraceWriter } from '../../src/audit/trace-writer.ts'
import { readConfig } from '../../src/config/config.ts'
import type { ConnectionSettings } from '../../src/storage/connection/connection-settings.ts'
import { createApp } from '../../src/wiring/app.ts'
import { serveOrders } from './worker-process.ts'

export type TracesOrder = {
  readonly traced: boolean
  readonly environment: Readonly<Record<string, string>>
  readonly connection: ConnectionSettings
}

serveOrders<TracesOrder, number>(async ({ traced, environment, connection }) => {
  if (!traced) TraceWriter.prototype.write = () => Promise.resolve()
  const config = readConfig(environment)
  const app = await createApp(config, connection)
  const url = await app.server.listen({ host: config.host, port: 0 })
  app.startJobs()
  return Number(new URL(url).port)
})
