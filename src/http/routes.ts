/**
 * Every route of the FHIR base, in one table: what it is called in traces, which SMART scope it needs, what it is in the
 * CapabilityStatement, and who answers it.
 */

import type { RestCapability } from '../interactions/capability-statement.ts'
import { createConsent } from '../interactions/dmp/create-consent.ts'
import type { Engine } from '../interactions/engine.ts'
import type { Answer, Exchange } from '../interactions/exchange.ts'
import { findPatient } from '../interactions/dmp/find-patient.ts'
import { openRecord, openRecordByIdentifier } from '../interactions/dmp/open-record.ts'
import { provideDocuments } from '../interactions/dmp/provide-documents.ts'
import { publishDocument } from '../interactions/dmp/publish-document.ts'
import { readDocumentReference } from '../interactions/dmp/read-document-reference.ts'
import { readPatient } from '../interactions/dmp/read-patient.ts'
import { readRecordResource } from '../interactions/dmp/read-record-resource.ts'
import { retrieveDocument } from '../interactions/dmp/retrieve-document.ts'
import { searchDocumentReferences } from '../interactions/dmp/search-document-references.ts'
import { readAuditEvent, searchAuditEvents } from '../interactions/dmp/search-traces.ts'
import type { InteractionName } from '../interactions/start-trace.ts'
import type { Pairs } from './query.ts'
import type { Need } from './request-exchange.ts'

/** What a handler gets of the request: the parts that are its business, free of Fastify. */
export type Input = {
  readonly id: string
  readonly version: string
  readonly pairs: Pairs
  /** Undefined for an empty body. */
  readonly body: string | undefined
  readonly form: (contentType: string) => 'bytes' | 'binary'
}

export type Route = {
  readonly method: 'GET' | 'POST' | 'PUT'
  /** Below the FHIR base. */
  readonly url: string
  readonly interaction: InteractionName
  readonly need: Need
  readonly rest: RestCapability
  /** The body is a search form, not a resource. */
  readonly formBody?: true
  /** Serves bytes of any type, not FHIR JSON alone. */
  readonly anyFormat?: true
  readonly answer: (engine: Engine, exchange: Exchange, input: Input) => Promise<Answer>
}

export const routes: readonly Route[] = [
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
    rest: { type: 'Patient', code: 'update', conditional: true },
    answer: (engine, exchange, { body, pairs }) => openRecordByIdentifier(engine, exchange, body, pairs),
  },
  {
    method: 'POST',
    url: '/Patient/$ouvrir',
    interaction: 'open-record',
    need: { type: 'Patient', letter: 'c' },
    rest: { type: 'Patient', operation: 'ouvrir' },
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
  ...(['List', 'Consent'] as const).flatMap((type): Route[] => [
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
