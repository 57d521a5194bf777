/**
 * When a choice ends by itself. An authorisation, an aidant's access and a service's last a year unless the patient says otherwise
 * (A4; no source gives a duration today). Legal representation of a minor ends with minority at the latest; that of a
 * protected adult has the end that the judge set (code civil 441, 442): it must be said.
 */
import type { PatientChoice } from '../dmp/choices/patient-choice.ts'
import { parseFhirDate } from '../fhir/date.ts'
import { parisTime } from '../fhir/paris-time.ts'
import { defaultAuthorisationMs } from './apply-choice.ts'

/** What is wrong with the end, in the words of the form. */
export type EndFault =
  | 'provision.period.end > now'
  | 'provision.period.end × 1'
  | 'provision.period.end ≤ 18 ans'

/** @returns milliseconds since 1970, not included; undefined for choices that do not end by themselves */
export function choiceEnd(
  choice: PatientChoice,
  birthDate: string,
  now: number,
): { readonly until: number | undefined } | { readonly fault: EndFault } {
  if (choice.category !== 'autorisation' && choice.category !== 'service-tiers' && !('person' in choice))
    return { until: undefined }
  const { until } = choice
  if (until !== undefined && until <= now) return { fault: 'provision.period.end > now' }
  if (choice.category !== 'representation') return { until: until ?? now + defaultAuthorisationMs }
  const majority = majorityOf(birthDate)
  if (majority <= now) return until === undefined ? { fault: 'provision.period.end × 1' } : { until }
  return until !== undefined && until > majority
    ? { fault: 'provision.period.end ≤ 18 ans' }
    : { until: until ?? majority }
}

/** The first instant at which somebody is of age, in France; who was born on 29 February is on 1 March. */
export function majorityOf(birthDate: string): number {
  const [year = '', month = '', day = ''] = birthDate.split('-')
  const of = (date: string): number | undefined =>
    parseFhirDate(`${String(Number(year) + 18).padStart(4, '0')}-${date}`, parisTime)?.start
  const start = of(`${month}-${day}`) ?? (month === '02' ? of('03-01') : undefined)
  if (start === undefined) throw new Error('A record whose date of birth is no day')
  return start
}
