/**
 * What costs more the more there is of it, and is asked for at a fixed pace: read anew only once the last reading is so old that
 * all of them together take a small share of the time. What is quick to read is always fresh.
 */
const SHARE = 0.05

/**
 * Whoever asks meanwhile gets the last reading, or the one under way. One that failed is not tried again earlier than one that did not.
 * @param now of a steady clock, milliseconds
 */
export function seldom<T>(read: () => Promise<T>, now: () => number): () => Promise<T> {
  let last: Promise<T> | undefined
  let freshUntil = Number.NEGATIVE_INFINITY
  return () => {
    if (last && now() < freshUntil) return last
    const begin = now()
    freshUntil = Number.POSITIVE_INFINITY
    const settle = (): void => {
      const end = now()
      freshUntil = end + (end - begin) / SHARE
    }
    last = read()
    last.then(settle, settle)
    return last
  }
}
