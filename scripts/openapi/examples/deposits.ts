/**
 * What is sent in the scenario of the dmp profile to open a record and to feed it, invented from end to end.
 * @see docs/api.md; https://interop.esante.gouv.fr/ig/fhir/pdsm
 */
import { createHash } from 'node:crypto'
import type { Bundle, DocumentReference, Patient, PractitionerRole } from '@medplum/fhirtypes'
import { qualifiedPatient } from '../../../src/console/browser/sandbox/qualified-patient.ts'
import { authorId, hospitalId, patientIns } from './callers.ts'

export const IDNPS = 'urn:oid:1.2.250.1.71.4.2.1'
export const IDNST = 'urn:oid:1.2.250.1.71.4.2.2'
const mhd = 'https://profiles.ihe.net/ITI/MHD'
const nos = (table: string): string =>
  `https://mos.esante.gouv.fr/NOS/${table}/FHIR/${table.replaceAll('_', '-')}`
const subject = { reference: `Patient?identifier=${patientIns.system}|${patientIns.value}` }
const when = '2026-09-18T10:30:00+02:00'
const author: PractitionerRole = {
  resourceType: 'PractitionerRole',
  id: 'auteur',
  practitioner: { type: 'Practitioner', identifier: { system: IDNPS, value: authorId } },
}
const source: Patient = { resourceType: 'Patient', id: 'patient', identifier: [patientIns] }

/** A letter with as much of a header as the server reads metadata from. */
export function letter(id: string): Buffer {
  return Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>
<ClinicalDocument xmlns="urn:hl7-org:v3">
<realmCode code="FR"/><typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/>
<templateId root="2.16.840.1.113883.2.8.2.1"/><templateId root="1.2.250.1.213.1.1.1.1"/>
<templateId root="1.2.250.1.213.1.1.1.29"/>
<id root="${id}"/><code code="11490-0" codeSystem="2.16.840.1.113883.6.1"/><title>Lettre de liaison</title>
<effectiveTime value="20260918103000+0200"/><confidentialityCode code="N" codeSystem="2.16.840.1.113883.5.25"/>
<languageCode code="fr-FR"/><setId root="${id}.1"/><versionNumber value="1"/>
<recordTarget><patientRole><id root="1.2.250.1.213.1.4.10" extension="${patientIns.value}"/><patient>
<name><family qualifier="BR">EXEMPLE</family><given qualifier="BR">CAMILLE</given><given>CAMILLE</given></name>
<administrativeGenderCode code="F" codeSystem="2.16.840.1.113883.5.1"/><birthTime value="19790328"/><birthplace><place><addr><county>51215</county></addr></place></birthplace>
</patient></patientRole></recordTarget>
<author><time value="20260918103000+0200"/><assignedAuthor><id root="1.2.250.1.71.4.2.1" extension="${authorId}"/>
<representedOrganization><id root="1.2.250.1.71.4.2.2" extension="${hospitalId}"/></representedOrganization>
</assignedAuthor></author>
<custodian><assignedCustodian><representedCustodianOrganization><id root="1.2.250.1.71.4.2.2" extension="${hospitalId}"/></representedCustodianOrganization></assignedCustodian></custodian>
<legalAuthenticator><time value="20260918103000+0200"/><signatureCode code="S"/><assignedEntity>
<id root="1.2.250.1.71.4.2.1" extension="${authorId}"/></assignedEntity></legalAuthenticator>
<documentationOf><serviceEvent>
<effectiveTime><low value="20260915080000+0200"/><high value="20260918103000+0200"/></effectiveTime>
<performer typeCode="PRF"><assignedEntity><id root="1.2.250.1.71.4.2.1" extension="${authorId}"/></assignedEntity></performer>
</serviceEvent></documentationOf>
<componentOf><encompassingEncounter><effectiveTime><low value="20260915080000+0200"/></effectiveTime>
<location><healthCareFacility><code code="SA01" codeSystem="1.2.250.1.71.4.2.4"/></healthCareFacility></location></encompassingEncounter></componentOf>
<component><structuredBody/></component></ClinicalDocument>
`)
}

export const identity: Patient = qualifiedPatient({
  ins: patientIns,
  family: 'EXEMPLE',
  given: 'CAMILLE',
  birthNames: 'CAMILLE',
  gender: 'female',
  birthDate: '1979-03-28',
  birthPlace: '51215',
})

export const published: DocumentReference = {
  resourceType: 'DocumentReference',
  contained: [author],
  masterIdentifier: { use: 'usual', system: 'urn:ietf:rfc:3986', value: 'urn:oid:1.2.250.1.999.1.1' },
  status: 'current',
  subject,
  author: [{ reference: '#auteur' }],
  content: [
    {
      attachment: {
        contentType: 'text/xml',
        data: letter('1.2.250.1.999.1.1').toString('base64'),
        title: 'Lettre de liaison',
      },
    },
  ],
}

const set = 'urn:uuid:aaaaaaaa-0000-4000-8000-000000000001'
const document = 'urn:uuid:aaaaaaaa-0000-4000-8000-000000000002'
const binary = 'urn:uuid:aaaaaaaa-0000-4000-8000-000000000003'
const cda = letter('1.2.250.1.999.1.2')

export const submission: Bundle = {
  resourceType: 'Bundle',
  type: 'transaction',
  entry: [
    {
      fullUrl: set,
      resource: {
        resourceType: 'List',
        contained: [author],
        extension: [
          {
            url: `${mhd}/StructureDefinition/ihe-designationType`,
            valueCodeableConcept: { coding: [{ system: nos('TRE_R209-TypeActivite'), code: '03' }] },
          },
          {
            url: `${mhd}/StructureDefinition/ihe-sourceId`,
            valueIdentifier: { system: 'urn:ietf:rfc:3986', value: 'urn:oid:1.2.250.1.999.1' },
          },
        ],
        identifier: [{ use: 'usual', system: 'urn:ietf:rfc:3986', value: 'urn:oid:1.2.250.1.999.1.3' }],
        status: 'current',
        mode: 'working',
        code: { coding: [{ system: `${mhd}/CodeSystem/MHDlistTypes`, code: 'submissionset' }] },
        subject,
        date: when,
        source: { reference: '#auteur' },
        entry: [{ item: { reference: document } }],
      },
      request: { method: 'POST', url: 'List' },
    },
    {
      fullUrl: document,
      resource: {
        resourceType: 'DocumentReference',
        contained: [author, source],
        masterIdentifier: { use: 'usual', system: 'urn:ietf:rfc:3986', value: 'urn:oid:1.2.250.1.999.1.2' },
        status: 'current',
        type: { coding: [{ system: 'http://loinc.org', code: '11490-0' }] },
        category: [{ coding: [{ system: nos('TRE_A03-ClasseDocument'), code: '10' }] }],
        subject,
        date: when,
        author: [{ reference: '#auteur' }],
        authenticator: { reference: '#auteur' },
        custodian: { type: 'Organization', identifier: { system: IDNST, value: hospitalId } },
        securityLabel: [
          { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality', code: 'N' }] },
        ],
        content: [
          {
            attachment: {
              contentType: 'text/xml',
              language: 'fr-FR',
              url: binary,
              size: cda.length,
              hash: createHash('sha1').update(cda).digest('base64'),
              title: 'Lettre de liaison',
              creation: when,
            },
            format: { system: nos('TRE_A06-FormatCodeComplementaire'), code: 'urn:asip:ci-sis:ldl-ses:2017' },
          },
        ],
        context: {
          period: { start: '2026-09-15T08:00:00+02:00', end: when },
          facilityType: { coding: [{ system: nos('TRE_R02-SecteurActivite'), code: 'SA01' }] },
          practiceSetting: { coding: [{ system: nos('TRE_A01-CadreExercice'), code: 'ETABLISSEMENT' }] },
          sourcePatientInfo: { reference: '#patient' },
        },
      },
      request: { method: 'POST', url: 'DocumentReference' },
    },
    {
      fullUrl: binary,
      resource: { resourceType: 'Binary', contentType: 'text/xml', data: cda.toString('base64') },
      request: { method: 'POST', url: 'Binary' },
    },
  ],
}
