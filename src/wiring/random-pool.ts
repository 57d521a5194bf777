/**
 * Random bytes for ids, drawn from the system many at a time: one system call for some hundred ids instead of one each.
 */
import { randomFillSync } from 'node:crypto'

const POOL_BYTES = 8192

/** @returns a function that gives `count` bytes never given before; the array is the caller's to keep */
export function randomPool(): (count: number) => Uint8Array {
  const pool = new Uint8Array(POOL_BYTES)
  let used = POOL_BYTES
  return (count) => {
    if (used + count > POOL_BYTES) {
      randomFillSync(pool)
      used = 0
    }
    used += count
    return pool.slice(used - count, used)
  }
}
