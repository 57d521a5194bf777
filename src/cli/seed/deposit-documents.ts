/**
 * Puts made-up documents into a record as a structure's submissions: everything that happens to a deposit happens, save that
 * nobody asks whether it is sound. That it is, the tests ask.
 */
import type { DocumentReference } from '@medplum/fhirtypes'
import { contentInMemory } from '../../content/receive-content.ts'
import { formatResourceId } from '../../fhir/id.ts'
import type { JsonObject } from '../../fhir/json.ts'
import type { DmpEngine } from '../../interactions/dmp/dmp-engine.ts'
import { settleDocument } from '../../interactions/dmp/submission/settle-document.ts'
import { storeSubmission, untilSettled } from '../../interactions/dmp/submission/store-submission.ts'
import { patientReference } from '../../interactions/dmp/submission/subject.ts'
import { setBody } from '../../interactions/dmp/submission/submission-set-body.ts'
import type { SeededDocument } from '../../population/dmp/document.ts'
import { documentReferenceOf } from '../../population/dmp/document-reference.ts'
import { bodyOf } from '../../population/dmp/records.ts'
import { submissionSetOf } from '../../population/dmp/submission-set.ts'
import type { Subject } from '../../storage/find-subject.ts'
import { madeUpExchange } from './made-up-exchange.ts'

const AT = 'DocumentReference'

/** @param documents of one structure @returns how many are new, and their bytes */
export async function depositDocuments(
  engine: DmpEngine,
  subject: Subject,
  documents: readonly [SeededDocument, ...SeededDocument[]],
): Promise<{ readonly documents: number; readonly bytes: number }> {
  const [first] = documents
  const { patientKey } = subject.record.facts
  const structure = {
    actor: 'STRUCTURE',
    authentication: 'INDIRECTE',
    structureId: first.author.structure.id,
  } as const
  const now = Date.now()
  const claims = [
    ...documents.map(({ oid }) => ({ type: 'document' as const, value: `urn:ietf:rfc:3986|urn:oid:${oid}` })),
    { type: 'submissionset' as const, value: `urn:ietf:rfc:3986|urn:oid:${first.oid}.9` },
  ]
  let bytes = 0
  const { documents: stored } = await untilSettled(engine, patientKey, claims, true, async (known) => {
    const exchange = madeUpExchange(engine, structure, 'provide-documents', now)
    const admitted = documents.map((document) => {
      const there = known.find(({ value }) => value === `urn:ietf:rfc:3986|urn:oid:${document.oid}`)
      const content = contentInMemory(Buffer.from(bodyOf(document)))
      const submitted = {
        resource: documentReferenceOf(document, patientReference(subject)),
        content,
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
    const body = setBody(list, { patientKey, id }, now)
    const set = { id, uniqueId: claims.at(-1)?.value ?? '', body, at: 'List' }
    const submission = { record: subject.record, documents: admitted, set, folders: [] }
    const result = await storeSubmission(engine, exchange, submission, known, 200)
    bytes = admitted.reduce(
      (sum, { content }, i) => sum + (result.documents[i]?.created ? content.size : 0),
      0,
    )
    return result
  })
  return { documents: stored.filter(({ created }) => created).length, bytes }
}

/** Made as one: a test validates them. */
function asDocument(resource: JsonObject): DocumentReference {
  return resource as unknown as DocumentReference
}
