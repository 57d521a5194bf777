/**
 * A choice of the patient, as a Consent says it. Built so far: `autorisation`, `blocage`, `medecin-traitant`; the other
 * categories are refused until they are applied.
 * @see docs/policy.md A1 to A6; CodeSystem https://dmp-fhir.example/CodeSystem/choix-patient
 */
import type { Consent, ConsentProvisionActor } from '@medplum/fhirtypes'
import { parseFhirDate } from '../fhir/date.ts'
import type { Issue } from '../fhir/issue.ts'
import {
  isPractitionerId,
  isStructureId,
  practitionerSystem,
  structureSystem,
} from './national-identifiers.ts'

export const choiceSystem = 'https://dmp-fhir.example/CodeSystem/choix-patient'
export const choiceCategories = ['autorisation', 'blocage', 'medecin-traitant'] as const
export type ChoiceCategory = (typeof choiceCategories)[number]

export type PatientChoice = {
  readonly category: ChoiceCategory
  /** `ps:…` or `st:…`. */
  readonly actor: `ps:${string}` | `st:${string}`
  /** Milliseconds since 1970, not included; undefined when the Consent does not say. */
  readonly until: number | undefined
}

const provisions = { autorisation: 'permit', blocage: 'deny', 'medecin-traitant': 'permit' } as const

/** @param now milliseconds since 1970: a period that is over chooses nothing */
export function readChoice(consent: Consent, now: number): { choice: PatientChoice } | { issues: Issue[] } {
  const codes = consent.category.flatMap((c) => c.coding ?? []).filter((c) => c.system === choiceSystem)
  const category = choiceCategories.find((known) => known === codes[0]?.code)
  const provision = consent.provision
  const [actor, ...otherActors] = provision?.actor ?? []
  const id = actor && actorId(actor)
  const end = provision?.period?.end === undefined ? undefined : parseFhirDate(provision.period.end)?.end
  const start =
    provision?.period?.start === undefined ? undefined : parseFhirDate(provision.period.start)?.start
  const issues: Issue[] = []
  const demand = (held: boolean, cause: string, element: string): void => {
    if (held) return
    const expression = `Consent.${element}`
    issues.push({
      severity: 'error',
      type: 'business-rule',
      error: 'choix-incorrect',
      params: { cause },
      expression,
    })
  }
  demand(
    codes.length === 1 && category !== undefined,
    `category ∈ {${choiceCategories.join(', ')}}`,
    'category',
  )
  demand(consent.status === 'active', 'status = active', 'status')
  if (category)
    demand(
      provision?.type === provisions[category],
      `provision.type = ${provisions[category]}`,
      'provision.type',
    )
  demand(
    id !== undefined && otherActors.length === 0,
    'provision.actor × 1: IDNPS | IDNST',
    'provision.actor',
  )
  if (category !== 'autorisation' && id)
    demand(id.startsWith('ps:'), 'provision.actor: IDNPS', 'provision.actor')
  demand(end === undefined || end > now, 'provision.period.end > now', 'provision.period')
  demand(start === undefined || start <= now, 'provision.period.start ≤ now', 'provision.period')
  demand((provision?.provision ?? []).length === 0, 'provision.provision × 0', 'provision.provision')
  if (issues.length > 0 || !category || !id) return { issues }
  return { choice: { category, actor: id, until: end } }
}

function actorId({ reference }: ConsentProvisionActor): PatientChoice['actor'] | undefined {
  const { system, value = '' } = reference?.identifier ?? {}
  if (system === practitionerSystem && isPractitionerId(value)) return `ps:${value}`
  if (system === structureSystem && isStructureId(value)) return `st:${value}`
  return undefined
}
