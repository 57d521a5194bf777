/**
 * The secret of a subscription: with it the receiver knows that a notification comes from this server, and when it was
 * sent. `DMP-Signature: t=<seconds>,v1=<hex of HMAC-SHA-256 over "t.body">`.
 * @see docs/subscriptions.md "Signature"; RFC 2104
 */
import { createHmac, randomBytes } from 'node:crypto'

export function newSecret(): string {
  return randomBytes(32).toString('base64url')
}

/** @param atSeconds when it is sent, since 1970: a receiver refuses what is old */
export function signatureOf(secret: string, atSeconds: number, body: string): string {
  const mac = createHmac('sha256', secret).update(`${atSeconds}.${body}`, 'utf8').digest('hex')
  return `t=${atSeconds},v1=${mac}`
}
