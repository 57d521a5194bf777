/**
 * ITI-105: one DocumentReference with its bytes inside. The server derives what a CDA header tells, and makes the
 * submission set.
 * @see https://profiles.ihe.net/ITI/MHD/ITI-105.html, ANS PDSm simplified publish
 */

import type { Registry } from '../../../definitions/registry.ts'
import type { Grant } from '../../../dmp/functional-matrix.ts'
import { refusal } from '../../../fhir/fhir-error.ts'
import { formatResourceId, type Uuid } from '../../../fhir/id.ts'
import { isJsonObject, type JsonObject } from '../../../fhir/json.ts'
import type { Subject } from '../../../storage/find-subject.ts'
import type { ClaimedDocument } from '../../../storage/store-documents.ts'
import type { Answer } from '../../exchange.ts'
import type { Body } from '../../input.ts'
import { readBodyOf } from '../../read-body.ts'
import { rewriteLinks } from '../../transaction/rewrite-links.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { admitDocument } from '../submission/admit-document.ts'
import { attachmentOf, masterIdentifierOf } from '../submission/lot.ts'
import { type ReceivedContent, receiveContent } from '../submission/received-content.ts'
import { findReplaced, replacesAny } from '../submission/replaced-document.ts'
import { location, type Stored, storeSubmission, untilSettled } from '../submission/store-submission.ts'
import { patientReference, permitSubject, resolveSubject } from '../submission/subject.ts'
import { setBody } from '../submission/submission-set-body.ts'
import type { AdmittedDocument } from '../submission/submitted-document.ts'

const AT = 'DocumentReference'

export async function publishDocument(
  engine: DmpEngine,
  exchange: DmpExchange,
  body: Body | undefined,
): Promise<Answer> {
  exchange.trace.asks('DocumentReference')
  const document = readBodyOf(engine, body, 'DocumentReference')
  const subject = await resolveSubject(engine, exchange, document.subject, `${AT}.subject`)
  const { grant } = permitSubject(engine, exchange, subject, 'feed', `${AT}.subject`)
  const attachment = attachmentOf(document)
  const content = receiveContent(
    attachment?.data,
    engine.limits.maxDocumentBytes,
    `${AT}.content[0].attachment.data`,
  )
  if (masterIdentifierOf(document) === '') {
    throw refusal('unprocessable', 'element-requis', {
      type: 'required',
      params: { name: 'masterIdentifier' },
      expression: `${AT}.masterIdentifier`,
    })
  }
  const { patientKey } = subject.record.facts
  const uniqueId = masterIdentifierOf(document)
  const claims = [
    { type: 'document', value: uniqueId },
    { type: 'submissionset', value: setIdOf(uniqueId) },
  ] as const
  const { stored, admitted } = await untilSettled(
    engine,
    patientKey,
    claims,
    replacesAny(document),
    (known) => settle(engine, exchange, document, content, subject, grant, known),
  )
  return answer(exchange, patientKey, stored, admitted)
}

async function settle(
  engine: DmpEngine,
  exchange: DmpExchange,
  document: JsonObject,
  content: ReceivedContent,
  subject: Subject,
  grant: Grant,
  known: readonly ClaimedDocument[],
): Promise<{ readonly stored: Stored; readonly admitted: AdmittedDocument }> {
  const { patientKey } = subject.record.facts
  const set = { id: engine.newId(exchange.now), uniqueId: setIdOf(masterIdentifierOf(document)) }
  const there = known.find((k) => k.type === 'document')
  const id = there?.id ?? engine.newId(exchange.now)
  const binaryId = there?.binary_id ?? engine.newId(exchange.now)
  const resource = withoutData(document, subject, engine.registry)
  const replaced = there ? undefined : await findReplaced(engine, exchange, subject, resource, AT)
  const admitted = admitDocument(engine, exchange, {
    resource,
    content,
    subject,
    grant,
    complete: true,
    id,
    binaryId,
    replaced,
    at: AT,
  })
  const body = setBody(
    simpleSet(resource, subject, { patientKey, id }, exchange.now),
    { patientKey, id: set.id },
    exchange.now,
  )
  const { maskedByDefault } = subject.record.facts
  const submission = {
    patientKey,
    maskedByDefault,
    documents: [{ ...admitted, at: AT }],
    set: { ...set, body },
  }
  const { documents } = await storeSubmission(engine, exchange, submission, known, 201)
  const [stored] = documents
  if (!stored) throw new Error('A document without an answer')
  return { stored, admitted }
}

/** A set made by the server is known by its one document. */
function setIdOf(uniqueId: string): string {
  return `ITI-105 ${uniqueId}`
}

/** The document with the bytes taken out, and the patient by the id of the record. */
function withoutData(document: JsonObject, subject: Subject, registry: Registry): JsonObject {
  const patient = patientReference(subject)
  const content = (Array.isArray(document.content) ? document.content : []).map((item) => {
    if (!isJsonObject(item) || !isJsonObject(item.attachment)) return item
    const { data: _, ...attachment } = item.attachment
    return { ...item, attachment }
  })
  const rewritten = rewriteLinks({ ...document, content }, registry, AT, (text, kind) =>
    kind === 'reference' && text.startsWith('Patient?') ? patient : undefined,
  )
  return { ...rewritten, subject: { reference: patient } }
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

function answer(exchange: DmpExchange, patientKey: Uuid, stored: Stored, { row }: AdmittedDocument): Answer {
  const headers = {
    status: stored.created ? 201 : 200,
    location: location('DocumentReference', patientKey, stored.id, stored.version),
    etag: `W/"${stored.version}"`,
    lastModified: stored.lastUpdated,
  }
  // A repeated push is told where its document lies; what lies there is read with the right to read.
  return exchange.prefer === 'minimal' || !stored.created ? headers : { ...headers, body: row.body }
}
