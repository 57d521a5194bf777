/** Requests of the fhir profile, invented; the test sends each to a server and expects it to be taken. */
import type { Bundle, Parameters, Patient } from '@medplum/fhirtypes'

const patient: Patient = {
  resourceType: 'Patient',
  identifier: [{ system: 'https://example.org/patients', value: '42' }],
  name: [{ family: 'Exemple', given: ['Camille'] }],
  gender: 'female',
  birthDate: '1979-03-28',
}

const transaction: Bundle = {
  resourceType: 'Bundle',
  type: 'transaction',
  entry: [
    {
      fullUrl: 'urn:uuid:aaaaaaaa-0000-4000-8000-000000000001',
      resource: patient,
      request: { method: 'POST', url: 'Patient', ifNoneExist: 'identifier=https://example.org/patients|42' },
    },
    {
      resource: {
        resourceType: 'Observation',
        status: 'final',
        code: { coding: [{ system: 'http://loinc.org', code: '29463-7', display: 'Body weight' }] },
        subject: { reference: 'urn:uuid:aaaaaaaa-0000-4000-8000-000000000001' },
        valueQuantity: { value: 71.5, unit: 'kg', system: 'http://unitsofmeasure.org', code: 'kg' },
      },
      request: { method: 'POST', url: 'Observation' },
    },
  ],
}

const fhirPathPatch: Parameters = {
  resourceType: 'Parameters',
  parameter: [
    {
      name: 'operation',
      part: [
        { name: 'type', valueCode: 'replace' },
        { name: 'path', valueString: 'Patient.birthDate' },
        { name: 'value', valueDate: '1979-03-29' },
      ],
    },
  ],
}

const lookup: Parameters = {
  resourceType: 'Parameters',
  parameter: [
    { name: 'system', valueUri: 'http://hl7.org/fhir/administrative-gender' },
    { name: 'code', valueCode: 'female' },
  ],
}

const meta: Parameters = {
  resourceType: 'Parameters',
  parameter: [
    { name: 'meta', valueMeta: { tag: [{ system: 'https://example.org/tags', code: 'checked' }] } },
  ],
}

export const fhirExamples = {
  patient: { summary: 'A Patient', value: patient },
  transaction: { summary: 'A Patient, unless it is there, and a weight', value: transaction },
  jsonPatch: {
    summary: 'JSON Patch',
    value: [{ op: 'replace', path: '/birthDate', value: '1979-03-29' }],
  },
  fhirPathPatch: { summary: 'FHIRPath Patch', value: fhirPathPatch },
  meta: { summary: 'A tag', value: meta },
  lookup: { summary: 'One code', value: lookup },
}
