/**
 * Writes a submission, once. A document that the record already has, with the same content, is answered as it lies there
 * (rule D1); with other content the whole submission is a conflict. Most submissions are new: the first attempt takes their
 * identifiers without a look, and when one is taken already everything is tried again from the start, after a look.
 */
import type { Trace } from '../../../audit/trace.ts'
import { FhirError, refusal } from '../../../fhir/fhir-error.ts'
import { encodeUuid, formatResourceId, type Uuid } from '../../../fhir/id.ts'
import type { Issue } from '../../../fhir/issue.ts'
import { insertResource, type NewResource } from '../../../storage/change-record.ts'
import type { Transaction } from '../../../storage/database.ts'
import { insertTraces } from '../../../storage/insert-traces.ts'
import { lockRecord } from '../../../storage/record-facts.ts'
import {
  type Claim,
  type ClaimedDocument,
  claim,
  findClaims,
  insertDocument,
} from '../../../storage/store-documents.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { holderIns, permit } from '../permit.ts'
import type { AdmittedDocument } from './submitted-document.ts'

export type Submission = {
  readonly patientKey: Uuid
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

/** An identifier of the submission was not, or no longer, free. */
class IdentifierTaken extends Error {}
const ATTEMPTS = 4

/**
 * Runs a submission from its very start, again when an identifier was taken, and then knowing what the record has.
 * @param claims the business identifiers of the submission
 * @throws FhirError 409 when other requests come in between again and again
 */
export async function untilSettled<T>(
  engine: DmpEngine,
  patientKey: Uuid,
  claims: readonly Pick<Claim, 'type' | 'value'>[],
  attempt: (known: readonly ClaimedDocument[]) => Promise<T>,
): Promise<T> {
  let known: readonly ClaimedDocument[] = []
  for (let tried = 1; ; tried++) {
    try {
      return await attempt(known)
    } catch (error) {
      if (!(error instanceof IdentifierTaken)) throw error
      if (tried === ATTEMPTS) throw refusal('conflict', 'conflit-concurrent')
      known = await findClaims(engine.db, patientKey, claims)
    }
  }
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
  noteInTrace(exchange.trace, stored)
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
  const [record, isClaimed] = await Promise.all([
    lockRecord(transaction, patientKey, holderIns(exchange), 'share'),
    claim(transaction, patientKey, claims),
  ])
  permit(engine, exchange, record, 'feed')
  if (!isClaimed) throw new IdentifierTaken()
  const list: NewResource = {
    patientKey,
    type: 'List',
    id: set.id,
    lastUpdated: exchange.now,
    body: set.body,
  }
  transaction.beforeCommit(
    ...fresh.map(({ row }) => insertDocument(transaction, row)),
    ...(stored.set.created ? [insertResource(transaction, list)] : []),
    insertTraces(transaction, [exchange.trace.row(status, '')]),
  )
}

function noteInTrace(trace: Trace, stored: StoredSubmission): void {
  trace.concernsOnly([
    { type: 'List', id: encodeUuid(stored.set.id), version: stored.set.version },
    ...stored.documents.map(({ id, version }) => ({
      type: 'DocumentReference',
      id: encodeUuid(id),
      version,
    })),
  ])
}

export function location(type: string, patientKey: Uuid, id: Uuid, version: number): string {
  return `${type}/${formatResourceId({ patientKey, id })}/_history/${version}`
}
