/** When a certificate ends. */
import { X509Certificate } from 'node:crypto'

/** @param pem the server's own certificate first, as TLS shows it @returns milliseconds since 1970 */
export function certificateEnd(pem: Buffer): number {
  return Date.parse(new X509Certificate(pem).validTo)
}
