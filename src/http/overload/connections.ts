/**
 * How many connections there may be: of the process, and of one address, so that a single machine that opens thousands
 * and says nothing leaves room for others. A trusted proxy is many clients in one, and has no bound of its own.
 *
 * NOT grouped: addresses of one IPv6 network count each for itself.
 */
import type { Server, Socket } from 'node:net'

/** One address has a quarter of all. */
const PART = 4

export function boundConnections(
  server: Server,
  most: number,
  isProxy: (address: string | undefined) => boolean,
  onRefused: () => void,
): void {
  const mostOfOne = Math.max(1, Math.floor(most / PART))
  const open = new Map<string, number>()
  server.maxConnections = most
  server.on('drop', onRefused)
  server.on('connection', (socket: Socket) => {
    const { remoteAddress } = socket
    if (remoteAddress === undefined || isProxy(remoteAddress)) return
    const count = open.get(remoteAddress) ?? 0
    if (count >= mostOfOne) {
      socket.destroy()
      onRefused()
      return
    }
    open.set(remoteAddress, count + 1)
    socket.once('close', () => {
      const left = (open.get(remoteAddress) ?? 1) - 1
      if (left === 0) open.delete(remoteAddress)
      else open.set(remoteAddress, left)
    })
  })
}
