/** A server on a free port of its own. The address stands in every answer, so the port is chosen before. */
import { createServer } from 'node:net'
import type { App } from '../../src/app.ts'

export const HOST = '127.0.0.1'
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

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, HOST, () => {
      const address = probe.address()
      probe.close(() => {
        if (address === null || typeof address === 'string') reject(new Error('no port'))
        else resolve(address.port)
      })
    })
  })
}
