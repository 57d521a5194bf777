/**
 * The seal of a single trace: half of an HMAC-SHA-256 over its row. It tells a changed row by itself, and names it; that no
 * row is missing is what the chain tells (checkpoint.ts).
 * @see https://www.rfc-editor.org/rfc/rfc2104, docs/audit.md "The seal"
 */
import { hash, timingSafeEqual } from 'node:crypto'
import { SEAL_BYTES, sealedPart, sealOf } from '../storage/traces/canonical-trace.ts'

export type TraceSealKey = {
  /** By which a chain says with which key it is sealed; gives nothing of it away. */
  readonly id: string
  readonly seal: (tuple: Buffer) => Buffer
}

/** @param secret 32 bytes derived from the master key for this purpose alone */
export function traceSealKey(secret: Buffer): TraceSealKey {
  const mac = hmac(secret)
  return {
    id: mac(Buffer.from('dmp audit seal key')).toString('base64url').slice(0, 16),
    seal: (tuple) => mac(sealedPart(tuple)).subarray(0, SEAL_BYTES),
  }
}

/** @param tuple as PostgreSQL gives it */
export function isSealed(key: TraceSealKey, tuple: Buffer): boolean {
  return timingSafeEqual(key.seal(tuple), sealOf(tuple))
}

const BLOCK = 64
const DIGEST = 32

/**
 * HMAC by two hashes over bytes that begin with the padded key: a fourth of what an object for each costs, and every request
 * pays for one (RFC 2104 §2; a test compares). Digests are given as strings of bytes: in a Buffer of its own each costs three
 * times as much.
 */
export function hmac(secret: Buffer): (bytes: Buffer) => Buffer {
  if (secret.length > BLOCK) throw new RangeError('A key of at most 64 bytes')
  const key = Buffer.alloc(BLOCK)
  secret.copy(key)
  let inner = Buffer.alloc(4096)
  const outer = Buffer.alloc(BLOCK + DIGEST)
  for (let i = 0; i < BLOCK; i++) {
    inner[i] = (key[i] ?? 0) ^ 0x36
    outer[i] = (key[i] ?? 0) ^ 0x5c
  }
  return (bytes) => {
    if (BLOCK + bytes.length > inner.length) {
      const larger = Buffer.alloc(2 * (BLOCK + bytes.length))
      inner.copy(larger, 0, 0, BLOCK)
      inner = larger
    }
    bytes.copy(inner, BLOCK)
    outer.write(hash('sha256', inner.subarray(0, BLOCK + bytes.length), 'binary'), BLOCK, 'binary')
    return Buffer.from(hash('sha256', outer, 'binary'), 'binary')
  }
}
