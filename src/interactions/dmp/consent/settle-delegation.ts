/**
 * Who acts for the holder: the rows that rule P2 reads, written with their Consent. An aidant helps at most five persons,
 * and a person has at most three aidants, however many requests arrive at once: the record is locked, and so is the
 * aidant's name, which no two records share a lock for otherwise.
 * @see docs/policy.md P2
 */
import type { PatientChoice } from '../../../dmp/choices/patient-choice.ts'
import { refusal } from '../../../fhir/fhir-error.ts'
import type { Uuid } from '../../../fhir/id.ts'
import type { Runner } from '../../../storage/database.ts'
import {
  countRepresentations,
  removeRepresentation,
  writeRepresentation,
} from '../../../storage/records/representation.ts'
import type { ChoiceRequest } from './choice-request.ts'

/** Aidants of a person, and persons of an aidant. */
export const delegationLimits = { aidants: 3, persons: 5 } as const

/** What is to be locked before the record; an end frees a place and needs none. */
export function delegationNames({ choice, ending }: ChoiceRequest): string[] {
  if (choice.category !== 'aidant' || ending) return []
  return [`aidant ${choice.person.system}|${choice.person.value}`]
}

/** @throws FhirError 409 when the person is something else here already, or a limit is reached */
export async function refuseDelegation(
  transaction: Runner,
  patientKey: Uuid,
  choice: PatientChoice,
  now: number,
): Promise<void> {
  if (!('person' in choice)) return
  const { kind, otherAidants, otherPersons } = await countRepresentations(
    transaction,
    patientKey,
    choice.person,
    now,
  )
  if (kind !== '' && kind !== kindOf(choice.category))
    throw refusal('conflict', 'deja-representant', { rule: 'P2' })
  if (choice.category !== 'aidant') return
  const { aidants, persons } = delegationLimits
  if (otherAidants >= aidants)
    throw refusal('conflict', 'aidants-trop-nombreux', { rule: 'P2', params: { limit: aidants } })
  if (otherPersons >= persons)
    throw refusal('conflict', 'aidant-de-trop-de-personnes', { rule: 'P2', params: { limit: persons } })
}

export async function settleDelegation(
  transaction: Runner,
  { patientKey, choice, ending, until }: ChoiceRequest,
  consentId: Uuid,
): Promise<void> {
  if (!('person' in choice)) return
  if (ending) {
    await removeRepresentation(transaction, patientKey, consentId)
    return
  }
  if (until === undefined) throw new Error('A delegation without an end was let through')
  const { person, category } = choice
  await writeRepresentation(transaction, { patientKey, person, kind: kindOf(category), until, consentId })
}

function kindOf(category: 'representation' | 'aidant'): 'REPRESENTANT_LEGAL' | 'AIDANT' {
  return category === 'aidant' ? 'AIDANT' : 'REPRESENTANT_LEGAL'
}
