/** Documents of the scenario: sent, found, fetched, verified, changed, followed. @see docs/api.md "Lots" to "$verify" */
import { visibilitySystem } from '../../../src/dmp/documents/security-labels.ts'
import { authorId, patientIns } from './callers.ts'
import { IDNPS, letter, published, submission } from './deposits.ts'
import type { Exchange } from './exchange.ts'
import { fhirDocument } from './fhir-document.ts'

const insToken = `${patientIns.system}|${patientIns.value}`
const byIns = { 'patient.identifier': insToken }

const wrongHash = JSON.parse(
  JSON.stringify(submission).replace(/"hash":"[^"]+"/, '"hash":"AAAAAAAAAAAAAAAAAAAAAAAAAAA="'),
)

export const depositing: readonly Exchange[] = [
  {
    name: 'provide',
    operationId: 'provideDocuments',
    summary: 'One CDA with its submission set',
    as: 'hospital',
    body: { value: submission },
    status: 200,
    tells: {
      set: /"List\/([\w.]+)\/_history/,
      letter: /"DocumentReference\/([\w.]+)\/_history/,
      letterBytes: /"Binary\/([\w.]+)/,
    },
  },
  {
    name: 'provideAgain',
    operationId: 'provideDocuments',
    summary: 'Sent again: nothing more is stored',
    as: 'hospital',
    body: { value: submission },
    status: 200,
  },
  {
    name: 'provideOther',
    operationId: 'provideDocuments',
    summary: 'The bytes are not those that the metadata announce',
    as: 'hospital',
    body: { value: wrongHash },
    status: 422,
  },
  {
    name: 'publish',
    operationId: 'publishDocument',
    summary: 'As little as may be said: the rest is read in the CDA header',
    as: 'hospital',
    body: { value: published },
    status: 201,
    tells: { document: /DocumentReference\/([\w.]+)\/_history/ },
  },
  {
    name: 'publishAgain',
    operationId: 'publishDocument',
    summary: 'Sent again: where it is',
    as: 'hospital',
    headers: { Prefer: 'return=minimal' },
    body: { value: published },
    status: 200,
  },
  {
    name: 'publishXml',
    operationId: 'publishDocument',
    summary: 'A body that is not what it says it is',
    as: 'hospital',
    body: { type: 'application/fhir+xml', value: '<DocumentReference xmlns="http://hl7.org/fhir"><status/>' },
    status: 400,
  },
  {
    name: 'publishText',
    operationId: 'publishDocument',
    summary: 'A format that is not taken',
    as: 'hospital',
    body: { type: 'text/plain', value: 'Lettre de liaison' },
    status: 415,
  },
  {
    name: 'generateFromCda',
    operationId: 'generateMetadata',
    summary: 'A CDA alone',
    as: 'hospital',
    body: {
      value: {
        resourceType: 'Parameters',
        parameter: [
          {
            name: 'document',
            resource: {
              resourceType: 'Binary',
              contentType: 'text/xml',
              data: letter('1.2.250.1.999.1.4').toString('base64'),
            },
          },
        ],
      },
    },
    status: 201,
  },
  {
    name: 'generateFromFhir',
    operationId: 'generateMetadata',
    summary: 'A FHIR document',
    as: 'hospital',
    body: {
      value: { resourceType: 'Parameters', parameter: [{ name: 'document', resource: fhirDocument }] },
    },
    status: 201,
  },
]

export const finding: readonly Exchange[] = [
  {
    name: 'search',
    operationId: 'searchDocuments',
    summary: 'The latest discharge letter of a record',
    as: 'gp',
    query: {
      patient: '{record}',
      type: 'http://loinc.org|11490-0',
      date: 'ge2026-09-01',
      _sort: '-date',
      _count: '1',
    },
    status: 200,
  },
  {
    name: 'searchByAuthor',
    operationId: 'searchDocumentsByPost',
    summary: 'Letters of one author, counted',
    as: 'gp',
    form: { ...byIns, 'author:identifier': `${IDNPS}|${authorId}`, _summary: 'count' },
    status: 200,
  },
  {
    name: 'searchOfNobody',
    operationId: 'searchDocuments',
    summary: 'It names no patient',
    as: 'gp',
    query: { type: 'http://loinc.org|11490-0' },
    status: 400,
  },
  {
    name: 'searchAsText',
    operationId: 'searchDocuments',
    summary: 'In a format that is not served',
    as: 'gp',
    query: { patient: '{record}', _format: 'text/plain' },
    status: 406,
  },
  {
    name: 'searchInXml',
    operationId: 'searchDocuments',
    summary: 'In XML, with an unknown parameter left out',
    as: 'gp',
    query: { patient: '{record}', _format: 'xml', _elements: 'status,type', inconnu: '1', _count: '1' },
    headers: { Prefer: 'handling=lenient' },
    status: 200,
  },
  {
    name: 'searchFhirDocuments',
    operationId: 'searchDocuments',
    summary: 'FHIR documents alone',
    as: 'gp',
    query: { patient: '{record}', contenttype: 'application/fhir+json' },
    status: 200,
    tells: { fhirDocument: /"Bundle\/([\w.]+)"/ },
  },
  {
    name: 'readMetadata',
    operationId: 'readDocument',
    summary: 'As it is now',
    as: 'gp',
    path: { id: '{letter}' },
    status: 200,
  },
  {
    name: 'readKnown',
    operationId: 'readDocument',
    summary: 'The version that is known already',
    as: 'gp',
    path: { id: '{letter}' },
    headers: { 'If-None-Match': 'W/"1"' },
    status: 304,
  },
  {
    name: 'readUnknown',
    operationId: 'readDocument',
    summary: 'An id that is none, or of a document that the caller may not know of: both look the same',
    as: 'gp',
    path: { id: '{record}.00000000000000000000000000' },
    status: 404,
  },
  {
    name: 'readMetadataVersion',
    operationId: 'readDocumentVersion',
    summary: 'The first version',
    as: 'gp',
    path: { id: '{letter}', version: '1' },
    status: 200,
  },
  {
    name: 'sets',
    operationId: 'searchLists',
    summary: 'Submission sets of a hospital stay',
    as: 'gp',
    query: { patient: '{record}', code: 'submissionset', date: 'lt2026-09-19', _count: '1' },
    status: 200,
  },
  {
    name: 'setsByPost',
    operationId: 'searchListsByPost',
    summary: 'Those that name a document',
    as: 'gp',
    form: { ...byIns, item: 'DocumentReference/{letter}' },
    status: 200,
  },
  {
    name: 'readSet',
    operationId: 'readSubmissionSet',
    summary: 'The set of a letter',
    as: 'gp',
    path: { id: '{set}' },
    status: 200,
  },
  {
    name: 'readSetVersion',
    operationId: 'readSubmissionSetVersion',
    summary: 'Its first version',
    as: 'gp',
    path: { id: '{set}', version: '1' },
    status: 200,
  },
]

export const fetching: readonly Exchange[] = [
  {
    name: 'bytes',
    operationId: 'retrieveDocument',
    summary: 'The bytes as they were sent',
    as: 'gp',
    path: { id: '{letterBytes}' },
    headers: { Accept: 'text/xml' },
    status: 200,
  },
  {
    name: 'firstBytes',
    operationId: 'retrieveDocument',
    summary: 'The first of them',
    as: 'gp',
    path: { id: '{letterBytes}' },
    headers: { Accept: '*/*', Range: 'bytes=0-37' },
    status: 206,
  },
  {
    name: 'noSuchBytes',
    operationId: 'retrieveDocument',
    summary: 'Behind the end',
    as: 'gp',
    path: { id: '{letterBytes}' },
    headers: { Accept: '*/*', Range: 'bytes=900000-' },
    status: 416,
  },
  {
    name: 'binary',
    operationId: 'retrieveDocument',
    summary: 'As a resource',
    as: 'gp',
    path: { id: '{letterBytes}' },
    headers: { Accept: 'application/fhir+json' },
    status: 200,
  },
  {
    name: 'fhirDocument',
    operationId: 'retrieveFhirDocument',
    summary: 'A document of FHIR',
    as: 'gp',
    path: { id: '{fhirDocument}' },
    status: 200,
  },
  {
    name: 'summary',
    operationId: 'summarise',
    summary: 'Of what this doctor may read',
    as: 'gp',
    path: { id: '{record}' },
    status: 200,
  },
  {
    name: 'verify',
    operationId: 'verifyDocument',
    summary: 'Nothing was altered',
    as: 'gp',
    path: { id: '{letter}' },
    status: 200,
  },
  {
    name: 'seals',
    operationId: 'searchProvenance',
    summary: 'The seals of a document',
    as: 'gp',
    query: { target: 'DocumentReference/{letter}' },
    status: 200,
  },
  {
    name: 'sealsByPost',
    operationId: 'searchProvenanceByPost',
    summary: 'How many there are in a record',
    as: 'gp',
    form: { ...byIns, recorded: 'ge2026-11-01', _count: '1' },
    status: 200,
  },
  {
    name: 'seal',
    operationId: 'readProvenance',
    summary: 'That of its first version',
    as: 'gp',
    path: { id: '{letter}.1' },
    status: 200,
  },
  {
    name: 'sealVersion',
    operationId: 'readProvenanceVersion',
    summary: 'The same',
    as: 'gp',
    path: { id: '{letter}.1', version: '1' },
    status: 200,
  },
]

const JSON_PATCH = 'application/json-patch+json'

export const changing: readonly Exchange[] = [
  {
    name: 'mask',
    operationId: 'changeDocument',
    summary: 'The patient masks it from professionals (TD3.3a)',
    as: 'patient',
    path: { id: '{letter}' },
    headers: { 'If-Match': 'W/"1"' },
    body: {
      type: JSON_PATCH,
      value: [
        {
          op: 'add',
          path: '/securityLabel/-',
          value: { coding: [{ system: visibilitySystem, code: 'MASQUE_PS' }] },
        },
      ],
    },
    status: 200,
  },
  {
    name: 'maskStale',
    operationId: 'changeDocument',
    summary: 'It has changed meanwhile',
    as: 'patient',
    path: { id: '{letter}' },
    headers: { 'If-Match': 'W/"1"' },
    body: { type: JSON_PATCH, value: [{ op: 'remove', path: '/securityLabel/1' }] },
    status: 412,
  },
  {
    name: 'changeType',
    operationId: 'changeDocument',
    summary: 'Of an element that never changes',
    as: 'patient',
    path: { id: '{letter}' },
    body: { type: JSON_PATCH, value: [{ op: 'add', path: '/description', value: 'Autre' }] },
    status: 405,
  },
  {
    name: 'unmask',
    operationId: 'changeDocumentByIdentifier',
    summary: 'Shown again, by a FHIRPath Patch',
    as: 'patient',
    query: { identifier: 'urn:ietf:rfc:3986|urn:oid:1.2.250.1.999.1.2', patient: '{record}' },
    body: {
      value: {
        resourceType: 'Parameters',
        parameter: [
          {
            name: 'operation',
            part: [
              { name: 'type', valueCode: 'delete' },
              { name: 'path', valueString: 'DocumentReference.securityLabel[1]' },
            ],
          },
        ],
      },
    },
    status: 200,
  },
  {
    name: 'documentHistory',
    operationId: 'documentHistory',
    summary: 'What became of its labels',
    as: 'patient',
    path: { id: '{letter}' },
    query: { _count: '2' },
    status: 200,
  },
  {
    name: 'recordHistory',
    operationId: 'documentsHistory',
    summary: 'What changed in a record',
    as: 'gp',
    query: { patient: '{record}', _since: '2026-11-01T00:00:00Z', _count: '1' },
    status: 200,
  },
]

export const emergency: readonly Exchange[] = [
  {
    name: 'emergencyWithoutMotive',
    operationId: 'searchDocuments',
    summary: 'In bris de glace, without a motive',
    as: 'dispatch',
    query: { patient: '{record}' },
    headers: { 'DMP-Mode-Acces': 'bris_de_glace' },
    status: 400,
  },
  {
    name: 'emergency',
    operationId: 'searchDocuments',
    summary: 'In bris de glace: the patient will be told',
    as: 'dispatch',
    query: { patient: '{record}', _count: '0' },
    headers: {
      'DMP-Mode-Acces': 'bris_de_glace',
      'DMP-Motif': 'Patiente%20inconsciente%2C%20traitement%20inconnu',
    },
    status: 200,
  },
]
