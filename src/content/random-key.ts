/**
 * Random bytes for keys and nonces, drawn from the system many at a time: one system call for some hundred of them. What was
 * given out is wiped here at once, so that a key stays with whoever asked for it.
 */
import { randomFillSync } from 'node:crypto'

const POOL_BYTES = 8_192
const pool = Buffer.alloc(POOL_BYTES)
let used = POOL_BYTES

/** @returns bytes never given before, in memory of their own; at most as many as the pool has */
export function randomKey(bytes: number): Buffer {
  if (bytes > POOL_BYTES) throw new Error('More random bytes than a key has')
  if (used + bytes > POOL_BYTES) {
    randomFillSync(pool)
    used = 0
  }
  const key = Buffer.alloc(bytes)
  pool.copy(key, 0, used, used + bytes)
  pool.fill(0, used, used + bytes)
  used += bytes
  return key
}
