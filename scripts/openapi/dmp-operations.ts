/** The operations of the dmp profile in words. What is in the route table or the search capabilities is not said again. */
import type { DmpEngine } from '../../src/interactions/dmp/dmp-engine.ts'
import { dmpSearchParameters } from './dmp-search.ts'
import { body, fhirContent, named, response, searchset } from './fhir-content.ts'
import type { Node, Words } from './openapi-document.ts'
import { asForm, query } from './parameters.ts'

/** A read of something that has versions. */
const reading = ['If-None-Match', 'If-Modified-Since'] as const
const versioned = ['ETag', 'Last-Modified'] as const
const written = ['Location', 'ETag', 'Last-Modified'] as const

const found = (type: string): Words['answers'] => ({
  200: response(`The ${type}`, fhirContent(type), versioned),
  304: 'NotModified',
})

const identifier: Node = {
  ...query('identifier', 'INS, as `system|matricule`'),
  required: true,
}

export function dmpOperations(searches: DmpEngine['searches']): ReadonlyMap<string, Words> {
  const documents = dmpSearchParameters(searches, 'DocumentReference')
  const patients = dmpSearchParameters(searches, 'Patient')
  const listed = { 200: response(searchset, fhirContent('Bundle')) }
  const table: Readonly<Record<string, Words>> = {
    'POST /': {
      operationId: 'provideDocuments',
      tag: 'Documents',
      summary: 'Send documents with their submission set (ITI-65)',
      description:
        'A transaction of one List (the submission set), its DocumentReferences and their Binaries, all or nothing. ' +
        'Sent twice it stores nothing more and answers 200 for each entry. Right F7.',
      requestBody: body(fhirContent('Bundle', named('submission'))),
      answers: {
        200: response(
          'A Bundle of type transaction-response, in the order of the entries',
          fhirContent('Bundle'),
        ),
      },
      refusals: [404, 409, 413, 415, 422],
    },
    'POST /DocumentReference': {
      operationId: 'publishDocument',
      tag: 'Documents',
      summary: 'Send one document with its bytes (ITI-105)',
      description:
        'The bytes stand in `content.attachment.data`. What the metadata leave out is read in the CDA header, and the ' +
        'server makes the submission set. Right F7.',
      parameters: ['Prefer'],
      requestBody: body(fhirContent('DocumentReference', named('document'))),
      answers: {
        200: response('It was there already: where, and no body', undefined, written),
        201: response('Stored', fhirContent('DocumentReference'), written),
      },
      refusals: [404, 409, 413, 415, 422],
    },
    'GET /DocumentReference': {
      operationId: 'searchDocuments',
      tag: 'Documents',
      summary: 'Search the documents of one record, newest first (ITI-67)',
      description:
        'An unknown parameter is refused, or left out with `Prefer: handling=lenient`. Rights F8, F9.',
      parameters: ['Prefer', ...documents],
      answers: listed,
      refusals: [404, 422],
    },
    'POST /DocumentReference/_search': {
      operationId: 'searchDocumentsByPost',
      tag: 'Documents',
      summary: 'The same search, with its parameters in a form',
      description: 'Keeps a matricule INS out of URLs. Rights F8, F9.',
      parameters: ['Prefer'],
      requestBody: body(asForm(documents)),
      answers: listed,
      refusals: [404, 413, 415, 422],
    },
    'GET /DocumentReference/:id': {
      operationId: 'readDocument',
      tag: 'Documents',
      summary: 'Metadata of a document',
      description: 'Rights F8, F9.',
      parameters: [...reading],
      answers: found('DocumentReference'),
      refusals: [404],
    },
    'GET /DocumentReference/:id/_history/:version': {
      operationId: 'readDocumentVersion',
      tag: 'Documents',
      summary: 'Metadata of a document, in one version',
      description: 'Rights F8, F9.',
      parameters: [...reading],
      answers: found('DocumentReference'),
      refusals: [404],
    },
    'GET /Binary/:id': {
      operationId: 'retrieveDocument',
      tag: 'Documents',
      summary: 'The bytes of a document (ITI-68)',
      description:
        'As they were sent, in their own type, when `Accept` names it or `*/*`; as a Binary resource when it names a ' +
        'format of FHIR. Right F10.',
      parameters: [...reading],
      answers: {
        200: {
          ...response('The bytes, or a Binary', undefined, versioned),
          content: {
            '*/*': { schema: {} },
            'application/fhir+json': { schema: { $ref: '#/components/schemas/Binary' } },
          },
        },
        304: 'NotModified',
      },
      refusals: [404],
    },
    'GET /Patient': {
      operationId: 'findRecord',
      tag: 'Records',
      summary: 'Is there a record for this INS, and what is my standing in it? (TD0.2)',
      description: 'Existence, status and own authorisation; no administrative data. Right F1.',
      parameters: patients.map((parameter) => ({ ...parameter, required: true })),
      answers: listed,
      refusals: [422],
    },
    'POST /Patient/_search': {
      operationId: 'findRecordByPost',
      tag: 'Records',
      summary: 'The same question, with the INS in a form',
      description: 'Keeps a matricule INS out of URLs. Right F1.',
      requestBody: body(asForm(patients)),
      answers: listed,
      refusals: [413, 415, 422],
    },
    'PUT /Patient': {
      operationId: 'openRecordByIdentifier',
      tag: 'Records',
      summary: 'Open a record, or find that it is open: safe to send again',
      description:
        'The same identity again changes nothing. A new matricule for a known identity is added, and the former one ' +
        'keeps leading to the record (rule I2). Right F0.',
      parameters: [identifier],
      requestBody: body(fhirContent('Patient', named('identity'))),
      answers: {
        200: response('It was open: the Patient', fhirContent('Patient'), written),
        201: response('Opened', fhirContent('Patient'), written),
      },
      refusals: [409, 412, 413, 415, 422],
    },
    'POST /Patient/$ouvrir': {
      operationId: 'openRecord',
      tag: 'Records',
      summary: 'Open a record; 409 when there is one',
      description: 'The identity must be a qualified one (rules I1 to I3). Right F0.',
      requestBody: body(fhirContent('Patient', named('identity'))),
      answers: { 201: response('Opened', fhirContent('Patient'), written) },
      refusals: [409, 413, 415, 422],
    },
    'GET /Patient/:id': {
      operationId: 'readPatient',
      tag: 'Records',
      summary: 'Administrative data (TD1.3a)',
      description: 'Right F5.',
      parameters: [...reading],
      answers: found('Patient'),
      refusals: [404],
    },
    'GET /Patient/:id/_history/:version': {
      operationId: 'readPatientVersion',
      tag: 'Records',
      summary: 'Administrative data, in one version',
      description: 'Right F5.',
      parameters: [...reading],
      answers: found('Patient'),
      refusals: [404],
    },
    'GET /List/:id': {
      operationId: 'readSubmissionSet',
      tag: 'Documents',
      summary: 'A submission set',
      description: 'For who may see every document that it names. Right F8.',
      parameters: [...reading],
      answers: found('List'),
      refusals: [404],
    },
    'GET /List/:id/_history/:version': {
      operationId: 'readSubmissionSetVersion',
      tag: 'Documents',
      summary: 'A submission set, in one version',
      description: 'For who may see every document that it names. Right F8.',
      parameters: [...reading],
      answers: found('List'),
      refusals: [404],
    },
    'POST /Consent': {
      operationId: 'choose',
      tag: 'Choices',
      summary: 'A choice of the patient, or one’s own authorisation (TD0.3)',
      description: 'In force for the next request. Right F2, rule A6.',
      parameters: ['Prefer'],
      requestBody: body(fhirContent('Consent', named('authorisation'))),
      answers: { 201: response('In force', fhirContent('Consent'), written) },
      refusals: [404, 409, 413, 415, 422],
    },
    'GET /Consent/:id': {
      operationId: 'readChoice',
      tag: 'Choices',
      summary: 'A choice, read by the patient',
      description: 'Rule A6.',
      parameters: [...reading],
      answers: found('Consent'),
      refusals: [404],
    },
    'GET /Consent/:id/_history/:version': {
      operationId: 'readChoiceVersion',
      tag: 'Choices',
      summary: 'A choice, in one version',
      description: 'Rule A6.',
      parameters: [...reading],
      answers: found('Consent'),
      refusals: [404],
    },
    'GET /AuditEvent': {
      operationId: 'searchTraces',
      tag: 'Traces',
      summary: 'Who saw or changed what in a record, newest first',
      description: 'Rule T4. Reading traces leaves a trace.',
      parameters: dmpSearchParameters(searches, 'AuditEvent'),
      answers: listed,
      refusals: [404],
    },
    'GET /AuditEvent/:id': {
      operationId: 'readTrace',
      tag: 'Traces',
      summary: 'One trace',
      description: 'Rule T4.',
      parameters: [...reading],
      answers: found('AuditEvent'),
      refusals: [404],
    },
  }
  return new Map(Object.entries(table))
}
