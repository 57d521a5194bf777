/** The operations of messages and appointments, in words. Third-party services have no operations of their own. */
import type { DmpEngine } from '../../src/interactions/dmp/dmp-engine.ts'
import { recordLimits } from '../../src/search/column-capability.ts'
import { dmpSearchParameters } from './dmp-search.ts'
import { body, fhirContent, response, searchset } from './fhir-content.ts'
import type { Node, Words } from './openapi-document.ts'
import { asForm, query } from './parameters.ts'

const tag = 'Neighbours'
const reading = ['If-None-Match', 'If-Modified-Since'] as const
const versioned = ['ETag', 'Last-Modified'] as const
const written = ['Location', ...versioned] as const

const found = (type: string): Words['answers'] => ({
  200: response(`The ${type}`, fhirContent(type), versioned),
  304: 'NotModified',
})
const count = query('_count', 'Entries of a page', {
  type: 'integer',
  minimum: 1,
  maximum: recordLimits.maxCount,
  default: recordLimits.defaultCount,
})
const versions = { 200: response('A Bundle of type history', fhirContent('Bundle')) }
const listed = { 200: response(searchset, fhirContent('Bundle')) }
/** @see https://www.rfc-editor.org/rfc/rfc6902 */
const statusPatch: Node = {
  type: 'array',
  maxItems: 50,
  items: {
    type: 'object',
    required: ['op', 'path'],
    properties: {
      op: { type: 'string', enum: ['replace', 'test'] },
      path: { type: 'string', description: 'A JSON Pointer: `/status`' },
      value: {},
    },
  },
}

export function neighbourOperations(searches: DmpEngine['searches']): Readonly<Record<string, Words>> {
  return {
    'POST /Communication': {
      operationId: 'sendMessage',
      tag,
      summary: 'Write a message about a document',
      description:
        'From the patient to a professional or a structure, or from a professional to the patient. Sent again under the same ' +
        'identifier it is nothing new (200). Who is written to is told, without the text. Right F10, rules M1, M2.',
      parameters: ['Prefer'],
      requestBody: body(fhirContent('Communication')),
      answers: {
        200: response('It was sent before', fhirContent('Communication'), written),
        201: response('Sent', fhirContent('Communication'), written),
      },
      refusals: [404, 409, 413, 415, 422],
    },
    'PATCH /Communication/:id': {
      operationId: 'acknowledgeMessage',
      tag,
      summary: 'Say that a message was read',
      description:
        'By its recipient alone: `status` from `in-progress` to `completed`. The server says when. Nothing else of a message ' +
        'ever changes. Right F10, rule M1.',
      parameters: ['Prefer', 'If-Match'],
      requestBody: body({
        'application/json-patch+json': { schema: statusPatch },
        ...fhirContent('Parameters'),
      }),
      answers: { 200: response('As it is now', fhirContent('Communication'), versioned) },
      refusals: [404, 409, 412, 413, 415, 422],
    },
    'GET /Communication': {
      operationId: 'searchMessages',
      tag,
      summary: 'One’s messages in a record, newest first',
      description:
        'Those that one has written or been written; of a document that is hidden from the reader the reference is left out. ' +
        'Right F10, rule M1.',
      parameters: dmpSearchParameters(searches, 'Communication'),
      answers: listed,
      refusals: [404, 422],
    },
    'POST /Communication/_search': {
      operationId: 'searchMessagesByPost',
      tag,
      summary: 'The same search, with its parameters in a form',
      description: 'Keeps a matricule INS out of URLs. Right F10, rule M1.',
      requestBody: body(asForm(dmpSearchParameters(searches, 'Communication'))),
      answers: listed,
      refusals: [404, 413, 415, 422],
    },
    'GET /Communication/:id': {
      operationId: 'readMessage',
      tag,
      summary: 'A message, for its parties',
      description: 'Right F10, rule M1.',
      parameters: [...reading],
      answers: found('Communication'),
      refusals: [404],
    },
    'GET /Communication/:id/_history/:version': {
      operationId: 'readMessageVersion',
      tag,
      summary: 'A message, in one version',
      description: 'Right F10, rule M1.',
      parameters: [...reading],
      answers: found('Communication'),
      refusals: [404],
    },
    'GET /Communication/:id/_history': {
      operationId: 'messageHistory',
      tag,
      summary: 'The versions of a message, newest first',
      description: 'Right F10, rule M1.',
      parameters: [count],
      answers: versions,
      refusals: [404],
    },
    'POST /Appointment': {
      operationId: 'putInAppointment',
      tag,
      summary: 'Put an appointment in',
      description:
        'By who may feed the record, never by the patient; once under its identifier: again, it changes nothing (200). ' +
        'Right F7, rule R1.',
      parameters: ['Prefer'],
      requestBody: body(fhirContent('Appointment')),
      answers: {
        200: response('It was there already', fhirContent('Appointment'), written),
        201: response('Put in', fhirContent('Appointment'), written),
      },
      refusals: [404, 409, 413, 415, 422],
    },
    'PUT /Appointment/:id': {
      operationId: 'changeAppointment',
      tag,
      summary: 'Change or cancel one’s own appointment',
      description: 'By who has put it in, as long as it is not over. Right F7, rule R1.',
      parameters: ['Prefer', 'If-Match'],
      requestBody: body(fhirContent('Appointment')),
      answers: { 200: response('As it is now', fhirContent('Appointment'), written) },
      refusals: [404, 409, 412, 413, 415, 422],
    },
    'GET /Appointment': {
      operationId: 'searchAppointments',
      tag,
      summary: 'The appointments of a record, the latest first',
      description:
        '`_sort=date` for the next first. Who may not search in the record finds its own. Rights F8, F9, rule R1.',
      parameters: dmpSearchParameters(searches, 'Appointment'),
      answers: listed,
      refusals: [404, 422],
    },
    'POST /Appointment/_search': {
      operationId: 'searchAppointmentsByPost',
      tag,
      summary: 'The same search, with its parameters in a form',
      description: 'Keeps a matricule INS out of URLs. Rights F8, F9, rule R1.',
      requestBody: body(asForm(dmpSearchParameters(searches, 'Appointment'))),
      answers: listed,
      refusals: [404, 413, 415, 422],
    },
    'GET /Appointment/:id': {
      operationId: 'readAppointment',
      tag,
      summary: 'An appointment',
      description: 'Rights F8, F9, rule R1.',
      parameters: [...reading],
      answers: found('Appointment'),
      refusals: [404],
    },
    'GET /Appointment/:id/_history/:version': {
      operationId: 'readAppointmentVersion',
      tag,
      summary: 'An appointment, in one version',
      description: 'Rights F8, F9, rule R1.',
      parameters: [...reading],
      answers: found('Appointment'),
      refusals: [404],
    },
    'GET /Appointment/:id/_history': {
      operationId: 'appointmentHistory',
      tag,
      summary: 'The versions of an appointment, newest first',
      description: 'Rights F8, F9, rule R1.',
      parameters: [count],
      answers: versions,
      refusals: [404],
    },
  }
}
