/** A made-up document: who wrote what about whom and when, drawn from the patient's own stream of random numbers. */

import { dateTimeOf, eventDay } from '../made-up-time.ts'
import type { Traits } from '../patient.ts'
import type { Random } from '../seeded-random.ts'
import { type DocumentKind, documentKinds } from './document-kinds.ts'
import { type Professional, professionalOf, STRUCTURES_OF_A_KIND } from './staff.ts'

export type SeededDocument = {
  readonly traits: Traits
  readonly insOid: string
  readonly kind: DocumentKind
  readonly author: Professional
  readonly title: string
  /** When it was written: `2024-03-17T08:30:00+01:00`. */
  readonly date: string
  /** Its uniqueId. */
  readonly oid: string
  readonly form: 'structured' | 'enclosed' | 'pdf'
  /** Bytes, about. */
  readonly size: number
  readonly masked: boolean
  readonly archived: boolean
}

/** An arc of ours under which nothing real is numbered. */
const ARC = '1.2.250.1.213.1.1.9998'
const MINIMUM_SIZE = 4_500
const whole = documentKinds.reduce((sum, { weight }) => sum + weight, 0)

/** @param medianSize bytes; one document in twenty is five times as large */
export function documentOf(
  seed: number,
  patient: { readonly number: number; readonly traits: Traits; readonly insOid: string },
  ordinal: number,
  random: Random,
  medianSize: number,
): SeededDocument {
  const kind = kindAt(random.below(whole))
  const structured = kind.structured !== undefined && random.chance(0.75)
  return {
    traits: patient.traits,
    insOid: patient.insOid,
    kind,
    author: professionalOf(seed, kind.author, authorNumber(patient.number, random)),
    title: random.pick(kind.titles),
    date: dateTimeOf(eventDay(random), 7 * 60 + random.below(13 * 60)),
    oid: `${ARC}.${seed}.${patient.number}.${ordinal}`,
    form: structured ? 'structured' : random.chance(0.6) ? 'enclosed' : 'pdf',
    size: Math.max(MINIMUM_SIZE, Math.round(medianSize * Math.exp(normal(random)))),
    masked: random.chance(0.02),
    archived: random.chance(0.03),
  }
}

/** Most of what one patient has comes from one structure of each kind, by few hands. */
function authorNumber(patient: number, random: Random): number {
  const usual = patient * 7 + STRUCTURES_OF_A_KIND * random.below(5)
  return random.chance(0.9) ? usual : random.below(5 * STRUCTURES_OF_A_KIND)
}

function kindAt(position: number): DocumentKind {
  let end = 0
  for (const kind of documentKinds) {
    end += kind.weight
    if (position < end) return kind
  }
  return documentKinds[0]
}

/** Irwin and Hall: twelve even numbers are nearly a bell. */
function normal(random: Random): number {
  let sum = -6
  for (let i = 0; i < 12; i++) sum += random.next()
  return sum
}
