/**
 * `_profile`: the form in which traces are wanted. It chooses no traces but for decisions, of which not every trace tells.
 * @see docs/audit-forms.md; src/audit/forms/
 */
import { formOfProfile, knownForms, type TraceForm } from '../../../audit/forms/form-of-profile.ts'
import { openingCategory } from '../../../dmp/choices/patient-choice.ts'
import { FhirError } from '../../../fhir/fhir-error.ts'
import type { Uuid } from '../../../fhir/id.ts'
import { tokenActors } from '../../../policy/caller.ts'
import { badValue } from '../../../search/search-faults.ts'
import type { Runner } from '../../../storage/database.ts'
import { findChoices } from '../../../storage/records/choices.ts'
import { every, none, type TraceCondition } from '../../../storage/traces/trace-condition.ts'
import type { Pairs } from '../../query.ts'

export type FormAsked = {
  readonly form: TraceForm
  /** As it was asked for, for the links of the answer. */
  readonly asked: Pairs
  /** The other parameters. */
  readonly rest: Pairs
}

/** @throws FhirError 400 for another profile than those known, or two of them */
export function formAsked(pairs: Pairs): FormAsked {
  const asked = pairs.filter(([name]) => name === '_profile')
  const rest = pairs.filter(([name]) => name !== '_profile')
  const [first, ...others] = asked
  if (!first) return { form: 'balp', asked, rest }
  const form = others.length > 0 ? undefined : formOfProfile(first[1])
  if (!form) throw new FhirError('invalid', [badValue('_profile', `1 × ${knownForms.join(' | ')}`)])
  return { form, asked, rest }
}

/** The own id of the Consent that a decision rests on, asked for where decisions are. */
export async function openingOf(db: Runner, patientKey: Uuid, form: TraceForm): Promise<Uuid | undefined> {
  if (form !== 'decision') return undefined
  return (await findChoices(db, patientKey, [openingCategory])).get(openingCategory)?.id
}

/** The traces that hold what the form claims. @param consent see `openingOf` */
export function ofForm(form: TraceForm, consent: Uuid | undefined): TraceCondition {
  if (form !== 'decision') return every
  if (consent === undefined) return none
  return {
    kind: 'all',
    of: [
      { kind: 'decided' },
      { kind: 'coded', columns: ['actor', 'network'], rows: tokenActors.map((actor) => [actor, 'asked']) },
      { kind: 'not', of: { kind: 'text', column: 'organization', value: '' } },
    ],
  }
}
