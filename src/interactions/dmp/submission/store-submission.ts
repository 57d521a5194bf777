/**
 * Writes a submission, once. A document that the record already has, with the same content, is answered as it lies there
 * (rule D1); with other content the whole submission is a conflict. Most submissions are new: the first attempt takes their
 * identifiers without a look, and when one is taken already everything is tried again from the start, after a look. One
 * that replaces (D2) looks first: sent again, it must not meet the document that it has itself replaced.
 */
import type { Trace } from '../../../audit/trace.ts'
import { FhirError, refusal } from '../../../fhir/fhir-error.ts'
import { encodeUuid, formatResourceId, type Uuid } from '../../../fhir/id.ts'
import type { Issue } from '../../../fhir/issue.ts'
import { lockDocuments, type NextDocument, writeDocument } from '../../../storage/change-document.ts'
import { insertResource, type NewResource } from '../../../storage/change-record.ts'
import { objectedDocuments } from '../../../storage/choices.ts'
import type { Transaction } from '../../../storage/database.ts'
import { insertTraces } from '../../../storage/insert-traces.ts'
import type { StoredDocument } from '../../../storage/read-document.ts'
import { type KnownRecord, lockRecord } from '../../../storage/record-facts.ts'
import {
  type Claim,
  type ClaimedDocument,
  claim,
  findClaims,
  insertDocument,
} from '../../../storage/store-documents.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { noticesOfDeposit } from '../documents/change-notices.ts'
import { metadataOf, nextDocument } from '../documents/next-document.ts'
import { askerOf, permit } from '../permit.ts'
import { type Replaced, refuseReplacement } from './replaced-document.ts'
import type { AdmittedDocument } from './submitted-document.ts'

export type Submission = {
  readonly patientKey: Uuid
  /** The patient's choice as the documents were labelled by it (V6). */
  readonly maskedByDefault: boolean
  readonly documents: readonly (AdmittedDocument & { readonly at: string })[]
  /** The submission set, which exists once too. */
  readonly set: { readonly id: Uuid; readonly uniqueId: string; readonly body: string }
}

export type Stored = {
  readonly created: boolean
  readonly id: Uuid
  readonly binaryId: Uuid | undefined
  readonly version: number
  readonly lastUpdated: number
}
export type StoredSubmission = { readonly documents: readonly Stored[]; readonly set: Stored }

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
  const stored = settle(submission, known, exchange.now)
  noteInTrace(exchange.trace, submission, stored)
  if (isRepeat(stored)) return stored
  await engine.db.transaction((transaction) =>
    write(engine, exchange, transaction, submission, stored, status),
  )
  exchange.trace.durable = true
  return stored
}

function claimsOf({ documents, set }: Submission): Claim[] {
  return [
    ...documents.map(({ uniqueId, row }) => ({ type: 'document' as const, value: uniqueId, id: row.id })),
    { type: 'submissionset', value: set.uniqueId, id: set.id },
  ]
}

/** What is new and what lies there already. @throws FhirError 409 naming every document whose identifier is taken */
function settle(submission: Submission, known: readonly ClaimedDocument[], now: number): StoredSubmission {
  const find = (type: string, value: string) => known.find((k) => k.type === type && k.value === value)
  const conflicts: Issue[] = []
  const documents = submission.documents.map(({ uniqueId, row, at }): Stored => {
    const there = find('document', uniqueId)
    if (!there) return { created: true, id: row.id, binaryId: row.binaryId, version: 1, lastUpdated: now }
    if (!there.content_sha256?.equals(row.sha256)) conflicts.push(taken(at))
    return existing(there)
  })
  const [first, ...rest] = conflicts
  if (first) throw new FhirError('duplicate', [first, ...rest])
  const there = find('submissionset', submission.set.uniqueId)
  const set = there
    ? existing(there)
    : { created: true, id: submission.set.id, binaryId: undefined, version: 1, lastUpdated: now }
  return { documents, set }
}

function existing(there: ClaimedDocument): Stored {
  return {
    created: false,
    id: there.id,
    binaryId: there.binary_id ?? undefined,
    version: there.version ?? 1,
    lastUpdated: there.last_updated,
  }
}

function isRepeat({ documents, set }: StoredSubmission): boolean {
  return !set.created && documents.every((document) => !document.created)
}

function taken(at: string): Issue {
  return {
    severity: 'error',
    type: 'duplicate',
    error: 'identifiant-unique-pris',
    expression: `${at}.masterIdentifier`,
    rule: 'D1',
  }
}

async function write(
  engine: DmpEngine,
  exchange: DmpExchange,
  transaction: Transaction,
  submission: Submission,
  stored: StoredSubmission,
  status: number,
): Promise<void> {
  const { patientKey, set } = submission
  const fresh = submission.documents.filter((_, i) => stored.documents[i]?.created)
  const claims = claimsOf(submission).filter(
    ({ id }) => fresh.some(({ row }) => row.id === id) || (stored.set.created && id === set.id),
  )
  const replacements = fresh.flatMap(({ replaced }) => replaced ?? [])
  const [record, isClaimed, replaced, objected] = await Promise.all([
    lockRecord(transaction, patientKey, askerOf(exchange), 'share'),
    claim(transaction, patientKey, claims),
    replacements.length > 0
      ? lockDocuments(
          transaction,
          patientKey,
          replacements.map(({ stored }) => stored.id),
        )
      : [],
    objectedDocuments(
      transaction,
      patientKey,
      fresh.map(({ uniqueId }) => uniqueId),
    ),
  ])
  const { record: locked, rules } = permit(engine, exchange, record, 'feed')
  if (!isClaimed) throw new Overtaken()
  // V6: the patient has chosen meanwhile.
  if (locked.facts.maskedByDefault !== submission.maskedByDefault)
    throw refusal('conflict', 'conflit-concurrent')
  refuseObjected(fresh, objected)
  const superseded = replacements.map((replacement) =>
    supersede(engine, exchange, locked, replacement, replaced),
  )
  if (superseded.length > 0) exchange.trace.decided([...rules, 'D2'])
  for (const { row } of fresh)
    exchange.trace.owes(noticesOfDeposit(exchange.caller, locked.facts, row.id, row))
  const list: NewResource = {
    patientKey,
    type: 'List',
    id: set.id,
    lastUpdated: exchange.now,
    body: set.body,
  }
  transaction.beforeCommit(
    ...fresh.map(({ row }) => insertDocument(transaction, row)),
    ...superseded.map((next) => writeDocument(transaction, next)),
    ...(stored.set.created ? [insertResource(transaction, list)] : []),
    insertTraces(transaction, [exchange.trace.row(status, '')]),
  )
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
    .filter(({ uniqueId }) => objected.has(uniqueId))
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
