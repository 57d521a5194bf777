/** A connection to the server under load, open. */
import { connect, type Socket } from 'node:net'

/** What comes is read into one piece of memory for all connections of the process: none is made for each read. */
const memory = Buffer.allocUnsafeSlow(64 * 1024)

export type Reading = {
  /** @param bytes are overwritten by the next that come, on this connection or another: who keeps them copies them */
  read(bytes: Buffer): void
}

/**
 * @param readingOf whoever reads what comes on the socket
 * @throws what the system said when there is no connection to be had
 */
export function openSocket<T extends Reading>(port: number, readingOf: (socket: Socket) => T): Promise<T> {
  return new Promise((resolve, reject) => {
    const callback = (count: number): boolean => {
      reading.read(memory.subarray(0, count))
      return true
    }
    const socket = connect({ port, host: '127.0.0.1', noDelay: true, onread: { buffer: memory, callback } })
    const reading = readingOf(socket)
    socket.once('error', reject)
    socket.once('connect', () => {
      socket.off('error', reject)
      resolve(reading)
    })
  })
}
