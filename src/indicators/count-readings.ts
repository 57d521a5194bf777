/**
 * First readings: of what was opened, which were the first of their document, and how long after its deposit. Traces of
 * several servers are not counted in the order of time: an earlier reading that comes later takes the place of the one before.
 */
import { timeOfUuid } from '../fhir/id.ts'
import type { DocumentKey, Reading } from './count-traces.ts'
import { delayPlace } from './delays.ts'
import { monthOf } from './month.ts'
import type { UsageCounts } from './usage-counts.ts'

/**
 * @param before when the first one known until now was, milliseconds since 1970; undefined: there was none
 * @returns the first readings that are to be kept
 */
export function countReadings(
  readings: readonly Reading[],
  before: (key: DocumentKey) => number | undefined,
  counts: UsageCounts,
): Reading[] {
  const first = new Map<string, Reading>()
  for (const reading of readings) {
    const key = keyOf(reading)
    const known = first.get(key)
    if (!known || reading.at < known.at) first.set(key, reading)
  }
  return [...first.values()].filter((reading) => {
    const known = before(reading)
    if (known !== undefined && known <= reading.at) return false
    if (known !== undefined) count(counts, reading, known, -1)
    count(counts, reading, reading.at, 1)
    return true
  })
}

export function keyOf({ patientKey, id }: DocumentKey): string {
  return `${patientKey} ${id}`
}

/** A document belongs to the month of its deposit, whenever it is read. Clocks of servers differ: no delay is below zero. */
function count(counts: UsageCounts, { id }: DocumentKey, readAt: number, by: 1 | -1): void {
  const deposited = timeOfUuid(id)
  const place = delayPlace(Math.max(0, readAt - deposited))
  counts.add('delai', monthOf(deposited), [String(place)], by)
}
