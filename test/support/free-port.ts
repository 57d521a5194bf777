/**
 * A port for a server that begins to listen later, and perhaps again: below those that the system gives to whoever asks
 * for any, so that no other test comes upon it meanwhile.
 */
import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

export const HOST = '127.0.0.1'
/** The system's own begin at 32768 (`net.ipv4.ip_local_port_range`), at 49152 on others. */
const [FIRST, BEHIND_LAST] = [12_000, 32_000]

export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(FIRST, BEHIND_LAST)
    if (await isFree(port)) return port
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false)
      else reject(error)
    })
    probe.listen(port, HOST, () => probe.close(() => resolve(true)))
  })
}
