/** Made-up documents of one structure as the submission that it would send to a record that may have some of them already. */
import { contentInMemory } from '../../content/receive-content.ts'
import { encodeUuid } from '../../fhir/id.ts'
import type { DmpEngine } from '../../interactions/dmp/dmp-engine.ts'
import type { DmpExchange } from '../../interactions/dmp/dmp-exchange.ts'
import { settleClaims } from '../../interactions/dmp/submission/settle-claims.ts'
import type { Submission } from '../../interactions/dmp/submission/submission.ts'
import { bodyOf } from '../../population/dmp/records.ts'
import type { Persona } from '../../sandbox/persona.ts'
import type { Claim, ClaimedDocument } from '../../storage/documents/store-documents.ts'
import type { Subject } from '../../storage/records/find-subject.ts'
import { madeUpCaller, madeUpExchange } from './made-up-exchange.ts'
import {
  madeUpDocument,
  madeUpSet,
  type SeededDocuments,
  setUniqueIdOf,
  uniqueIdOf,
} from './made-up-submission.ts'
import { OtherPopulation } from './other-population.ts'

export type Lot = {
  /** Whose `newId` gives the ids of this lot, and of no other. */
  readonly engine: DmpEngine
  readonly sender: Persona
  /** Of one structure. */
  readonly documents: SeededDocuments
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
    { type: 'submissionset' as const, value: setUniqueIdOf(documents) },
  ]
}

/**
 * @param known what the record has of the claims
 * @returns undefined for what lies there already
 * @throws FhirError 409 for what lies there otherwise
 * @throws OtherPopulation for a lot of which some documents lie there, in another
 */
export function admitLot(
  { engine, sender, documents }: Lot,
  subject: Subject,
  known: readonly ClaimedDocument[],
  now: number,
): AdmittedLot | undefined {
  const [first] = documents
  const exchange = madeUpExchange(engine, madeUpCaller(sender), 'provide-documents', now)
  exchange.trace.asks('Bundle')
  const admitted = documents.map((document) => {
    const uniqueId = uniqueIdOf(document)
    const there = known.find(({ type, value }) => type === 'document' && value === uniqueId)
    const content = contentInMemory(Buffer.from(bodyOf(document)))
    const ids = { id: there?.id ?? engine.newId(now), binaryId: there?.binary_id ?? engine.newId(now) }
    return { at: AT, ...madeUpDocument(engine, exchange, document, subject, content, ids) }
  })
  const id = engine.newId(now)
  const items = admitted.map(({ row }) => row.id)
  const set = {
    id,
    uniqueId: setUniqueIdOf(documents),
    body: madeUpSet(first, subject, items, id, now),
    at: 'List',
  }
  const submission = { record: subject.record, documents: admitted, set, folders: [] }
  const stored = settleClaims(engine, exchange, submission, known)
  if (!stored.set.created) return undefined
  // Lots are written whole: one of which some is there is another's.
  if (stored.documents.some(({ created }) => !created))
    throw new OtherPopulation('Some documents of a new lot are there')
  exchange.trace.concernsOnly([
    { type: 'List', id: encodeUuid(id), version: 1 },
    ...stored.documents.map(({ id, version }) => ({
      type: 'DocumentReference',
      id: encodeUuid(id),
      version,
    })),
  ])
  return { exchange, submission, fresh: admitted }
}
