/**
 * Whether a person is a minor: has secrets from legal representatives (rule V5).
 * @see Code civil, article 388. Days are UTC's: Paris may be two hours ahead.
 */

/** @param birthDate `YYYY-MM-DD` @param now milliseconds since 1970 */
export function isMinor(birthDate: string, now: number): boolean {
  const [year = Number.NaN, month = Number.NaN, day = Number.NaN] = birthDate.split('-').map(Number)
  // Nobody is a minor whose birth cannot be read. 29 February: of age on 1 March of a common year.
  return now < Date.UTC(year + 18, month - 1, day)
}
