/** Matricules of test: made up for the trial records and for who acts for their holders. @see src/dmp/identity/ins.ts */
import type { Ins } from './persona.ts'

export const TEST_SYSTEM = 'urn:oid:1.2.250.1.213.1.4.10'

/** The two digits after the 13 first: 97 − (number mod 97). Corsica's letters are not made up here. */
export function withKey(first13: string): string {
  return `${first13}${String(97 - (Number(first13) % 97)).padStart(2, '0')}`
}

/** A matricule of test, and a day of birth that agrees with it, for a woman born in Rennes (35238). */
export function drawIdentity(random: (below: number) => number): {
  readonly ins: Ins
  readonly birthDate: string
} {
  const two = (number: number): string => String(number).padStart(2, '0')
  const [year, month, day] = [1936 + random(50), two(1 + random(12)), two(1 + random(28))]
  const order = String(1 + random(998)).padStart(3, '0')
  const value = withKey(`2${two(year % 100)}${month}35238${order}`)
  return { ins: { system: TEST_SYSTEM, value }, birthDate: `${year}-${month}-${day}` }
}

/** Below `end`, from the browser's own source. */
export function randomBelow(end: number): number {
  const [word = 0] = crypto.getRandomValues(new Uint32Array(1))
  return word % end
}
