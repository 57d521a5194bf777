/**
 * A made-up document and the set it comes with, as they are written: by what happens to a deposit before it is written,
 * save that nobody asks whether it is sound. That it is, the tests ask.
 */
import type { DocumentReference } from '@medplum/fhirtypes'
import type { ReceivedContent } from '../../content/received-content.ts'
import { formatResourceId, type Uuid } from '../../fhir/id.ts'
import type { JsonObject } from '../../fhir/json.ts'
import type { DmpEngine } from '../../interactions/dmp/dmp-engine.ts'
import type { DmpExchange } from '../../interactions/dmp/dmp-exchange.ts'
import { settleDocument } from '../../interactions/dmp/submission/settle-document.ts'
import { patientReference } from '../../interactions/dmp/submission/subject.ts'
import { setBody } from '../../interactions/dmp/submission/submission-set-body.ts'
import type { AdmittedDocument } from '../../interactions/dmp/submission/submitted-document.ts'
import type { SeededDocument } from '../../population/dmp/document.ts'
import { documentReferenceOf } from '../../population/dmp/document-reference.ts'
import { submissionSetOf } from '../../population/dmp/submission-set.ts'
import type { Subject } from '../../storage/records/find-subject.ts'

export type SeededDocuments = readonly [SeededDocument, ...SeededDocument[]]

export type DocumentIds = { readonly id: Uuid; readonly binaryId: Uuid }

export function uniqueIdOf({ oid }: SeededDocument): string {
  return `urn:ietf:rfc:3986|urn:oid:${oid}`
}

export function setUniqueIdOf([first]: SeededDocuments): string {
  return `${uniqueIdOf(first)}.9`
}

export function madeUpDocument(
  engine: DmpEngine,
  exchange: DmpExchange,
  document: SeededDocument,
  subject: Subject,
  content: ReceivedContent,
  { id, binaryId }: DocumentIds,
): AdmittedDocument {
  const resource = documentReferenceOf(document, patientReference(subject))
  const submitted = { content, subject, id, binaryId, related: [], form: 'Binary' as const }
  return settleDocument(engine, exchange, submitted, asDocument(resource))
}

/** @param documents their ids, in the order of the set @returns its text */
export function madeUpSet(
  first: SeededDocument,
  subject: Subject,
  documents: readonly Uuid[],
  id: Uuid,
  now: number,
): string {
  const { patientKey } = subject.record.facts
  const references = documents.map(
    (each) => `DocumentReference/${formatResourceId({ patientKey, id: each })}`,
  )
  const list = submissionSetOf(first, patientReference(subject), references)
  return setBody(list, { patientKey, id }, now)
}

/** Made as one: a test validates them. */
function asDocument(resource: JsonObject): DocumentReference {
  return resource as unknown as DocumentReference
}
