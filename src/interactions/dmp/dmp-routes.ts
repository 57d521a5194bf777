/**
 * Every route of the dmp profile, in one table.
 */
import type { Route } from '../route.ts'
import { createConsent } from './create-consent.ts'
import type { DmpEngine } from './dmp-engine.ts'
import type { DmpExchange } from './dmp-exchange.ts'
import { findPatient } from './find-patient.ts'
import { openRecord, openRecordByIdentifier } from './open-record.ts'
import { provideDocuments } from './provide-documents.ts'
import { publishDocument } from './publish-document.ts'
import { readDocumentReference } from './read-document-reference.ts'
import { readPatient } from './read-patient.ts'
import { readRecordResource } from './read-record-resource.ts'
import { retrieveDocument } from './retrieve-document.ts'
import { searchDocumentReferences } from './search-document-references.ts'
import { readAuditEvent, searchAuditEvents } from './search-traces.ts'

export type DmpRoute = Route<DmpEngine, DmpExchange>

export const dmpRoutes: readonly DmpRoute[] = [
  {
    method: 'POST',
    url: '/',
    interaction: 'provide-documents',
    need: { type: 'DocumentReference', letter: 'c' },
    rest: { system: 'transaction' },
    answer: (engine, exchange, { body }) => provideDocuments(engine, exchange, body),
  },
  {
    method: 'POST',
    url: '/DocumentReference',
    interaction: 'publish-document',
    need: { type: 'DocumentReference', letter: 'c' },
    rest: { type: 'DocumentReference', code: 'create' },
    answer: (engine, exchange, { body }) => publishDocument(engine, exchange, body),
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
    url: '/Binary/:id',
    interaction: 'retrieve-document',
    need: { type: 'Binary', letter: 'r' },
    rest: { type: 'Binary', code: 'read' },
    anyFormat: true,
    answer: (engine, exchange, { id, form }) => retrieveDocument(engine, exchange, id, form),
  },
  {
    method: 'GET',
    url: '/Patient',
    interaction: 'find-patient',
    need: { type: 'Patient', letter: 's' },
    rest: { type: 'Patient', code: 'search-type' },
    answer: (engine, exchange, { pairs }) => findPatient(engine, exchange, pairs),
  },
  {
    method: 'POST',
    url: '/Patient/_search',
    interaction: 'find-patient',
    need: { type: 'Patient', letter: 's' },
    rest: { type: 'Patient', code: 'search-type' },
    formBody: true,
    answer: (engine, exchange, { pairs }) => findPatient(engine, exchange, pairs),
  },
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
  ...(['List', 'Consent'] as const).flatMap((type): DmpRoute[] => [
    {
      method: 'GET',
      url: `/${type}/:id`,
      interaction: 'read-resource',
      need: { type, letter: 'r' },
      rest: { type, code: 'read' },
      answer: (engine, exchange, { id }) => readRecordResource(engine, exchange, type, id),
    },
    {
      method: 'GET',
      url: `/${type}/:id/_history/:version`,
      interaction: 'vread-resource',
      need: { type, letter: 'r' },
      rest: { type, code: 'vread' },
      answer: (engine, exchange, { id, version }) => readRecordResource(engine, exchange, type, id, version),
    },
  ]),
  {
    method: 'POST',
    url: '/Consent',
    interaction: 'create-consent',
    need: { type: 'Consent', letter: 'c' },
    rest: { type: 'Consent', code: 'create' },
    answer: (engine, exchange, { body }) => createConsent(engine, exchange, body),
  },
  {
    method: 'GET',
    url: '/AuditEvent',
    interaction: 'search-traces',
    need: { type: 'AuditEvent', letter: 's' },
    rest: { type: 'AuditEvent', code: 'search-type' },
    answer: (engine, exchange, { pairs }) => searchAuditEvents(engine, exchange, pairs),
  },
  {
    method: 'GET',
    url: '/AuditEvent/:id',
    interaction: 'read-trace',
    need: { type: 'AuditEvent', letter: 'r' },
    rest: { type: 'AuditEvent', code: 'read' },
    answer: (engine, exchange, { id }) => readAuditEvent(engine, exchange, id),
  },
]
