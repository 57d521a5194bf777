/**
 * Made-up documents of one structure as the submission that it would send: everything that happens to a deposit before it is
 * written happens, save that nobody asks whether it is sound. That it is, the tests ask.
 */
import type { DocumentReference } from '@medplum/fhirtypes'
import { contentInMemory } from '../../content/receive-content.ts'
import { encodeUuid, formatResourceId } from '../../fhir/id.ts'
import type { JsonObject } from '../../fhir/json.ts'
import type { DmpEngine } from '../../interactions/dmp/dmp-engine.ts'
import type { DmpExchange } from '../../interactions/dmp/dmp-exchange.ts'
import { settleClaims } from '../../interactions/dmp/submission/settle-claims.ts'
import { settleDocument } from '../../interactions/dmp/submission/settle-document.ts'
import { patientReference } from '../../interactions/dmp/submission/subject.ts'
import type { Submission } from '../../interactions/dmp/submission/submission.ts'
import { setBody } from '../../interactions/dmp/submission/submission-set-body.ts'
import type { SeededDocument } from '../../population/dmp/document.ts'
import { documentReferenceOf } from '../../population/dmp/document-reference.ts'
import { bodyOf } from '../../population/dmp/records.ts'
import { submissionSetOf } from '../../population/dmp/submission-set.ts'
import type { Subject } from '../../storage/find-subject.ts'
import type { Claim, ClaimedDocument } from '../../storage/store-documents.ts'
import { madeUpExchange } from './made-up-exchange.ts'

export type Lot = {
  /** Whose `newId` gives the ids of this lot, and of no other. */
  readonly engine: DmpEngine
  /** Of one structure. */
  readonly documents: readonly [SeededDocument, ...SeededDocument[]]
}

export type AdmittedLot = {
  readonly exchange: DmpExchange
  readonly submission: Submission
  /** Those that the record has not yet. */
  readonly fresh: Submission['documents']
}

const AT = 'DocumentReference'

export function lotClaims({ documents }: Lot): Pick<Claim, 'type' | 'value'>[] {
  return [
    ...documents.map((document) => ({ type: 'document' as const, value: uniqueIdOf(document) })),
    { type: 'submissionset' as const, value: setIdOf(documents) },
  ]
}

/**
 * @param known what the record has of the claims
 * @returns undefined for what lies there already
 * @throws FhirError 409 for what lies there otherwise
 */
export function admitLot(
  { engine, documents }: Lot,
  subject: Subject,
  known: readonly ClaimedDocument[],
  now: number,
): AdmittedLot | undefined {
  const [first] = documents
  const { patientKey } = subject.record.facts
  const structureId = first.author.structure.id
  const structure = { actor: 'STRUCTURE', authentication: 'INDIRECTE', structureId } as const
  const exchange = madeUpExchange(engine, structure, 'provide-documents', now)
  const admitted = documents.map((document) => {
    const uniqueId = uniqueIdOf(document)
    const there = known.find(({ type, value }) => type === 'document' && value === uniqueId)
    const submitted = {
      resource: documentReferenceOf(document, patientReference(subject)),
      content: contentInMemory(Buffer.from(bodyOf(document))),
      subject,
      id: there?.id ?? engine.newId(now),
      binaryId: there?.binary_id ?? engine.newId(now),
      related: [],
      form: 'Binary' as const,
    }
    return { at: AT, ...settleDocument(engine, exchange, submitted, asDocument(submitted.resource)) }
  })
  const id = engine.newId(now)
  const list = submissionSetOf(
    first,
    patientReference(subject),
    admitted.map(({ row }) => `DocumentReference/${formatResourceId({ patientKey, id: row.id })}`),
  )
  const set = { id, uniqueId: setIdOf(documents), body: setBody(list, { patientKey, id }, now), at: 'List' }
  const submission = { record: subject.record, documents: admitted, set, folders: [] }
  const stored = settleClaims(engine, exchange, submission, known)
  if (!stored.set.created) return undefined
  exchange.trace.concernsOnly([
    { type: 'List', id: encodeUuid(id), version: 1 },
    ...stored.documents.map(({ id, version }) => ({
      type: 'DocumentReference',
      id: encodeUuid(id),
      version,
    })),
  ])
  return { exchange, submission, fresh: admitted.filter((_, i) => stored.documents[i]?.created) }
}

function uniqueIdOf({ oid }: SeededDocument): string {
  return `urn:ietf:rfc:3986|urn:oid:${oid}`
}

function setIdOf([first]: Lot['documents']): string {
  return `${uniqueIdOf(first)}.9`
}

/** Made as one: a test validates them. */
function asDocument(resource: JsonObject): DocumentReference {
  return resource as unknown as DocumentReference
}
