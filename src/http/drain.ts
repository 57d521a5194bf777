/**
 * A server that closes lets go of its connections. Node closes those that are idle at that moment; one that becomes idle
 * later, or on which no request ever came, would hold the process until its time-out, a minute and more.
 * @see https://nodejs.org/api/http.html#servercloseidleconnections
 */
import type { FastifyInstance } from 'fastify'

const LOOK_MS = 50
/** What requests under way have; an operator's `docker stop` waits 10 s. */
const PATIENCE_MS = 8_000

export function drainOnClose(fastify: FastifyInstance): void {
  const { server } = fastify
  fastify.addHook('preClose', (done) => {
    const look = setInterval(() => server.closeIdleConnections(), LOOK_MS)
    const end = setTimeout(() => server.closeAllConnections(), PATIENCE_MS)
    server.once('close', () => {
      clearInterval(look)
      clearTimeout(end)
    })
    done()
  })
}
