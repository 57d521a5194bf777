/**
 * Whom a Consent names in `provision.actor`: a professional or a structure by its national id, a person by the INS of a
 * RelatedPerson, contained or named by identifier, or a service by its client_id.
 */
import type { Consent, Identifier, Reference } from '@medplum/fhirtypes'
import { clientSystem } from '../client-system.ts'
import { type Ins, parseIns } from '../identity/ins.ts'
import {
  isPractitionerId,
  isStructureId,
  practitionerSystem,
  structureSystem,
} from '../identity/national-identifiers.ts'
import type { ProfessionalActor, StructureActor } from './patient-choice.ts'

export function professionalActor({
  identifier,
}: Pick<Reference, 'identifier'>): ProfessionalActor | StructureActor | undefined {
  const { system, value = '' } = identifier ?? {}
  if (system === practitionerSystem && isPractitionerId(value)) return `ps:${value}`
  if (system === structureSystem && isStructureId(value)) return `st:${value}`
  return undefined
}

/** As AuditEvent names software: a Device, by its client_id. */
export function serviceActor({ identifier }: Pick<Reference, 'identifier'>): string | undefined {
  const { system, value } = identifier ?? {}
  return system === clientSystem && value && value.length <= MAX_CLIENT ? value : undefined
}

/** Of a `client_id` in a token. */
const MAX_CLIENT = 256

/** @param allowTestIns whether matricules of test and demonstration are admitted */
export function personActor(
  reference: Reference,
  contained: Consent['contained'],
  allowTestIns: boolean,
): Ins | undefined {
  const inside = reference.reference?.startsWith('#')
    ? contained?.find(({ id }) => id === reference.reference?.slice(1))
    : undefined
  if (inside && inside.resourceType !== 'RelatedPerson') return undefined
  const identifiers: readonly Identifier[] = [
    ...(reference.identifier ? [reference.identifier] : []),
    ...(inside?.identifier ?? []),
  ]
  const [first, ...others] = identifiers.map(({ system = '', value = '' }) =>
    parseIns(system, value, allowTestIns),
  )
  // Two INS would be two persons, or one under two numbers: which of them acts would be a guess.
  return others.length === 0 ? first : undefined
}
