/** A server on a free port of its own. The address stands in every answer, so the port is chosen before. */
import type { App } from '../../src/wiring/app.ts'
import { freePort, HOST } from './free-port.ts'

/** Another process may take the port in between. */
const ATTEMPTS = 5

export async function listening<A extends App>(
  create: (port: number) => Promise<A>,
): Promise<{ readonly app: A; readonly port: number }> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort()
    const app = await create(port)
    try {
      await app.server.listen({ host: HOST, port })
      return { app, port }
    } catch (error) {
      await app.close()
      const taken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
      if (!taken || attempt === ATTEMPTS) throw error
    }
  }
}
