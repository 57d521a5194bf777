/**
 * TLS of the server itself. A client certificate is asked for and not demanded in the handshake: public addresses need
 * none, and elsewhere the token says which one it must be (RFC 8705).
 */
import type { ServerOptions } from 'node:https'
import { Server } from 'node:tls'

export type TlsFiles = {
  /** PEM. */
  readonly key: Buffer
  readonly cert: Buffer
  /** Who signs the clients' certificates; undefined: the thumbprint in the token is enough, as for self-signed ones. */
  readonly ca?: Buffer
}

export function tlsOptions(files: TlsFiles): ServerOptions {
  return {
    ...files,
    minVersion: 'TLSv1.2',
    requestCert: true,
    rejectUnauthorized: false,
  }
}

/** @throws when the files are no key and certificate: the old ones then stay */
export function renewal({ server }: { readonly server: unknown }): (files: TlsFiles) => void {
  return (files) => {
    if (server instanceof Server) server.setSecureContext(tlsOptions(files))
  }
}
