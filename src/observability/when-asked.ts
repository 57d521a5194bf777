/**
 * What is asked for each time that metrics are read: a value that cannot be had, or not in time, is left out and told, so that
 * the others are there when they are needed most.
 */
const LONGEST_MS = 2_500

export type TellFault = (error: unknown) => void

/** @param clear what was known of before is not told as if it were so now */
export function whenAsked(
  read: () => Promise<void>,
  clear: () => void,
  onFault: TellFault,
): () => Promise<void> {
  return async () => {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer within ${LONGEST_MS} ms`)), LONGEST_MS)
    })
    try {
      await Promise.race([read(), late])
    } catch (error) {
      clear()
      onFault(error)
    } finally {
      clearTimeout(timer)
    }
  }
}
