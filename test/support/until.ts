/** Waits for what must come about, however busy the machine is. */
import { setTimeout as sleep } from 'node:timers/promises'

/** Longer than anything takes here on a machine that others use too. */
const PATIENCE_MS = 180_000

/** @param what is told when it never comes about @throws then */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  restMs = 20,
): Promise<void> {
  for (const deadline = Date.now() + PATIENCE_MS; !(await holds()); await sleep(restMs))
    if (Date.now() > deadline) throw new Error(`not in ${PATIENCE_MS / 1000} s: ${what}`)
}
