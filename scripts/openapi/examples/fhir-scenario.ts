/** The requests that openapi-fhir.yaml shows, in the order in which they are sent to an empty server. All is invented. */
import type { Bundle, Parameters, Patient } from '@medplum/fhirtypes'
import type { Exchange } from './exchange.ts'

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

const parameters = (...all: Parameters['parameter'] & object): Parameters => ({
  resourceType: 'Parameters',
  parameter: all,
})
const fhirPathPatch = parameters({
  name: 'operation',
  part: [
    { name: 'type', valueCode: 'replace' },
    { name: 'path', valueString: 'Patient.birthDate' },
    { name: 'value', valueDate: '1979-03-28' },
  ],
})
const meta = parameters({
  name: 'meta',
  valueMeta: { tag: [{ system: 'https://example.org/tags', code: 'checked' }] },
})
const onPatient = { type: 'Patient', id: '{patient}' }
const JSON_PATCH = 'application/json-patch+json'

const writing: readonly Exchange[] = [
  {
    name: 'transaction',
    operationId: 'bundle',
    summary: 'A Patient, unless it is there, and a weight',
    body: { value: transaction },
    status: 200,
    tells: { patient: /"Patient\/([\w-]+)\//, observation: /"Observation\/([\w-]+)\// },
  },
  {
    name: 'createAgain',
    operationId: 'create',
    summary: 'Unless it is there, which it is',
    path: { type: 'Patient' },
    headers: { 'If-None-Exist': 'identifier=https://example.org/patients|42' },
    body: { value: patient },
    status: 200,
  },
  {
    name: 'createInvalid',
    operationId: 'create',
    summary: 'Without what it must have',
    path: { type: 'Observation' },
    body: { value: { resourceType: 'Observation', code: { text: 'Poids' } } },
    status: 422,
  },
  {
    name: 'read',
    operationId: 'read',
    summary: 'As it is now',
    path: onPatient,
    status: 200,
  },
  {
    name: 'jsonPatch',
    operationId: 'patch',
    summary: 'JSON Patch',
    path: onPatient,
    headers: { 'If-Match': 'W/"1"' },
    body: { type: JSON_PATCH, value: [{ op: 'replace', path: '/birthDate', value: '1979-03-29' }] },
    status: 200,
  },
  {
    name: 'fhirPathPatch',
    operationId: 'patch',
    summary: 'FHIRPath Patch',
    path: onPatient,
    body: { value: fhirPathPatch },
    status: 200,
  },
  {
    name: 'metaAdd',
    operationId: 'metaAdd',
    summary: 'A tag',
    path: onPatient,
    body: { value: meta },
    status: 200,
  },
  {
    name: 'update',
    operationId: 'update',
    summary: 'As another version',
    path: onPatient,
    headers: { 'If-Match': 'W/"4"', Prefer: 'return=minimal' },
    body: { value: { ...patient, id: '{patient}', active: true } },
    status: 200,
  },
  {
    name: 'updateStale',
    operationId: 'update',
    summary: 'It has changed meanwhile',
    path: onPatient,
    headers: { 'If-Match': 'W/"4"' },
    body: { value: { ...patient, id: '{patient}' } },
    status: 412,
  },
]

const finding: readonly Exchange[] = [
  {
    name: 'search',
    operationId: 'search',
    summary: 'With a chain and an include',
    path: { type: 'Observation' },
    query: { 'subject:Patient.family': 'exemple', _include: 'Observation:subject', _count: '5' },
    status: 200,
  },
  {
    name: 'history',
    operationId: 'history',
    summary: 'The latest version',
    path: onPatient,
    query: { _count: '1' },
    status: 200,
  },
  {
    name: 'lookup',
    operationId: 'lookupCodeSystemByPost',
    summary: 'One code',
    body: {
      value: parameters(
        { name: 'system', valueUri: 'http://hl7.org/fhir/administrative-gender' },
        { name: 'code', valueCode: 'female' },
      ),
    },
    status: 200,
  },
  {
    name: 'delete',
    operationId: 'delete',
    summary: 'It is gone',
    path: { type: 'Observation', id: '{observation}' },
    status: 204,
  },
  {
    name: 'readDeleted',
    operationId: 'read',
    summary: 'It was deleted',
    path: { type: 'Observation', id: '{observation}' },
    status: 410,
  },
]

const refused: readonly Exchange[] = [
  {
    name: 'readUnknown',
    operationId: 'read',
    summary: 'There is none',
    path: { type: 'Patient', id: 'unknown' },
    status: 404,
  },
  {
    name: 'searchUnknown',
    operationId: 'search',
    summary: 'A parameter that FHIR does not have',
    path: { type: 'Patient' },
    query: { nom: 'exemple' },
    headers: { 'Accept-Language': 'en' },
    status: 400,
  },
  {
    name: 'searchAsText',
    operationId: 'search',
    summary: 'In a format that is not served',
    path: { type: 'Patient' },
    query: { _format: 'text/plain' },
    status: 406,
  },
  {
    name: 'createText',
    operationId: 'create',
    summary: 'From a format that is not taken',
    path: { type: 'Patient' },
    body: { type: 'text/plain', value: 'Camille' },
    status: 415,
  },
]

export const fhirScenario: readonly Exchange[] = [...writing, ...finding, ...refused]
