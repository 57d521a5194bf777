/**
 * Finding a patient by traits, without INS (F4, TD0.5): what is compared, and how sure a match is. Birth date and sex must
 * agree; the family name at birth may be misheard, given names weigh. Names are folded (fhir/fold.ts).
 *
 * Not compared: the place of birth, addresses, telecom. Nothing here makes an identity a qualified one: the INS does.
 * @see https://hl7.org/fhir/R4/patient-operation-match.html and the code system match-grade; the weights are ours
 */
import { fold } from '../../fhir/fold.ts'
import { foldName, type IdentityTraits } from './identity-traits.ts'

export type MatchGrade = 'certain' | 'probable' | 'possible'
export type Match = { readonly grade: MatchGrade; readonly score: number }

export type AskedTraits = {
  /** Folded, without spaces. */
  readonly family: string
  /** Folded, in their order; empty when none was said. */
  readonly given: readonly string[]
}

/** Names at birth as `record.traits_folded` keeps them: `legoff/dominique marie louise`. */
export function foldedTraits({ family = '', birthGivenNames = '', firstGiven = '' }: IdentityTraits): string {
  return `${foldName(family)}/${[
    ...new Set([...fold(firstGiven).split(' '), ...fold(birthGivenNames).split(' ')]),
  ]
    .join(' ')
    .trim()}`
}

/** Of a row that was written before given names were kept, the name alone. */
export function readFoldedTraits(text: string): AskedTraits {
  const [family = '', given = ''] = text.split('/')
  return { family: family.replaceAll(' ', ''), given: given === '' ? [] : given.split(' ') }
}

/**
 * @param nearness of the family names, 0 to 1: how many groups of three letters they share
 * @returns undefined when they are two different people
 */
export function matchGrade(asked: AskedTraits, known: AskedTraits, nearness: number): Match | undefined {
  const sameFamily = asked.family === known.family
  const given = givenNames(asked.given, known.given)
  if (given === 'different') return sameFamily ? { grade: 'possible', score: 0.5 } : undefined
  if (sameFamily && given === 'same') return { grade: 'certain', score: 1 }
  if (sameFamily) return { grade: 'probable', score: 0.8 }
  // A name misheard: the given name has to make up for it.
  if (given !== 'same') return undefined
  return { grade: 'possible', score: Math.round((0.4 + 0.3 * nearness) * 100) / 100 }
}

/** People are called by any of their given names: one that both have is enough. */
function givenNames(asked: readonly string[], known: readonly string[]): 'same' | 'different' | 'unknown' {
  if (asked.length === 0 || known.length === 0) return 'unknown'
  return asked.some((name) => known.includes(name)) ? 'same' : 'different'
}
