/**
 * The client's certificate, as DER: the one shown on this connection, or, when the peer is a trusted proxy, the one that
 * the proxy says it verified. A header from anybody else says nothing.
 * @see https://www.rfc-editor.org/rfc/rfc8705#section-2 and docs/operations.md "TLS and certificates"
 */
import { TLSSocket } from 'node:tls'
import type { FastifyRequest } from 'fastify'
import { certificateRefused } from './authentication/token-refusals.ts'
import { forwardedCertificate } from './forwarded-certificate.ts'
import { isOneOf } from './trusted-proxy.ts'

export type CertificateSettings = {
  readonly proxy: { readonly addresses: readonly string[]; readonly certificateHeader: string } | undefined
  /** Whether a certificate must be signed by one of the authorities that TLS was given. */
  readonly authorised: boolean
}

/** @throws FhirError 401 for a certificate that cannot be believed */
export type ReadCertificate = (request: Pick<FastifyRequest, 'raw'>) => Buffer | undefined

export function certificateReader({ proxy, authorised }: CertificateSettings): ReadCertificate {
  const isProxy = proxy && isOneOf(proxy.addresses)
  return ({ raw }) => {
    // The proxy's own certificate is never its client's.
    if (proxy && isProxy?.(raw.socket.remoteAddress))
      return forwardedCertificate(proxy.certificateHeader, raw.headersDistinct[proxy.certificateHeader])
    return shownCertificate(raw.socket, authorised)
  }
}

function shownCertificate(socket: unknown, authorised: boolean): Buffer | undefined {
  if (!(socket instanceof TLSSocket)) return undefined
  const certificate = socket.getPeerX509Certificate()
  if (certificate && authorised && !socket.authorized) throw certificateRefused()
  return certificate?.raw
}
