/**
 * Which choices of a record a caller may read. It has two readers, `reaches` here and the search in
 * storage/records/choices.ts; what is out of reach is not there (V7).
 * TD1.6 (F6) lists for professionals who is authorised or blocked, and what emergencies will answer; the patient, and who
 * represents the patient, read every choice. Whatever else is refused, a professional reads its own standing (F1), and
 * the administration the representations that it writes (F0).
 */
import { choiceForms, openingCategory } from '../dmp/choices/patient-choice.ts'
import { isProfessional, selfIds } from './actor-class.ts'
import type { Caller } from './caller.ts'

export type ChoiceReach = {
  readonly categories: ReadonlySet<string> | 'every'
  /** Only choices that name one of these. */
  readonly actors: readonly string[] | 'every'
}

const forProfessionals: ReadonlySet<string> = new Set([
  openingCategory,
  ...Object.entries(choiceForms).flatMap(([category, form]) => (form.seenByProfessionals ? [category] : [])),
])

/** Of a caller that has the right to list. */
export function listReach(caller: Caller): ChoiceReach {
  return { categories: isProfessional(caller) ? forProfessionals : 'every', actors: 'every' }
}

/** Of a professional that has not: what bears on itself. */
export function ownReach(caller: Caller): ChoiceReach {
  return { categories: forProfessionals, actors: selfIds(caller) }
}

export const representationReach: ChoiceReach = {
  categories: new Set(['representation']),
  actors: 'every',
}

export function reaches(
  reach: ChoiceReach,
  choice: { readonly category: string; readonly actor: string | undefined },
): boolean {
  const { categories, actors } = reach
  if (categories !== 'every' && !categories.has(choice.category)) return false
  return actors === 'every' || (choice.actor !== undefined && actors.includes(choice.actor))
}
