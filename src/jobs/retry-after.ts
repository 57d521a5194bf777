/** How long to wait after so many failures in a row: five seconds, ten, twenty … an hour at most. */
const FIRST = 5_000
const LONGEST = 3_600_000

export function retryAfter(failures: number): number {
  return Math.min(LONGEST, FIRST * 2 ** Math.min(30, Math.max(0, failures - 1)))
}
