/**
 * Removes the objects that no content names: of pushes that were never committed, of contents that another push brought
 * first, of records that were destroyed. An upload is given time: its transaction may still come.
 */
import { forgetUploads, lockLeftOvers } from '../storage/contents/content-uploads.ts'
import type { Runner } from '../storage/database.ts'
import { atOnce } from './at-once.ts'
import type { ObjectStore } from './object-store.ts'

/** Longer than any request lasts. */
const GIVEN_UP_AFTER_MS = 2 * 60 * 60 * 1000
const BATCH = 20
/** Objects of one batch that are removed at once. */
const AT_ONCE = 4

export type Transact = <T>(work: (transaction: Runner) => Promise<T>) => Promise<T>

/**
 * Batch after batch, each in one transaction: an object first, then its row, so that a process that ends in between leaves
 * the row for the next one.
 * @param now milliseconds since 1970 @returns how many were removed
 */
export async function removeLeftOvers(
  transact: Transact,
  objects: ObjectStore,
  now: number,
): Promise<number> {
  let all = 0
  for (;;) {
    const removed = await transact((transaction) => removeSome(transaction, objects, now - GIVEN_UP_AFTER_MS))
    all += removed
    if (removed < BATCH) return all
  }
}

async function removeSome(transaction: Runner, objects: ObjectStore, until: number): Promise<number> {
  const leftOver = await lockLeftOvers(transaction, until, BATCH)
  if (leftOver.length === 0) return 0
  await atOnce(AT_ONCE, leftOver, ({ location }) => objects.remove(location))
  await forgetUploads(transaction, leftOver)
  return leftOver.length
}
