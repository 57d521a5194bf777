/**
 * A document deposited alone, with the submission set that the server makes for it (ITI-105, ITI-106).
 * @see https://profiles.ihe.net/ITI/MHD/ITI-105.html and ITI-106.html
 */

import { canonicalUniqueId } from '../../../dmp/documents/unique-id.ts'
import type { Grant } from '../../../dmp/matrices/functional-matrix.ts'
import { formatResourceId, type Uuid } from '../../../fhir/id.ts'
import type { JsonObject } from '../../../fhir/json.ts'
import type { ClaimedDocument } from '../../../storage/documents/store-documents.ts'
import type { Subject } from '../../../storage/records/find-subject.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { admitDocument } from './admit-document.ts'
import { documentClaims } from './document-claims.ts'
import { masterIdentifierOf } from './lot.ts'
import type { LotContent } from './lot-contents.ts'
import { resolveRelations } from './related-documents.ts'
import { announcedReplacement, findReplaced, replacesAny } from './replaced-document.ts'
import { storeSubmission, untilSettled } from './store-submission.ts'
import { patientReference } from './subject.ts'
import type { Stored } from './submission.ts'
import { setBody } from './submission-set-body.ts'
import type { AdmittedDocument } from './submitted-document.ts'

export type SingleDocument = {
  /** The bytes taken out, the patient by the id of the record. */
  readonly document: JsonObject
  readonly content: LotContent
  readonly subject: Subject
  readonly grant: Grant
  /** The profile it is held to when it claims none of its own. */
  readonly profile: string
  /** Where the document stands in the request. */
  readonly at: string
}

export type DepositedDocument = { readonly stored: Stored; readonly admitted: AdmittedDocument }

/** @throws FhirError whatever is against it; nothing is written then */
export async function depositDocument(
  engine: DmpEngine,
  exchange: DmpExchange,
  single: SingleDocument,
): Promise<DepositedDocument> {
  const { document, subject } = single
  const uniqueId = masterIdentifierOf(document)
  const claims = [...documentClaims(uniqueId), { type: 'submissionset', value: setIdOf(uniqueId) }] as const
  return untilSettled(engine, subject.record.facts.patientKey, claims, replacesAny(document), (known) =>
    attempt(engine, exchange, single, known),
  )
}

async function attempt(
  engine: DmpEngine,
  exchange: DmpExchange,
  { document, content, subject, grant, profile, at }: SingleDocument,
  known: readonly ClaimedDocument[],
): Promise<DepositedDocument> {
  const { patientKey } = subject.record.facts
  const setId = engine.newId(exchange.now)
  const there = known.find(({ type }) => type === 'document')
  const id = there?.id ?? engine.newId(exchange.now)
  const binaryId = there?.binary_id ?? engine.newId(exchange.now)
  // What lies there already has replaced whatever it replaced, and leads to what it led to.
  const replaced = there ? undefined : await findReplaced(engine, exchange, subject, document, at)
  const related = there
    ? { document, related: [] }
    : await resolveRelations(engine, exchange, subject, document, () => false, at)
  const { header, form } = content
  const admitted = await admitDocument(engine, exchange, {
    resource: related.document,
    content: content.content,
    header,
    form,
    subject,
    grant,
    complete: true,
    profile,
    id,
    binaryId,
    replaced,
    related: related.related,
    announced: there
      ? undefined
      : (of) => announcedReplacement(engine, exchange, subject, of, replaced, true, at),
    at,
  })
  const body = setBody(
    simpleSet(document, subject, { patientKey, id }, exchange.now),
    { patientKey, id: setId },
    exchange.now,
  )
  const submission = {
    record: subject.record,
    documents: [{ ...admitted, at }],
    set: { id: setId, uniqueId: setIdOf(admitted.uniqueId), body, at },
    folders: [],
  }
  const { documents } = await storeSubmission(engine, exchange, submission, known, 201)
  const [stored] = documents
  if (!stored) throw new Error('A document without an answer')
  return { stored, admitted }
}

/** A set made by the server is known by its one document. */
function setIdOf(uniqueId: string): string {
  return `ITI-105 ${canonicalUniqueId(uniqueId)}`
}

/** The submission set that MHD asks the recipient to make: what the document says of itself, and no more. */
function simpleSet(
  document: JsonObject,
  subject: Subject,
  place: { readonly patientKey: Uuid; readonly id: Uuid },
  now: number,
): JsonObject {
  return {
    resourceType: 'List',
    status: 'current',
    mode: 'working',
    code: {
      coding: [{ system: 'https://profiles.ihe.net/ITI/MHD/CodeSystem/MHDlistTypes', code: 'submissionset' }],
    },
    subject: { reference: patientReference(subject) },
    date: typeof document.date === 'string' ? document.date : new Date(now).toISOString(),
    entry: [{ item: { reference: `DocumentReference/${formatResourceId(place)}` } }],
  }
}
