/**
 * Who writes documents: made-up professionals with an RPPS whose key is right, in the range kept for tests, and the
 * structures they work in, with a FINESS whose key is right. A number names the same one for ever.
 * @see rule I5
 */
import { isRpps } from '../../dmp/identity/national-identifiers.ts'
import { families, givenNames, towns } from '../french-names.ts'
import { seededRandom } from '../seeded-random.ts'
import type { AuthorKind } from './document-kinds.ts'

export type Structure = { readonly id: string; readonly name: string }
export type Professional = {
  /** PS_IdNat: `8` and the RPPS. */
  readonly id: string
  readonly family: string
  readonly given: string
  readonly kind: AuthorKind
  readonly structure: Structure
}

/** Streams of random numbers of their own: patients have those from 0 up. */
const STRUCTURES = 0xd000_0000
const PROFESSIONALS = 0xc000_0000
export const STRUCTURES_OF_A_KIND = 200
const PROFESSIONALS_OF_A_KIND = 1_000
const places = ['hospital', 'office', 'laboratory', 'pharmacy'] as const
const names = {
  hospital: 'Centre hospitalier',
  office: 'Cabinet médical',
  laboratory: 'Laboratoire de biologie',
  pharmacy: 'Pharmacie',
} as const

/** @param number whichever: it is brought into the range of those who exist; those of one structure are 200 apart */
export function professionalOf(seed: number, kind: AuthorKind, number: number): Professional {
  const among = number % PROFESSIONALS_OF_A_KIND
  const random = seededRandom(seed, PROFESSIONALS + hashOf(kind.code) + among)
  const names = givenNames[random.chance(0.55) ? 'female' : 'male']
  return {
    id: `8${withKey(`997${String(hashOf(kind.code) % 1_000).padStart(3, '0')}${String(among).padStart(4, '0')}`)}`,
    family: random.pickRanked(families),
    given: random.pickRanked(names),
    kind,
    structure: structureOf(seed, kind.structure, among % STRUCTURES_OF_A_KIND),
  }
}

function structureOf(seed: number, place: AuthorKind['structure'], number: number): Structure {
  const random = seededRandom(seed, STRUCTURES + places.indexOf(place) * STRUCTURES_OF_A_KIND + number)
  const [city] = random.pick(towns)
  const finess = withKey(`99${places.indexOf(place)}${String(number).padStart(5, '0')}`)
  return { id: `1${finess}`, name: `${names[place]} ${random.pick(families)} de ${city}` }
}

/** The digits with Luhn's key behind them, as RPPS and FINESS have it. */
function withKey(digits: string): string {
  let sum = 0
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits[digits.length - 1 - i])
    const weighed = i % 2 === 0 ? digit * 2 : digit
    sum += weighed > 9 ? weighed - 9 : weighed
  }
  const whole = `${digits}${(10 - (sum % 10)) % 10}`
  if (whole.length === 11 && !isRpps(whole)) throw new Error('An RPPS without the right key')
  return whole
}

/** A small number of its own for each kind: FNV-1a. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0
  return hash % 0x0fff_0000
}
