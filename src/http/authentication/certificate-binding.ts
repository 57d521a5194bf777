/**
 * Is the token bound to the certificate of this connection?
 * @see https://www.rfc-editor.org/rfc/rfc8705#section-3.1 (`cnf.x5t#S256`)
 */
import { createHash } from 'node:crypto'
import { certificateRefused, tokenRefused } from './token-refusals.ts'

/**
 * The thumbprint a token demands, or undefined when it demands none. Another confirmation method (`jkt`, a DPoP key)
 * is a demand that this server cannot check, hence a refusal.
 */
export function boundThumbprint(cnf: unknown): string | undefined {
  if (cnf === undefined) return undefined
  if (typeof cnf !== 'object' || cnf === null || Object.keys(cnf).length !== 1) throw tokenRefused('cnf')
  const thumbprint: unknown = Reflect.get(cnf, 'x5t#S256')
  if (typeof thumbprint !== 'string' || !/^[A-Za-z0-9_-]{43}$/.test(thumbprint)) throw tokenRefused('cnf')
  return thumbprint
}

/** `certificate` is the DER text of the client's certificate, as the TLS layer verified it. */
export function checkCertificate(
  thumbprint: string | undefined,
  certificate: Buffer | undefined,
  required: boolean,
): void {
  if (thumbprint === undefined) {
    if (required) throw tokenRefused('cnf')
    return
  }
  if (certificate === undefined) throw certificateRefused()
  if (createHash('sha256').update(certificate).digest('base64url') !== thumbprint) throw certificateRefused()
}
