/**
 * Every route of the dmp profile, in one table.
 */

import { refusal } from '../../fhir/fhir-error.ts'
import { appointmentRoutes } from './appointments/appointment-routes.ts'
import { choiceRoutes } from './choice-routes.ts'
import type { DmpRoute } from './dmp-route.ts'
import { documentHistory } from './documents/document-history.ts'
import { documentTypeHistory } from './documents/document-type-history.ts'
import { generateMetadata } from './documents/generate-metadata.ts'
import { conditionallyPatchDocument, patchDocument } from './documents/patch-document.ts'
import { provideDocuments } from './documents/provide-documents.ts'
import { publishDocument } from './documents/publish-document.ts'
import { readDocumentReference } from './documents/read-document-reference.ts'
import { readSubmissionSet } from './documents/read-submission-set.ts'
import { retrieveDocument } from './documents/retrieve-document.ts'
import { retrieveFhirDocument } from './documents/retrieve-fhir-document.ts'
import { searchDocumentReferences } from './documents/search-document-references.ts'
import { searchLists } from './documents/search-lists.ts'
import { findingRoutes } from './finding-routes.ts'
import { indicatorRoutes } from './indicators/indicator-routes.ts'
import { messageRoutes } from './messages/message-routes.ts'
import { openRecord, openRecordByIdentifier } from './patients/open-record.ts'
import { readPatient } from './patients/read-patient.ts'
import { rightsRoutes } from './rights/rights-routes.ts'
import { sealRoutes } from './seal-routes.ts'
import { subscriptionRoutes } from './subscriptions/subscription-routes.ts'
import { traceRoutes } from './traces/trace-routes.ts'

export type { DmpRoute }

export const dmpRoutes: readonly DmpRoute[] = routes().map(refusingConditionalCreate)

/**
 * A condition that nobody looks at would be a promise: what may exist once says so by its own identifier here (D1, the
 * choices of the patient, the INS of a record).
 */
function refusingConditionalCreate(route: DmpRoute): DmpRoute {
  if (route.method !== 'POST') return route
  return {
    ...route,
    answer: async (engine, exchange, input) => {
      if (input.ifNoneExist !== undefined)
        throw refusal('not-supported', 'non-pris-en-charge', { params: { what: 'If-None-Exist' } })
      return route.answer(engine, exchange, input)
    },
  }
}

function routes(): readonly DmpRoute[] {
  return [
    {
      method: 'POST',
      url: '/',
      interaction: 'provide-documents',
      need: { type: 'DocumentReference', letter: 'c' },
      rest: { system: 'transaction' },
      contentAt: ['entry.resource.data'],
      answer: (engine, exchange, { body }) => provideDocuments(engine, exchange, body),
    },
    {
      method: 'POST',
      url: '/DocumentReference',
      interaction: 'publish-document',
      need: { type: 'DocumentReference', letter: 'c' },
      rest: { type: 'DocumentReference', code: 'create' },
      contentAt: ['content.attachment.data'],
      answer: (engine, exchange, { body }) => publishDocument(engine, exchange, body),
    },
    {
      method: 'POST',
      url: '/DocumentReference/$generate-metadata',
      interaction: 'generate-metadata',
      need: { type: 'DocumentReference', letter: 'c' },
      rest: {
        type: 'DocumentReference',
        operation: 'generate-metadata',
        definition: 'https://profiles.ihe.net/ITI/MHD/OperationDefinition/generate-metadata',
      },
      contentAt: ['parameter.resource.data'],
      answer: (engine, exchange, { body }) => generateMetadata(engine, exchange, body),
    },
    {
      method: 'GET',
      url: '/DocumentReference',
      interaction: 'search-document-references',
      need: { type: 'DocumentReference', letter: 's' },
      rest: { type: 'DocumentReference', code: 'search-type' },
      answer: (engine, exchange, { pairs }) => searchDocumentReferences(engine, exchange, pairs),
    },
    {
      method: 'POST',
      url: '/DocumentReference/_search',
      interaction: 'search-document-references',
      need: { type: 'DocumentReference', letter: 's' },
      rest: { type: 'DocumentReference', code: 'search-type' },
      formBody: true,
      answer: (engine, exchange, { pairs }) => searchDocumentReferences(engine, exchange, pairs),
    },
    {
      method: 'GET',
      url: '/DocumentReference/:id',
      interaction: 'read-document-reference',
      need: { type: 'DocumentReference', letter: 'r' },
      rest: { type: 'DocumentReference', code: 'read' },
      answer: (engine, exchange, { id }) => readDocumentReference(engine, exchange, id),
    },
    {
      method: 'GET',
      url: '/DocumentReference/:id/_history/:version',
      interaction: 'vread-document-reference',
      need: { type: 'DocumentReference', letter: 'r' },
      rest: { type: 'DocumentReference', code: 'vread' },
      answer: (engine, exchange, { id, version }) => readDocumentReference(engine, exchange, id, version),
    },
    {
      method: 'GET',
      url: '/DocumentReference/:id/_history',
      interaction: 'document-history',
      need: { type: 'DocumentReference', letter: 'r' },
      rest: { type: 'DocumentReference', code: 'history-instance' },
      answer: (engine, exchange, { id, pairs }) => documentHistory(engine, exchange, id, pairs),
    },
    {
      method: 'GET',
      url: '/DocumentReference/_history',
      interaction: 'document-type-history',
      need: { type: 'DocumentReference', letter: 's' },
      rest: { type: 'DocumentReference', code: 'history-type' },
      answer: (engine, exchange, { pairs }) => documentTypeHistory(engine, exchange, pairs),
    },
    {
      method: 'GET',
      url: '/List',
      interaction: 'search-lists',
      need: { type: 'List', letter: 's' },
      rest: { type: 'List', code: 'search-type' },
      answer: (engine, exchange, { pairs }) => searchLists(engine, exchange, pairs),
    },
    {
      method: 'POST',
      url: '/List/_search',
      interaction: 'search-lists',
      need: { type: 'List', letter: 's' },
      rest: { type: 'List', code: 'search-type' },
      formBody: true,
      answer: (engine, exchange, { pairs }) => searchLists(engine, exchange, pairs),
    },
    {
      method: 'PATCH',
      url: '/DocumentReference/:id',
      interaction: 'change-document',
      need: { type: 'DocumentReference', letter: 'u' },
      rest: { type: 'DocumentReference', code: 'patch' },
      answer: patchDocument,
    },
    {
      method: 'PATCH',
      url: '/DocumentReference',
      interaction: 'change-document',
      need: { type: 'DocumentReference', letter: 'u' },
      rest: { type: 'DocumentReference', conditional: 'patch' },
      answer: conditionallyPatchDocument,
    },
    {
      method: 'GET',
      url: '/Binary/:id',
      interaction: 'retrieve-document',
      need: { type: 'Binary', letter: 'r' },
      rest: { type: 'Binary', code: 'read' },
      anyFormat: true,
      answer: retrieveDocument,
    },
    {
      method: 'GET',
      url: '/Bundle/:id',
      interaction: 'retrieve-document',
      need: { type: 'Bundle', letter: 'r' },
      rest: { type: 'Bundle', code: 'read' },
      answer: (engine, exchange, { id }) => retrieveFhirDocument(engine, exchange, id),
    },
    ...findingRoutes,
    {
      method: 'PUT',
      url: '/Patient',
      interaction: 'open-record',
      need: { type: 'Patient', letter: 'u' },
      rest: { type: 'Patient', conditional: 'update' },
      answer: (engine, exchange, { body, pairs }) => openRecordByIdentifier(engine, exchange, body, pairs),
    },
    {
      method: 'POST',
      url: '/Patient/$ouvrir',
      interaction: 'open-record',
      need: { type: 'Patient', letter: 'c' },
      rest: {
        type: 'Patient',
        operation: 'ouvrir',
        definition: 'https://dmp-fhir.example/OperationDefinition/Patient-ouvrir',
      },
      answer: (engine, exchange, { body }) => openRecord(engine, exchange, body),
    },
    {
      method: 'GET',
      url: '/Patient/:id',
      interaction: 'read-patient',
      need: { type: 'Patient', letter: 'r' },
      rest: { type: 'Patient', code: 'read' },
      answer: (engine, exchange, { id }) => readPatient(engine, exchange, id),
    },
    {
      method: 'GET',
      url: '/Patient/:id/_history/:version',
      interaction: 'read-patient',
      need: { type: 'Patient', letter: 'r' },
      rest: { type: 'Patient', code: 'vread' },
      answer: (engine, exchange, { id, version }) => readPatient(engine, exchange, id, version),
    },
    {
      method: 'GET',
      url: '/List/:id',
      interaction: 'read-resource',
      need: { type: 'List', letter: 'r' },
      rest: { type: 'List', code: 'read' },
      answer: (engine, exchange, { id }) => readSubmissionSet(engine, exchange, id),
    },
    {
      method: 'GET',
      url: '/List/:id/_history/:version',
      interaction: 'vread-resource',
      need: { type: 'List', letter: 'r' },
      rest: { type: 'List', code: 'vread' },
      answer: (engine, exchange, { id, version }) => readSubmissionSet(engine, exchange, id, version),
    },
    ...choiceRoutes,
    ...messageRoutes,
    ...appointmentRoutes,
    ...subscriptionRoutes,
    ...traceRoutes,
    ...sealRoutes,
    ...indicatorRoutes,
    ...rightsRoutes(() => dmpRoutes),
  ]
}
