/**
 * Writes a submission, once. A document that the record already has, with the same content, is answered as it lies there
 * (rule D1); with other content the whole submission is a conflict. Most submissions are new: the first attempt takes their
 * identifiers without a look, and when one is taken already everything is tried again from the start, after a look. One
 * that replaces (D2) looks first: sent again, it must not meet the document that it has itself replaced.
 */
import type { Trace } from '../../../audit/trace.ts'
import type { Deposit } from '../../../content/deposit.ts'
import { spellingsOf } from '../../../dmp/documents/unique-id.ts'
import { FhirError, refusal } from '../../../fhir/fhir-error.ts'
import { encodeUuid, formatResourceId, type Uuid } from '../../../fhir/id.ts'
import type { Issue } from '../../../fhir/issue.ts'
import { runTogether } from '../../../storage/connection/run-together.ts'
import type { Transaction } from '../../../storage/database.ts'
import {
  lockDocuments,
  type NextDocument,
  writeDocument,
} from '../../../storage/documents/change-document.ts'
import { addToFolder } from '../../../storage/documents/folders.ts'
import { noteChanges, type WrittenVersion } from '../../../storage/documents/note-changes.ts'
import type { StoredDocument } from '../../../storage/documents/read-document.ts'
import {
  type Claim,
  type ClaimedDocument,
  claim,
  documentInsertions,
  findClaims,
} from '../../../storage/documents/store-documents.ts'
import { listInsertions } from '../../../storage/documents/store-lists.ts'
import { objectedDocuments } from '../../../storage/records/choices.ts'
import { type KnownRecord, lockRecord } from '../../../storage/records/record-facts.ts'
import { insertDocumentSignatures } from '../../../storage/seals/document-signatures.ts'
import { sealInsertion } from '../../../storage/seals/seals.ts'
import { traceInsertions } from '../../../storage/traces/insert-traces.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { noticesOfDeposit } from '../documents/change-notices.ts'
import { metadataOf, nextDocument } from '../documents/next-document.ts'
import { askerOf, permit } from '../permit.ts'
import { type JudgedSignatures, judgeSignatures } from './judge-signatures.ts'
import { listIndex } from './list-index.ts'
import { type Replaced, refuseReplacement } from './replaced-document.ts'
import { sealSubmission } from './seal-submission.ts'
import { claimsOf, isRepeat, settleClaims } from './settle-claims.ts'
import { listsOf, type StoredSubmission, type Submission } from './submission.ts'

/** An identifier was not, or no longer, free; or a document to be replaced has changed since it was read. */
class Overtaken extends Error {}
const ATTEMPTS = 4

/**
 * Runs a submission from its very start, again when an identifier was taken, and then knowing what the record has.
 * @param claims the business identifiers of the submission
 * @param looksFirst whether the first attempt, too, knows what the record has
 * @throws FhirError 409 when other requests come in between again and again
 */
export async function untilSettled<T>(
  engine: DmpEngine,
  patientKey: Uuid,
  claims: readonly Pick<Claim, 'type' | 'value'>[],
  looksFirst: boolean,
  attempt: (known: readonly ClaimedDocument[]) => Promise<T>,
): Promise<T> {
  let known: readonly ClaimedDocument[] = looksFirst ? await findClaims(engine.db, patientKey, claims) : []
  for (let tried = 1; ; tried++) {
    try {
      return await attempt(known)
    } catch (error) {
      if (!(error instanceof Overtaken || isReplaced(error))) throw error
      const found = await findClaims(engine.db, patientKey, claims)
      // What is to be replaced was replaced meanwhile: by this very submission, sent twice at once, or by another.
      if (isReplaced(error) && found.length === known.length) throw error
      if (tried === ATTEMPTS) throw refusal('conflict', 'conflit-concurrent')
      known = found
    }
  }
}

function isReplaced(error: unknown): boolean {
  return error instanceof FhirError && error.issues[0].error === 'document-remplace'
}

/**
 * @param known what the record had of the submission's identifiers when its ids were chosen
 * @param status what will be answered, for the trace that is written with the documents
 */
export async function storeSubmission(
  engine: DmpEngine,
  exchange: DmpExchange,
  submission: Submission,
  known: readonly ClaimedDocument[],
  status: number,
): Promise<StoredSubmission> {
  const stored = settleClaims(engine, exchange, submission, known)
  if (isRepeat(stored)) {
    noteInTrace(exchange.trace, submission, stored)
    return stored
  }
  const fresh = submission.documents.filter((_, i) => stored.documents[i]?.created)
  for (const text of [submission.set.body, ...fresh.map(({ row }) => row.body)])
    exchange.setAside?.assertAbsent(text)
  const signatures = await judgeSignatures(engine, submission, exchange.now)
  const deposit = await engine.contents.deposit(
    submission.record.facts.patientKey,
    fresh.map(({ content }) => content),
    exchange.now,
  )
  noteInTrace(exchange.trace, submission, stored)
  try {
    await engine.db.transaction((transaction) =>
      write(engine, exchange, transaction, submission, stored, deposit, signatures, status),
    )
  } catch (error) {
    // What was not stored after all is not named: it would read as something that is kept from the reader (V7).
    exchange.trace.concernsOnly([])
    throw error
  }
  exchange.trace.durable = true
  return stored
}

async function write(
  engine: DmpEngine,
  exchange: DmpExchange,
  transaction: Transaction,
  submission: Submission,
  stored: StoredSubmission,
  deposit: Deposit,
  signatures: JudgedSignatures,
  status: number,
): Promise<void> {
  const { patientKey, maskedByDefault } = submission.record.facts
  const fresh = submission.documents.filter((_, i) => stored.documents[i]?.created)
  const made = newIds(stored)
  const claims = claimsOf(submission).filter(({ id }) => made.has(id))
  const replacements = fresh.flatMap(({ replaced }) => replaced ?? [])
  const related = fresh.flatMap(({ related }) => related)
  const held = [...replacements.map(({ stored }) => stored.id), ...related.map(({ id }) => id)]
  const [record, isClaimed, others, objected, recordKey] = await Promise.all([
    lockRecord(transaction, patientKey, askerOf(exchange), 'share'),
    claim(transaction, patientKey, claims),
    held.length > 0 ? lockDocuments(transaction, patientKey, held) : [],
    objectedDocuments(
      transaction,
      patientKey,
      fresh.flatMap(({ uniqueId }) => spellingsOf(uniqueId)),
    ),
    deposit.recordKey(transaction),
  ])
  const { record: locked, rules } = permit(engine, exchange, record, 'feed')
  if (!isClaimed) throw new Overtaken()
  // V6: the patient has chosen meanwhile.
  if (locked.facts.maskedByDefault !== maskedByDefault) throw refusal('conflict', 'conflit-concurrent')
  refuseObjected(fresh, objected)
  refuseChanged(related, others)
  const superseded = replacements.map((replacement) =>
    supersede(engine, exchange, locked, replacement, others),
  )
  if (superseded.length > 0) exchange.trace.decided([...rules, 'D2'])
  for (const { row } of fresh)
    exchange.trace.owes(noticesOfDeposit(exchange.caller, locked.facts, row.id, row))
  const { now } = exchange
  const seals = sealSubmission(engine, exchange, {
    documents: fresh,
    set: stored.set.created ? submission.set : undefined,
    superseded,
    replaced: others,
    signatures,
  })
  const contents = await deposit.keep(transaction, recordKey)
  const lists = listsOf(submission, stored, now).map((list) => ({ ...list, index: listIndex(engine, list) }))
  transaction.beforeCommit(
    runTogether(transaction, [
      ...contents,
      sealInsertion(seals),
      ...documentInsertions(
        patientKey,
        fresh.map(({ row }) => ({ document: row, submission: stored.set.id })),
        now,
      ),
      ...listInsertions(lists),
      ...traceInsertions(transaction, [exchange.trace.row(status, '')]),
    ]),
    ...(signatures.links.length > 0
      ? [insertDocumentSignatures(transaction, patientKey, signatures.links)]
      : []),
    ...superseded.map((next) => writeDocument(transaction, next)),
    ...submission.folders.map(({ id, added }) => addToFolder(transaction, { patientKey, id }, added, now)),
    noteChanges(transaction, patientKey, writtenBy(fresh, superseded), now),
  )
}

function writtenBy(fresh: Submission['documents'], superseded: readonly NextDocument[]): WrittenVersion[] {
  return [
    ...fresh.map(({ row }) => ({ id: row.id, version: 1 })),
    ...superseded.map(({ id, replaces }) => ({ id, version: replaces + 1 })),
  ]
}

function newIds({ documents, set, folders }: StoredSubmission): ReadonlySet<Uuid> {
  return new Set([...documents, set, ...folders].flatMap(({ id, created }) => (created ? [id] : [])))
}

/** What a document transforms, appends or signs hides it as it was read: it must still be that. */
function refuseChanged(related: readonly StoredDocument[], locked: readonly StoredDocument[]): void {
  for (const { id, version } of related)
    if (locked.find((current) => current.id === id)?.version !== version) throw new Overtaken()
}

/**
 * The next version of a replaced document. Whoever came first has replaced it: the attempt that comes second reads it
 * again, and is told so.
 */
function supersede(
  engine: DmpEngine,
  exchange: DmpExchange,
  record: KnownRecord,
  { stored, at }: Replaced,
  locked: readonly StoredDocument[],
): NextDocument {
  const current = locked.find(({ id }) => id === stored.id)
  if (current?.version !== stored.version) throw new Overtaken()
  refuseReplacement(engine, exchange, record, current, at)
  const changed = { ...metadataOf(current), status: 'superseded' }
  return nextDocument(engine, record.facts.patientKey, current, changed, exchange.now)
}

/** A13. @throws FhirError 409 naming every document that the patient objects to */
function refuseObjected(documents: Submission['documents'], objected: ReadonlySet<string>): void {
  const [first, ...rest] = documents
    .filter(({ uniqueId }) => spellingsOf(uniqueId).some((spelling) => objected.has(spelling)))
    .map(
      ({ at }): Issue => ({
        severity: 'error',
        type: 'conflict',
        error: 'opposition-alimentation',
        expression: `${at}.masterIdentifier`,
        rule: 'A13',
      }),
    )
  if (first) throw new FhirError('conflict', [first, ...rest])
}

function noteInTrace(trace: Trace, { documents }: Submission, stored: StoredSubmission): void {
  trace.concernsOnly([
    { type: 'List', id: encodeUuid(stored.set.id), version: stored.set.version },
    ...stored.folders.map(({ id }) => ({ type: 'List', id: encodeUuid(id), version: 1 })),
    ...stored.documents.map(({ id, version }) => ({
      type: 'DocumentReference',
      id: encodeUuid(id),
      version,
    })),
    ...documents.flatMap(({ replaced }, i) =>
      replaced && stored.documents[i]?.created
        ? [
            {
              type: 'DocumentReference',
              id: encodeUuid(replaced.stored.id),
              version: replaced.stored.version + 1,
            },
          ]
        : [],
    ),
  ])
}

export function location(type: string, patientKey: Uuid, id: Uuid, version: number): string {
  return `${type}/${formatResourceId({ patientKey, id })}/_history/${version}`
}
