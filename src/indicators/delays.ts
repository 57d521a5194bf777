/**
 * How long after its deposit a document was first read: not kept exactly, but between two of these bounds. A median that is
 * made of them is known to the width of its interval.
 */
const HOUR = 60 * 60 * 1000

/** Upper bounds in hours, excluded. */
export const DELAY_HOURS = [1, 6, 24, 72, 168, 720, 2160, 8760] as const

/** Which interval a delay lies in: the place of its upper bound, or the number of bounds for one beyond all. */
export function delayPlace(milliseconds: number): number {
  const place = DELAY_HOURS.findIndex((hours) => milliseconds < hours * HOUR)
  return place < 0 ? DELAY_HOURS.length : place
}

/** Milliseconds of the upper bound; infinite beyond the last. */
export function delayEnd(place: number): number {
  const hours = DELAY_HOURS[place]
  return hours === undefined ? Number.POSITIVE_INFINITY : hours * HOUR
}
