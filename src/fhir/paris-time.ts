/**
 * Time in metropolitan France, for dates that name no zone: a day in a search is a day as people there live it.
 * By the rule in force since 1996 (last Sunday of March to last Sunday of October, at 01:00 UTC); the rules of earlier
 * years are not applied.
 * @see Directive 2000/84/EC
 */
import type { Zone } from './date.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

export const parisTime: Zone = (local) => {
  const year = new Date(local).getUTCFullYear()
  // In local time: forward at 02:00 in March, back at 03:00 in October. The hour that stands twice is taken as summer's.
  const summer = local >= lastSunday(year, 2) + 2 * HOUR && local < lastSunday(year, 9) + 3 * HOUR
  return summer ? 2 * HOUR : HOUR
}

/** Midnight of the last Sunday of a month of 31 days, as if local time were UTC. */
function lastSunday(year: number, month: 2 | 9): number {
  const last = Date.UTC(year, month, 31)
  return last - new Date(last).getUTCDay() * DAY
}
