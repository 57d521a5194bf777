/**
 * A server that closes lets go of its connections. Node closes those that are idle at that moment; one that becomes idle
 * later, or on which no request ever came, would hold the process until its time-out, a minute and more.
 * @see https://nodejs.org/api/http.html#servercloseidleconnections
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FastifyInstance } from 'fastify'

const LOOK_MS = 50
/** What requests under way have; an operator's `docker stop` waits 10 s. */
const PATIENCE_MS = 8_000

/** From now on each connection is closed behind its answer: who asks again asks another server, or this one no more. */
export function lastAnswers({ server }: FastifyInstance): void {
  for (const begun of ['request', 'checkContinue'])
    server.prependListener(begun, (_: IncomingMessage, response: ServerResponse) => {
      response.shouldKeepAlive = false
    })
}

export function drainOnClose(fastify: FastifyInstance): void {
  const { server } = fastify
  fastify.addHook('preClose', (done) => {
    const look = setInterval(() => server.closeIdleConnections(), LOOK_MS)
    const end = setTimeout(() => server.closeAllConnections(), PATIENCE_MS)
    server.once('close', () => {
      clearInterval(look)
      clearTimeout(end)
    })
    // One that never listened Fastify lets be, since it did not make it (serverFactory): its timers end here.
    if (!server.listening) server.close()
    done()
  })
}
