/**
 * The seal of a single trace: half of an HMAC-SHA-256 over its row. It tells a changed row by itself, and names it; that no
 * row is missing is what the chain tells (checkpoint.ts).
 * @see https://www.rfc-editor.org/rfc/rfc2104, docs/audit.md "The seal"
 */
import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto'
import { SEAL_BYTES, sealedPart, sealOf } from '../storage/canonical-trace.ts'

export type TraceSealKey = {
  /** By which a chain says with which key it is sealed; gives nothing of it away. */
  readonly id: string
  readonly seal: (tuple: Buffer) => Buffer
}

/** @param secret 32 bytes derived from the master key for this purpose alone */
export function traceSealKey(secret: Buffer): TraceSealKey {
  const key = createSecretKey(secret)
  const mac = (bytes: Buffer | string): Buffer => createHmac('sha256', key).update(bytes).digest()
  return {
    id: mac('dmp audit seal key').toString('base64url').slice(0, 16),
    seal: (tuple) => mac(sealedPart(tuple)).subarray(0, SEAL_BYTES),
  }
}

/** @param tuple as PostgreSQL gives it */
export function isSealed(key: TraceSealKey, tuple: Buffer): boolean {
  return timingSafeEqual(key.seal(tuple), sealOf(tuple))
}
