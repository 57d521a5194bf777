/** The operations by which records and patients are found, in words. */
import { body, fhirContent, response, searchset } from './fhir-content.ts'
import type { Node, Words } from './openapi-document.ts'
import { asForm, cursor, query } from './parameters.ts'

const whole = (maximum: number, initial: number): Node => ({
  type: 'integer',
  minimum: 1,
  maximum,
  default: initial,
})
const listed = { 200: response(searchset, fhirContent('Bundle')) }

/** @param patients the search parameters of Patient */
export function findingOperations(patients: readonly Node[]): Readonly<Record<string, Words>> {
  return {
    'GET /Patient': {
      operationId: 'findRecord',
      tag: 'Records',
      summary: 'Is there a record for this INS, and what is my standing in it? (TD0.2)',
      description:
        'Existence, status, how it was closed, own authorisation, whether one is the médecin traitant and whether ' +
        'emergency access is open to one; no administrative data. Right F1.',
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
    'GET /Patient/$dossiers': {
      operationId: 'listRecords',
      tag: 'Records',
      summary: 'The records that authorise me, newest first (TD0.4)',
      description:
        'A professional’s own; for who acts in the name of a structure, the structure’s. Open records in which the ' +
        'caller has a standing now, each as INS, name, date of birth and sex. Right F3.',
      parameters: [
        query('_since', 'Standings that began then or later: a date or an instant'),
        query('_count', 'Records of a page', whole(100, 20)),
        cursor,
      ],
      answers: listed,
    },
    'POST /Patient/$match': {
      operationId: 'matchPatient',
      tag: 'Records',
      summary: 'Find a patient by traits, without INS (TD0.5, ITI-119)',
      description:
        'In mode `centre_15` alone, by the medical dispatch. Family name at birth, date of birth and sex are demanded, ' +
        'given names weigh. Each match has a score and a grade; the INS is told of one who is certain. Every record ' +
        'that is told of keeps a trace. Rights F4, A9.',
      requestBody: body(fhirContent('Parameters')),
      answers: {
        200: response('A Bundle of type searchset, best match first', fhirContent('Bundle')),
      },
      refusals: [413, 415, 422],
    },
    'GET /Patient/:id/$synthese': {
      operationId: 'summarise',
      tag: 'Documents',
      summary: 'The latest synthesis and what other structured documents say, line by line with its source',
      description:
        'A document Bundle in the shape of the International Patient Summary, made of what the caller may read; nothing ' +
        'is inferred or merged, and what could not be read is listed. Right F10.',
      answers: { 200: response('A Bundle of type document', fhirContent('Bundle')) },
      refusals: [404],
    },
    'GET /Patient/:id/$acces': {
      operationId: 'summariseAccesses',
      tag: 'Traces',
      summary: 'Who may see this record, and who came',
      description:
        'For the holder, the médecin traitant and the auditor; another professional is told of its own accesses. ' +
        'Right T4.',
      parameters: [
        query('_since', 'Accesses since then: a date or an instant; one year ago unless said'),
        query('_count', 'Persons of a page', whole(200, 50)),
        cursor,
      ],
      answers: {
        200: response(
          '`habilite`, `bloque`, `acces`; `suite` leads to the next page',
          fhirContent('Parameters'),
        ),
      },
      refusals: [404],
    },
  }
}
