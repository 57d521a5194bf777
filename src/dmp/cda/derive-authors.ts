/**
 * The authors of a CDA document as contained resources of its metadata: a professional as a PractitionerRole with the person
 * and the structure, the patient as a Patient.
 * @see CI-SIS map of the CDA header to XDS metadata (authorPerson, authorRole, authorSpecialty, authorInstitution); PDSm
 * Comprehensive DocumentReference.author
 */
import type {
  CodeableConcept,
  Identifier,
  Organization,
  Practitioner,
  PractitionerRole,
  Reference,
} from '@medplum/fhirtypes'
import type { Contained } from '../documents/contained.ts'
import { insKind } from '../identity/ins.ts'
import { practitionerOid, structureOid } from '../identity/national-identifiers.ts'
import type { CdaActor, CdaCode, CdaHeader, CdaId } from './cda-header.ts'
import { cdaUniqueId } from './cda-header.ts'

type Concept = (code: CdaCode) => CodeableConcept

/** @param patient what the header says of the patient, to be contained once */
export function authorsOfCda(
  header: CdaHeader,
  contained: Contained,
  concept: Concept,
  patient: () => Reference,
): Reference[] {
  return header.authors.flatMap((actor): Reference[] => {
    const isPatient = actor.ids.some(
      ({ root, extension }) =>
        insKind(root) !== undefined && header.patient.ins.some(({ value }) => value === extension),
    )
    if (isPatient) return [patient()]
    const role = roleOf(actor, contained, concept, 'author')
    return role ? [role] : []
  })
}

/**
 * @param id for the contained resources
 * @returns undefined for whom no national identifier names: a device, somebody by name alone
 */
export function roleOf(
  actor: CdaActor,
  contained: Contained,
  concept: Concept,
  id: string,
): Reference | undefined {
  const persons = actor.ids.filter(
    ({ root, extension }) => root === practitionerOid && extension !== undefined,
  )
  const structures = actor.organisations.filter(
    ({ root, extension }) => root === structureOid && extension !== undefined,
  )
  if (persons.length === 0 && structures.length === 0) return undefined
  const role: PractitionerRole = { resourceType: 'PractitionerRole' }
  if (persons.length > 0)
    role.practitioner = contained.add(`${id}-practitioner`, practitionerOf(actor, persons))
  if (structures.length > 0)
    role.organization = contained.add(`${id}-organization`, organisationOf(actor, structures))
  if (actor.functionCode) role.code = [concept(actor.functionCode)]
  if (actor.code) role.specialty = [concept(actor.code)]
  return contained.add(id, role)
}

function practitionerOf({ name }: CdaActor, ids: readonly CdaId[]): Practitioner {
  const given = name?.given ?? []
  const named = {
    ...(name?.family === undefined ? {} : { family: name.family }),
    ...(given.length > 0 ? { given: [...given] } : {}),
  }
  return {
    resourceType: 'Practitioner',
    identifier: ids.map(identifierOf),
    ...(Object.keys(named).length > 0 ? { name: [named] } : {}),
  }
}

function organisationOf({ organisationName }: CdaActor, ids: readonly CdaId[]): Organization {
  return {
    resourceType: 'Organization',
    identifier: ids.map(identifierOf),
    ...(organisationName === undefined ? {} : { name: organisationName }),
  }
}

export function identifierOf({ root, extension }: CdaId): Identifier {
  return extension === undefined
    ? { system: 'urn:ietf:rfc:3986', value: cdaUniqueId({ root }) }
    : { system: `urn:oid:${root}`, value: extension }
}
