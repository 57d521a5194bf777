/** The operations of the dmp profile in words. What is in the route table or the search capabilities is not said again. */
import type { DmpEngine } from '../../src/interactions/dmp/dmp-engine.ts'
import { recordLimits } from '../../src/search/column-capability.ts'
import { findingOperations } from './dmp-finding-operations.ts'
import { indicatorOperations } from './dmp-indicator-operations.ts'
import { neighbourOperations } from './dmp-neighbour-operations.ts'
import { dmpSearchParameters } from './dmp-search.ts'
import { subscriptionOperations } from './dmp-subscription-operations.ts'
import { body, fhirContent, response, searchset } from './fhir-content.ts'
import type { Node, Words } from './openapi-document.ts'
import { asForm, cursor, header, query } from './parameters.ts'

/** A read of something that has versions. */
const reading = ['If-None-Match', 'If-Modified-Since'] as const
const versioned = ['ETag', 'Last-Modified'] as const
const ofBytes = [...versioned, 'Accept-Ranges', 'Content-Disposition', 'Vary', 'X-Security-Context'] as const
const written = ['Location', 'ETag', 'Last-Modified'] as const

const found = (type: string): Words['answers'] => ({
  200: response(`The ${type}`, fhirContent(type), versioned),
  304: 'NotModified',
})

const changing =
  'A JSON Patch or a FHIRPath Patch of `status` (to entered-in-error), `securityLabel` or the extension isArchived, and of ' +
  'nothing else. `/securityLabel/0` replaced as a whole sets or clears that one label; `N` stays. Several changes in one ' +
  'patch are one version, and need each its right: F13 to F17.'
/** @see https://www.rfc-editor.org/rfc/rfc6902 */
const jsonPatch: Node = {
  type: 'array',
  maxItems: 50,
  items: {
    type: 'object',
    required: ['op', 'path'],
    properties: {
      op: { type: 'string', enum: ['add', 'remove', 'replace', 'move', 'copy', 'test'] },
      path: { type: 'string', description: 'A JSON Pointer' },
      from: { type: 'string', description: 'Of `move` and `copy`' },
      value: {},
    },
  },
}
const documentPatches: Node = {
  'application/json-patch+json': { schema: jsonPatch },
  ...fhirContent('Parameters'),
}
const changed = response(
  'The document as it is now; no body for who may not see it any more',
  fhirContent('DocumentReference'),
  versioned,
)

const formatOfTraces = query(
  '_format',
  'Format of the answer, in place of Accept; `csv` is all traces as a table',
  {
    type: 'string',
    enum: ['json', 'xml', 'csv'],
  },
)
const identifier: Node = {
  ...query('identifier', 'INS, as `system|matricule`'),
  required: true,
}

export function dmpOperations(searches: DmpEngine['searches']): ReadonlyMap<string, Words> {
  const documents = dmpSearchParameters(searches, 'DocumentReference')
  const lists = dmpSearchParameters(searches, 'List')
  const patients = dmpSearchParameters(searches, 'Patient')
  const listed = { 200: response(searchset, fhirContent('Bundle')) }
  const traceTable = {
    200: response(searchset, { ...fhirContent('Bundle'), 'text/csv': { schema: { type: 'string' } } }, [
      'Content-Disposition',
    ]),
  }
  const versions = { 200: response('A Bundle of type history', fhirContent('Bundle')) }
  const { maxCount, defaultCount } = recordLimits
  const count = query('_count', 'Entries of a page; more are answered as the largest', {
    type: 'integer',
    minimum: 1,
    maximum: maxCount,
    default: defaultCount,
  })
  const table: Readonly<Record<string, Words>> = {
    'POST /': {
      operationId: 'provideDocuments',
      tag: 'Deposit',
      summary: 'Send documents with their submission set (ITI-65)',
      description:
        'A transaction of one List (the submission set), its DocumentReferences with their Binaries or FHIR documents, ' +
        'folders that are made (POST List) or added to (PUT List), the patches of replaced documents and a Patient that ' +
        'names the record; all or nothing. Sent twice it stores nothing more and answers 200 for each entry. Right F7.',
      requestBody: body(fhirContent('Bundle')),
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
      tag: 'Deposit',
      summary: 'Send one document with its bytes (ITI-105)',
      description:
        'The bytes stand in `content.attachment.data`. What the metadata leave out is read in the CDA header, and the ' +
        'server makes the submission set. Right F7.',
      parameters: ['Prefer'],
      requestBody: body(fhirContent('DocumentReference')),
      answers: {
        200: response(
          'It was there already: where, and no body but for a warning that a label which was sent is not set',
          fhirContent('OperationOutcome'),
          written,
        ),
        201: response('Stored', fhirContent('DocumentReference'), written),
      },
      refusals: [404, 409, 413, 415, 422],
    },
    'POST /DocumentReference/$generate-metadata': {
      operationId: 'generateMetadata',
      tag: 'Deposit',
      summary: 'Send a CDA or a FHIR document alone (ITI-106)',
      description:
        'One parameter `document`, a Binary or a document Bundle: its patient and all its metadata are read in it. Right F7.',
      requestBody: body(fhirContent('Parameters')),
      answers: {
        200: response('It was there already: its reference', fhirContent('Parameters'), ['Location']),
        201: response('Stored: its reference', fhirContent('Parameters'), ['Location']),
      },
      refusals: [404, 409, 413, 415, 422],
    },
    'GET /Bundle/:id': {
      operationId: 'retrieveFhirDocument',
      tag: 'Documents',
      summary: 'A FHIR document (ITI-68)',
      description: 'Its bytes as they are kept: `Binary` of the same id. Right F10.',
      parameters: [...reading],
      answers: found('Bundle'),
      refusals: [404],
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
    'GET /DocumentReference/:id/_history': {
      operationId: 'documentHistory',
      tag: 'Changes',
      summary: 'Versions of a document, newest first, of a deleted one too',
      description: 'For who may see the document as it is today. Rights F8, F9.',
      parameters: [
        query('_count', 'Versions of a page, at most 100', { type: 'integer', minimum: 0, default: 20 }),
        query('_since', 'Versions made then or later'),
        query('_at', 'Versions that were current at some time of this date'),
        cursor,
      ],
      answers: { 200: response('A Bundle of type history', fhirContent('Bundle')) },
      refusals: [404],
    },
    'GET /DocumentReference/_history': {
      operationId: 'documentsHistory',
      tag: 'Changes',
      summary: 'What changed in the documents of one record, the last first',
      description:
        'New versions: deposits, labels, replacements, deletions. The link `monitor` asks for what comes after this ' +
        'answer: who follows it misses nothing and is given nothing twice. A change of rights is no change of a ' +
        'document. Rights F8, F9.',
      parameters: [
        ...documents.filter(({ name }) => name === 'patient' || name === 'patient.identifier'),
        query('_count', 'Versions of a page, at most 100', { type: 'integer', minimum: 0, default: 20 }),
        query('_since', 'Versions that were committed then or later'),
        query('_at', 'Versions that were current at some time of this date'),
        cursor,
      ],
      answers: { 200: response('A Bundle of type history', fhirContent('Bundle')) },
      refusals: [404, 422],
    },
    'GET /List': {
      operationId: 'searchLists',
      tag: 'Documents',
      summary: 'Search the submission sets and folders of one record, newest first (ITI-66)',
      description:
        'A set is found by who sees every document it names; a folder by who sees one, and with what is seen of it. ' +
        'Right F8.',
      parameters: ['Prefer', ...lists],
      answers: listed,
      refusals: [404, 422],
    },
    'POST /List/_search': {
      operationId: 'searchListsByPost',
      tag: 'Documents',
      summary: 'The same search, with its parameters in a form',
      description: 'Keeps a matricule INS out of URLs. Right F8.',
      parameters: ['Prefer'],
      requestBody: body(asForm(lists)),
      answers: listed,
      refusals: [404, 413, 415, 422],
    },
    'PATCH /DocumentReference/:id': {
      operationId: 'changeDocument',
      tag: 'Changes',
      summary: 'Mask, unmask, show, archive or delete a document (TD3.3a to TD3.3d)',
      description: changing,
      parameters: ['Prefer', 'If-Match'],
      requestBody: body(documentPatches),
      answers: { 200: changed },
      refusals: [404, 405, 409, 412, 413, 415, 422],
    },
    'PATCH /DocumentReference': {
      operationId: 'changeDocumentByIdentifier',
      tag: 'Changes',
      summary: 'The same, of the document with this uniqueId',
      description: `Without a patient a professional or a structure finds its own document alone. ${changing}`,
      parameters: [
        'Prefer',
        'If-Match',
        { ...query('identifier', 'The masterIdentifier, as `system|value`'), required: true },
        query('patient', 'Id of the record'),
        query('patient.identifier', 'INS of the patient, as `system|matricule`'),
      ],
      requestBody: body(documentPatches),
      answers: { 200: changed },
      refusals: [404, 405, 409, 412, 413, 415, 422],
    },
    'GET /Binary/:id': {
      operationId: 'retrieveDocument',
      tag: 'Documents',
      summary: 'The bytes of a document (ITI-68)',
      description:
        'As they were sent, in their own type, when `Accept` names it or `*/*`; as a Binary resource when it names a ' +
        'format of FHIR. Of the bytes a single range may be asked for; their ETag is strong, as If-Range needs. Right F10.',
      parameters: [
        ...reading,
        header(
          'Range',
          'A range of the bytes, as `bytes=0-1023`; several at once are answered with the whole',
        ),
        header('If-Range', 'The ETag of the bytes that a range is to be of; else all of them come'),
      ],
      answers: {
        200: {
          ...response('The bytes, or a Binary', undefined, ofBytes),
          content: {
            '*/*': { schema: {} },
            'application/fhir+json': { schema: { $ref: '#/components/schemas/Binary' } },
          },
        },
        206: {
          ...response('The range, as Content-Range says it', undefined, [...ofBytes, 'Content-Range']),
          content: { '*/*': { schema: {} } },
        },
        304: response('Not modified: what the client has is still right', undefined, ofBytes),
      },
      refusals: [404, 416],
    },
    ...findingOperations(patients),
    ...subscriptionOperations,
    ...neighbourOperations(searches),
    ...indicatorOperations,
    'PUT /Patient': {
      operationId: 'openRecordByIdentifier',
      tag: 'Records',
      summary: 'Open a record, or find that it is open: safe to send again',
      description:
        'The same identity again changes nothing. A new matricule for a known identity is added, and the former one ' +
        'keeps leading to the record (rule I2). Right F0.',
      parameters: [identifier],
      requestBody: body(fhirContent('Patient')),
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
      requestBody: body(fhirContent('Patient')),
      answers: { 201: response('Opened', fhirContent('Patient'), written) },
      refusals: [409, 413, 415, 422],
    },
    'GET /Patient/:id/$droits': {
      operationId: 'tellRights',
      tag: 'Records',
      summary: 'What the caller may do in this record now, and the rule that decides each',
      description:
        'Parameters, see docs/api.md. Consults nothing, and says nothing of what the record holds. Right F1.',
      parameters: [query('mode', 'Access mode asked about, repeatable; that of the request unless said')],
      answers: { 200: response('Parameters', fhirContent('Parameters')) },
      refusals: [404],
    },
    'POST /Patient/:id/$droits': {
      operationId: 'tellRightsByPost',
      tag: 'Records',
      summary: 'The same, with Parameters',
      description: 'Parameter `mode`, repeatable. Right F1.',
      requestBody: body(fhirContent('Parameters')),
      answers: { 200: response('Parameters', fhirContent('Parameters')) },
      refusals: [404, 413, 415],
    },
    'POST /$expliquer': {
      operationId: 'explainRequest',
      tag: 'Records',
      summary: 'How a request of this caller would be decided, rule by rule',
      description:
        'Parameters `methode`, `url`, `patient`, `type`. The request is not made and no document is looked up; it ' +
        'tells what the request itself would tell by its refusal: F1 says whether the record may be known at all.',
      requestBody: body(fhirContent('Parameters')),
      answers: { 200: response('Parameters', fhirContent('Parameters')) },
      refusals: [404, 413, 415, 422],
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
      description:
        'One Consent is one choice for ever: made again it is its next version, and made again unchanged it is ' +
        'nothing; both answer 200. In force for the next request. Rights F0, F2, F7, rule A6.',
      parameters: ['Prefer'],
      requestBody: body(fhirContent('Consent')),
      answers: {
        200: response('In force, or it was already', fhirContent('Consent'), written),
        201: response('In force', fhirContent('Consent'), written),
      },
      refusals: [404, 409, 413, 415, 422],
    },
    'PUT /Consent/:id': {
      operationId: 'changeChoice',
      tag: 'Choices',
      summary: 'Change a choice, or end it (`status: inactive`)',
      description:
        'The same category about the same actor. Who may end what: docs/api.md "Consent". Rights F0, F2, rules A5, A6.',
      parameters: ['Prefer', 'If-Match'],
      requestBody: body(fhirContent('Consent')),
      answers: { 200: response('As it is now', fhirContent('Consent'), written) },
      refusals: [404, 409, 412, 413, 415, 422],
    },
    'GET /Consent': {
      operationId: 'searchChoices',
      tag: 'Choices',
      summary: 'Who is authorised, who is blocked, and the other choices (TD1.6)',
      description:
        'Newest first. Professionals see what bears on professionals and emergencies. Without the right, one’s own: ' +
        '`actor:identifier` (F1). Right F6.',
      parameters: dmpSearchParameters(searches, 'Consent'),
      answers: listed,
      refusals: [404, 422],
    },
    'POST /Consent/_search': {
      operationId: 'searchChoicesByPost',
      tag: 'Choices',
      summary: 'The same search, with its parameters in a form',
      description: 'Keeps a matricule INS out of URLs. Rights F1, F6.',
      requestBody: body(asForm(dmpSearchParameters(searches, 'Consent'))),
      answers: listed,
      refusals: [404, 413, 415, 422],
    },
    'GET /Consent/:id': {
      operationId: 'readChoice',
      tag: 'Choices',
      summary: 'A choice',
      description: 'Right F6; one’s own, F1.',
      parameters: [...reading],
      answers: found('Consent'),
      refusals: [404],
    },
    'GET /Consent/:id/_history/:version': {
      operationId: 'readChoiceVersion',
      tag: 'Choices',
      summary: 'A choice, in one version',
      description: 'Right F6; one’s own, F1.',
      parameters: [...reading],
      answers: found('Consent'),
      refusals: [404],
    },
    'GET /Consent/:id/_history': {
      operationId: 'choiceHistory',
      tag: 'Choices',
      summary: 'The versions of a choice, newest first',
      description: 'Right F6; one’s own, F1.',
      parameters: [count, cursor],
      answers: versions,
      refusals: [404],
    },
    'POST /CareTeam': {
      operationId: 'foundCareTeam',
      tag: 'Choices',
      summary: 'A care team of the patient',
      description:
        'Its members are authorised: by the patient who writes it, or by the authorisation of a member who does. ' +
        'Right F2, rule A6.',
      parameters: ['Prefer'],
      requestBody: body(fhirContent('CareTeam')),
      answers: { 201: response('In force', fhirContent('CareTeam'), written) },
      refusals: [404, 409, 413, 415, 422],
    },
    'PUT /CareTeam/:id': {
      operationId: 'changeCareTeam',
      tag: 'Choices',
      summary: 'Change a care team, or end it (`status: inactive`)',
      description:
        'What the patient wrote the patient changes; what a member wrote, its members too. Right F2, rule A6.',
      parameters: ['Prefer', 'If-Match'],
      requestBody: body(fhirContent('CareTeam')),
      answers: { 200: response('As it is now', fhirContent('CareTeam'), written) },
      refusals: [404, 409, 412, 413, 415, 422],
    },
    'GET /CareTeam': {
      operationId: 'searchCareTeams',
      tag: 'Choices',
      summary: 'The care teams of a record, newest first',
      description: 'Right F6.',
      parameters: dmpSearchParameters(searches, 'CareTeam'),
      answers: listed,
      refusals: [404, 422],
    },
    'POST /CareTeam/_search': {
      operationId: 'searchCareTeamsByPost',
      tag: 'Choices',
      summary: 'The same search, with its parameters in a form',
      description: 'Keeps a matricule INS out of URLs. Right F6.',
      requestBody: body(asForm(dmpSearchParameters(searches, 'CareTeam'))),
      answers: listed,
      refusals: [404, 413, 415, 422],
    },
    'GET /CareTeam/:id': {
      operationId: 'readCareTeam',
      tag: 'Choices',
      summary: 'A care team',
      description: 'Right F6.',
      parameters: [...reading],
      answers: found('CareTeam'),
      refusals: [404],
    },
    'GET /CareTeam/:id/_history/:version': {
      operationId: 'readCareTeamVersion',
      tag: 'Choices',
      summary: 'A care team, in one version',
      description: 'Right F6.',
      parameters: [...reading],
      answers: found('CareTeam'),
      refusals: [404],
    },
    'GET /CareTeam/:id/_history': {
      operationId: 'careTeamHistory',
      tag: 'Choices',
      summary: 'The versions of a care team, newest first',
      description: 'Right F6.',
      parameters: [count, cursor],
      answers: versions,
      refusals: [404],
    },
    'POST /Patient/:id/$fermer': {
      operationId: 'closeRecord',
      tag: 'Records',
      summary: 'Close a record; again, changes nothing',
      description:
        'By the holder, or the administration, who says why: `motif` (code) and `raison` (text). From then on ' +
        'everything but the existence of the record is 403 `dossier-ferme`. Rule A12.',
      requestBody: { content: fhirContent('Parameters') },
      answers: { 200: response('`ferme` is true', fhirContent('Parameters')) },
      refusals: [404, 409, 413, 415, 422],
    },
    'POST /Patient/:id/$reactiver': {
      operationId: 'reactivateRecord',
      tag: 'Records',
      summary: 'Open a closed record again, as it was',
      description: 'By the holder. Rule A12.',
      answers: { 200: response('`ferme` is false', fhirContent('Parameters')) },
      refusals: [404, 409],
    },
    'GET /DocumentReference/:id/$verify': {
      operationId: 'verifyDocument',
      tag: 'Documents',
      summary: 'Whether a document is what was deposited',
      description:
        'Every version of the metadata and the bytes, held against what was sealed; what was found of the author’s ' +
        'signature. Rights F8 or F9, and F10. Rule D8.',
      answers: { 200: response('The verdict, and each thing that is wrong', fhirContent('Parameters')) },
      refusals: [404, 503],
    },
    'GET /Provenance': {
      operationId: 'searchProvenance',
      tag: 'Documents',
      summary: 'The seals of a record, or of a document, newest first',
      description: '`target` names the record too. Rights F8 and F9. Rule D8.',
      parameters: dmpSearchParameters(searches, 'Provenance'),
      answers: listed,
      refusals: [404, 422],
    },
    'POST /Provenance/_search': {
      operationId: 'searchProvenanceByPost',
      tag: 'Documents',
      summary: 'The same search, with its parameters in a form',
      description: 'Keeps a matricule INS out of URLs. Rights F8 and F9.',
      requestBody: body(asForm(dmpSearchParameters(searches, 'Provenance'))),
      answers: listed,
      refusals: [404, 413, 415, 422],
    },
    'GET /Provenance/:id': {
      operationId: 'readProvenance',
      tag: 'Documents',
      summary: 'The seal of one version of a document',
      description: 'Rights F8 and F9. Rule D8.',
      parameters: [...reading],
      answers: found('Provenance'),
      refusals: [404],
    },
    'GET /Provenance/:id/_history/:version': {
      operationId: 'readProvenanceVersion',
      tag: 'Documents',
      summary: 'The same: a seal has one version alone',
      description: 'Rights F8 and F9.',
      parameters: [...reading],
      answers: found('Provenance'),
      refusals: [404],
    },
    'GET /AuditEvent': {
      operationId: 'searchTraces',
      tag: 'Traces',
      summary: 'Who saw or changed what in a record, newest first',
      description:
        'Rule T4. Reading traces leaves a trace. `_format=csv`, or `Accept: text/csv`, gives all pages as one table in French.',
      parameters: [...dmpSearchParameters(searches, 'AuditEvent'), 'Prefer', formatOfTraces],
      answers: traceTable,
      refusals: [404, 422],
    },
    'POST /AuditEvent/_search': {
      operationId: 'searchTracesByPost',
      tag: 'Traces',
      summary: 'The same search, with its parameters in a form',
      description: 'Keeps a matricule INS out of URLs. Rule T4.',
      parameters: ['Prefer'],
      requestBody: body(asForm(dmpSearchParameters(searches, 'AuditEvent'))),
      answers: traceTable,
      refusals: [404, 413, 415, 422],
    },
    'GET /AuditEvent/:id': {
      operationId: 'readTrace',
      tag: 'Traces',
      summary: 'One trace',
      description: 'Rule T4.',
      parameters: [
        query('_profile', 'The form: that of TdE, or the decision; else that of BALP'),
        ...reading,
      ],
      answers: found('AuditEvent'),
      refusals: [404],
    },
  }
  return new Map(Object.entries(table))
}
