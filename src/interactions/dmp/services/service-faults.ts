/**
 * What is wrong with a Consent for a third-party service beyond its form: a service that the operator has not registered, a
 * purpose for which it is not, a code that is neither a type nor a class of documents.
 * @see docs/policy.md S1
 */

import type { PatientChoice } from '../../../dmp/choices/patient-choice.ts'
import { incorrect } from '../../../dmp/choices/read-choice.ts'
import type { DocumentTypes } from '../../../dmp/codes/document-types.ts'
import type { Issue } from '../../../fhir/issue.ts'
import type { DmpEngine } from '../dmp-engine.ts'

export function serviceFaults(
  { services, terminology }: Pick<DmpEngine, 'services' | 'terminology'>,
  choice: PatientChoice,
): Issue[] {
  if (choice.category !== 'service-tiers') return []
  const service = services.all.find(({ client }) => client === choice.service)
  if (!service) {
    const registered = services.all.map(({ client }) => client).join(', ')
    return [incorrect(`provision.actor ∈ {${registered}}`, 'provision.actor')]
  }
  const issues: Issue[] = []
  if (!choice.purposes.every((purpose) => service.purposes.includes(purpose)))
    issues.push(incorrect(`provision.purpose ⊆ {${service.purposes.join(', ')}}`, 'provision.purpose'))
  if (!choice.codes.every((code) => typesOfCode(code, terminology.documentTypes).length > 0))
    issues.push(incorrect('provision.code ∈ JDV_J66 ∪ ASS_X16', 'provision.code'))
  return issues
}

/** `system|code` of the types that a code names: itself, or those of the class that it is (ASS_X16). */
export function typesOfCode(code: string, { all }: DocumentTypes): readonly string[] {
  const key = (coding: { readonly system: string; readonly code: string }): string =>
    `${coding.system}|${coding.code}`
  return all.filter((type) => key(type) === code || key(type.class) === code).map(key)
}
