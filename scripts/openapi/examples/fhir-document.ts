/** A FHIR document of the scenario: a Composition, its patient and its author, invented. */
import type { Bundle, Narrative } from '@medplum/fhirtypes'
import { authorId, patientIns } from './callers.ts'
import { IDNPS } from './deposits.ts'

const urn = (n: number): string => `urn:uuid:aaaaaaaa-0000-4000-8000-00000000001${n}`
const date = '2026-09-19T09:00:00+02:00'
const text: Narrative = {
  status: 'generated',
  div: '<div xmlns="http://www.w3.org/1999/xhtml">Retour à domicile, traitement inchangé.</div>',
}

export const fhirDocument: Bundle = {
  resourceType: 'Bundle',
  identifier: { system: 'urn:ietf:rfc:3986', value: 'urn:oid:1.2.250.1.999.1.5' },
  type: 'document',
  timestamp: date,
  entry: [
    {
      fullUrl: urn(0),
      resource: {
        resourceType: 'Composition',
        text,
        status: 'final',
        type: { coding: [{ system: 'http://loinc.org', code: '11490-0' }] },
        subject: { reference: urn(1) },
        date,
        author: [{ reference: urn(2) }],
        title: 'Lettre de liaison',
        section: [{ title: 'Synthèse', text }],
      },
    },
    {
      fullUrl: urn(1),
      resource: {
        resourceType: 'Patient',
        identifier: [{ use: 'official', ...patientIns }],
        name: [{ use: 'official', family: 'EXEMPLE', given: ['CAMILLE'] }],
        gender: 'female',
        birthDate: '1979-03-28',
      },
    },
    {
      fullUrl: urn(2),
      resource: {
        resourceType: 'Practitioner',
        identifier: [{ system: IDNPS, value: authorId }],
        name: [{ family: 'MEDECIN', given: ['ANNE'] }],
      },
    },
  ],
}
