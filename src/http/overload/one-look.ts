/**
 * A question that anybody may ask as often as he likes, and whose answer costs something: one at a time is asked, and all
 * who come meanwhile are given its answer. What takes too long has another answer, so that nobody waits for it.
 */
export function oneLook<T>(look: () => Promise<T>, longestMs: number, late: T): () => Promise<T> {
  let current: Promise<T> | undefined
  return () => {
    if (!current) {
      let timer: NodeJS.Timeout | undefined
      const tooLong = new Promise<T>((resolve) => {
        timer = setTimeout(() => resolve(late), longestMs)
      })
      current = Promise.race([look(), tooLong]).finally(() => {
        clearTimeout(timer)
        current = undefined
      })
    }
    return current
  }
}
