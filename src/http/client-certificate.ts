/** The certificate a client showed on this connection (mutual TLS), as DER. Never taken from a header. */
import { TLSSocket } from 'node:tls'
import type { FastifyRequest } from 'fastify'

export function clientCertificate(request: FastifyRequest): Buffer | undefined {
  const { socket } = request.raw
  if (!(socket instanceof TLSSocket)) return undefined
  const certificate = socket.getPeerX509Certificate()
  return certificate?.raw
}
