/**
 * The metadata of a made-up document, as a hospital's software would send them (PDSm comprehensive). What only the bytes
 * tell, size and hash, and where they lie, is left to who has them.
 * @see ANS PDSm 3.1.1, pdsm-comprehensive-document-reference
 */
import { practitionerSystem, structureSystem } from '../../dmp/identity/national-identifiers.ts'
import type { JsonObject } from '../../fhir/json.ts'
import type { SeededDocument } from './document.ts'
import { codeSystems } from './document-kinds.ts'

const profile =
  'https://interop.esante.gouv.fr/ig/fhir/pdsm/StructureDefinition/pdsm-comprehensive-document-reference'
const archived = 'https://interop.esante.gouv.fr/ig/fhir/pdsm/StructureDefinition/pdsm-ext-is-archived'
const identifierType = 'https://profiles.ihe.net/ITI/MHD/CodeSystem/IHE.MHD.MHDIdentifierType'
const visibility =
  'https://mos.esante.gouv.fr/NOS/TRE_A07-StatutVisibiliteDocument/FHIR/TRE-A07-StatutVisibiliteDocument'
const coded = (system: string, code: string, display?: string): JsonObject => ({
  coding: [{ system, code, ...(display === undefined ? {} : { display }) }],
})

/** @param patient `Patient/[id]` */
export function documentReferenceOf(document: SeededDocument, patient: string): JsonObject {
  const { kind, author, traits, date } = document
  const [typeSystem, type, typeDisplay] = kind.type
  const [formatSystem, format] =
    document.form === 'structured' && kind.structured
      ? kind.structured.format
      : ([codeSystems.iheFormat, 'urn:ihe:iti:xds-sd:pdf:2008'] as const)
  return {
    resourceType: 'DocumentReference',
    meta: { profile: [profile] },
    contained: [
      {
        resourceType: 'PractitionerRole',
        id: 'auteur',
        practitioner: {
          identifier: { system: practitionerSystem, value: author.id },
          display: `${author.given} ${author.family}`,
        },
        organization: { reference: '#structure' },
        specialty: [coded(codeSystems.author, author.kind.code, author.kind.display)],
      },
      {
        resourceType: 'Organization',
        id: 'structure',
        identifier: [{ system: structureSystem, value: author.structure.id }],
        name: author.structure.name,
      },
      {
        resourceType: 'Patient',
        id: 'patient',
        identifier: [{ use: 'official', system: `urn:oid:${document.insOid}`, value: traits.matricule }],
        name: [{ use: 'official', family: traits.family, given: [traits.given[0] ?? ''] }],
        gender: traits.gender,
        birthDate: traits.birthDate,
      },
    ],
    ...(document.archived ? { extension: [{ url: archived, valueBoolean: true }] } : {}),
    masterIdentifier: {
      use: 'usual',
      type: coded(identifierType, 'uniqueId'),
      system: 'urn:ietf:rfc:3986',
      value: `urn:oid:${document.oid}`,
    },
    status: 'current',
    type: coded(typeSystem, type, typeDisplay),
    category: [coded(codeSystems.class, ...kind.class)],
    subject: { reference: patient },
    date,
    author: [{ reference: '#auteur' }],
    authenticator: { reference: '#auteur' },
    custodian: { reference: '#structure' },
    securityLabel: [
      coded('http://terminology.hl7.org/CodeSystem/v3-Confidentiality', 'N', 'normal'),
      ...(document.masked ? [coded(visibility, 'MASQUE_PS', 'Masqué aux professionnels de santé')] : []),
    ],
    content: [
      {
        attachment: {
          contentType: document.form === 'pdf' ? 'application/pdf' : 'text/xml',
          language: 'fr-FR',
          title: document.title,
          creation: date,
        },
        format: { system: formatSystem, code: format },
      },
    ],
    context: {
      period: { start: date, end: date },
      facilityType: coded(codeSystems.facility, ...kind.facility),
      practiceSetting: coded(codeSystems.setting, ...kind.setting),
      sourcePatientInfo: { reference: '#patient' },
    },
  }
}
