/**
 * A question that anybody may ask as often as he likes, and whose answer costs something: one at a time is asked, and all
 * who come meanwhile are given its answer. What takes too long is a no, so that nobody waits for it.
 */
export function oneLook(look: () => Promise<boolean>, longestMs: number): () => Promise<boolean> {
  let current: Promise<boolean> | undefined
  return () => {
    if (!current) {
      let timer: NodeJS.Timeout | undefined
      const tooLong = new Promise<boolean>((resolve) => {
        timer = setTimeout(() => resolve(false), longestMs)
      })
      current = Promise.race([look(), tooLong]).finally(() => {
        clearTimeout(timer)
        current = undefined
      })
    }
    return current
  }
}
