/**
 * Whether a Patient that comes with a document is the one of the record: by every INS it carries, and by its traits. It is
 * compared, never stored: what a record says of its holder does not change by a deposit.
 * @see docs/policy.md I2, I3
 */
import type { Patient } from '@medplum/fhirtypes'
import { compareTraits, identityTraits, saidTraits } from '../../../dmp/identity/identity-traits.ts'
import { type Ins, insKind } from '../../../dmp/identity/ins.ts'
import type { Issue } from '../../../fhir/issue.ts'
import type { Subject } from '../../../storage/records/find-subject.ts'

/** @param expression where the Patient stands */
export function patientFaults(patient: Patient, subject: Subject, expression: string): Issue[] {
  const sent = identityTraits(patient)
  const differing: string[] = [
    ...new Set(saidTraits(patient).flatMap((said) => compareTraits(said, subject.traits))),
  ]
  if (![...sent.ins, ...sent.formerIns].every((ins) => isOfRecord(ins, subject)))
    differing.unshift('identifier')
  return differing.length === 0 ? [] : [traitFault(differing, expression)]
}

export function traitFault(traits: readonly string[], expression: string): Issue {
  return {
    severity: 'error',
    type: 'business-rule',
    error: 'traits-divergents',
    params: { traits: traits.join(', ') },
    expression,
    rule: 'I3',
  }
}

export function isOfRecord(ins: Ins, { ins: known }: Pick<Subject, 'ins'>): boolean {
  return known.some(({ system, value }) => value === ins.value && insKind(system) === insKind(ins.system))
}
