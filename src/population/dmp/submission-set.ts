/** The List with which made-up documents of one structure come (PDSm SubmissionSet comprehensive). */

import { submissionSetExtensions } from '../../dmp/documents/submission-set.ts'
import { practitionerSystem, structureOid, structureSystem } from '../../dmp/identity/national-identifiers.ts'
import type { JsonObject } from '../../fhir/json.ts'
import type { SeededDocument } from './document.ts'
import { codeSystems } from './document-kinds.ts'

const authorOrg = 'https://profiles.ihe.net/ITI/MHD/StructureDefinition/ihe-authorOrg'
const profile =
  'https://interop.esante.gouv.fr/ig/fhir/pdsm/StructureDefinition/pdsm-submissionset-comprehensive'

/** @param first of the documents @param patient `Patient/[id]` @param items `DocumentReference/[id]` of each */
export function submissionSetOf(
  first: SeededDocument,
  patient: string,
  items: readonly string[],
): JsonObject {
  const { author, date, oid } = first
  return {
    resourceType: 'List',
    meta: { profile: [profile] },
    contained: [
      {
        resourceType: 'PractitionerRole',
        id: 'auteur',
        practitioner: { identifier: { system: practitionerSystem, value: author.id } },
      },
      {
        resourceType: 'Organization',
        id: 'structure',
        identifier: [{ system: structureSystem, value: author.structure.id }],
        name: author.structure.name,
      },
    ],
    extension: [
      {
        url: submissionSetExtensions.designationType,
        valueCodeableConcept: {
          coding: [activityOf(first)],
        },
      },
      {
        url: submissionSetExtensions.sourceId,
        valueIdentifier: { system: 'urn:ietf:rfc:3986', value: `urn:oid:${structureOid}` },
      },
    ],
    identifier: [{ use: 'usual', system: 'urn:ietf:rfc:3986', value: `urn:oid:${oid}.9` }],
    status: 'current',
    mode: 'working',
    code: {
      coding: [{ system: 'https://profiles.ihe.net/ITI/MHD/CodeSystem/MHDlistTypes', code: 'submissionset' }],
    },
    subject: { reference: patient },
    date,
    source: {
      reference: '#auteur',
      extension: [{ url: authorOrg, valueReference: { reference: '#structure' } }],
    },
    entry: items.map((reference) => ({ item: { reference } })),
  }
}

/** JDV_J59: the sector of an office, the kind of stay in a hospital. */
function activityOf({ kind }: SeededDocument): JsonObject {
  const [code, display] = kind.facility
  return code === 'SA01'
    ? { system: codeSystems.activity, code: '03', display: 'Hospitalisation complète' }
    : { system: codeSystems.facility, code, display }
}
