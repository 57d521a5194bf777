/**
 * Records that nobody has yet, with all their documents, in one transaction and few statements. Each opening and each lot is
 * traced by itself, each lot decided and sealed; the rows are those that the requests would leave (test/cli/seed-rows.test.ts).
 */
import type { DmpEngine } from '../../interactions/dmp/dmp-engine.ts'
import type { SeededRecord } from '../../population/dmp/records.ts'
import { type BulkConnection, type BulkTransaction, isTaken } from '../../storage/bulk/bulk-connection.ts'
import { copyDocuments, type WordVectors } from '../../storage/bulk/copy-documents.ts'
import { insertOpened } from '../../storage/bulk/opened-records.ts'
import type { NewContent } from '../../storage/content-rows.ts'
import { insertTraces } from '../../storage/insert-traces.ts'
import type { Lot } from './admit-lot.ts'
import type { Deposited } from './deposit-lots.ts'
import type { MakeNewLot, NewLot } from './new-lot.ts'
import type { FillOpening } from './opening-template.ts'

export type RecordToMake = {
  /** Whose `newId` gives the ids of the record, and of no lot. */
  readonly engine: DmpEngine
  readonly record: SeededRecord
  readonly lots: readonly Lot[]
}

export type Tools = {
  readonly bulk: BulkConnection
  readonly makeLot: MakeNewLot
  readonly vectorOf: WordVectors
  readonly fillOpening: FillOpening
}

/** @returns undefined, and nothing written, when one of them is there already */
export async function depositNewRecords(
  tools: Tools,
  records: readonly RecordToMake[],
): Promise<Deposited | undefined> {
  if (records.length === 0) return { documents: 0, bytes: 0 }
  try {
    return await tools.bulk.transaction((transaction) => deposit(transaction, tools, records))
  } catch (error) {
    if (isTaken(error)) return undefined
    throw error
  }
}

async function deposit(
  transaction: BulkTransaction,
  { fillOpening, makeLot, vectorOf }: Tools,
  records: readonly RecordToMake[],
): Promise<Deposited> {
  const openings = records.map(({ engine, record }) => fillOpening(engine, record.traits))
  // Refused for who has a record: first of all, so that nothing waits behind who opens it now.
  await insertOpened(
    transaction,
    openings.map(({ rows }) => rows),
  )
  const lots: NewLot[] = []
  const contents: NewContent[] = []
  for (const [i, { engine, lots: ofRecord }] of records.entries()) {
    const subject = openings[i]?.subject
    if (!subject) throw new Error('A record without its opening')
    const now = Date.now()
    const { patientKey } = subject.record.facts
    const made = ofRecord.map((lot) => makeLot(lot, subject, now))
    const received = made.flatMap(({ documents }) => documents.map(({ content }) => content))
    if (received.length > 0) {
      const kept = await engine.contents.deposit(patientKey, received, now)
      const recordKey = await kept.recordKey(transaction)
      contents.push(...(await kept.keepAsRows(transaction, recordKey)))
    }
    lots.push(...made)
  }
  const documents = lots.flatMap((lot) => lot.documents)
  const traces = [...openings.flatMap(({ traces }) => traces), ...lots.map(({ trace }) => trace)]
  await insertTraces(
    transaction,
    // Their notices are copied.
    traces.map((trace) => ({ ...trace, notices: [] })),
  )
  const rows = {
    contents,
    traces,
    claims: lots.flatMap(claimsOf),
    documents: lots.flatMap(({ documents, set }) =>
      documents.map(({ row }) => ({ document: row, submission: set.id })),
    ),
    lists: lots.map(({ set }) => set),
    seals: documents.map(({ seal }) => seal),
  }
  await copyDocuments(transaction, rows, vectorOf)
  const bytes = documents.reduce((sum, { content }) => sum + content.size, 0)
  return { documents: documents.length, bytes }
}

function claimsOf({ documents, set, setUniqueId }: NewLot) {
  const { patientKey } = set
  return [
    ...documents.map(({ row, uniqueId }) => ({
      patientKey,
      type: 'document' as const,
      value: uniqueId,
      id: row.id,
    })),
    { patientKey, type: 'submissionset' as const, value: setUniqueId, id: set.id },
  ]
}
