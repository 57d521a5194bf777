/**
 * Whether a choice says again what its Consent says already: adding twice is a success that changes nothing (rule A5).
 */
import type { Consent } from '@medplum/fhirtypes'
import type { PatientChoice, ServiceChoice } from '../../../dmp/choices/patient-choice.ts'
import { readChoice } from '../../../dmp/choices/read-choice.ts'
import type { JsonObject } from '../../../fhir/json.ts'
import type { ChoiceRequest } from './choice-request.ts'

export type KnownChoice = { readonly choice: PatientChoice; readonly active: boolean }

/** @param body of a Consent that this server took, whatever it would take today */
export function knownChoice(body: JsonObject): KnownChoice {
  const consent = body as unknown as Consent
  const read = readChoice(consent, true)
  if ('issues' in read) throw new Error('A stored Consent that says no choice')
  return { choice: read.choice, active: consent.status === 'active' }
}

/** @param known of the same key as the request @param now milliseconds since 1970 */
export function isSameChoice(
  { choice: known, active }: KnownChoice,
  { choice, ending }: Pick<ChoiceRequest, 'choice' | 'ending'>,
  now: number,
): boolean {
  if (ending) return !active
  if (!active) return false
  if ('permit' in choice) return 'permit' in known && known.permit === choice.permit
  if ('service' in choice && !('service' in known && samePermission(known, choice))) return false
  const until = endOf(choice)
  const end = endOf(known)
  if (end === undefined) return until === undefined
  return end > now && (until === undefined || until === end)
}

function samePermission(one: ServiceChoice, other: ServiceChoice): boolean {
  // Both are in order, each code once: read-choice.ts.
  const said = ({ purposes, codes }: ServiceChoice): string => JSON.stringify([purposes, codes])
  return said(one) === said(other)
}

export function endOf(choice: PatientChoice): number | undefined {
  return 'until' in choice ? choice.until : undefined
}
