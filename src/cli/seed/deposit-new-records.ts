/**
 * Records that nobody has yet, with all their documents, in one transaction and few statements. Each opening and each lot is
 * traced by itself, each lot decided and sealed; the rows are those that the requests would leave (test/cli/seed-rows.test.ts).
 */
import type { DmpEngine } from '../../interactions/dmp/dmp-engine.ts'
import type { SeededRecord } from '../../population/dmp/records.ts'
import { type BulkConnection, type BulkTransaction, isTaken } from '../../storage/bulk/bulk-connection.ts'
import {
  clearRows,
  copyDocuments,
  type DocumentRows,
  documentTables,
} from '../../storage/bulk/copy-documents.ts'
import { copyTraces } from '../../storage/bulk/copy-traces.ts'
import { insertOpened } from '../../storage/bulk/opened-records.ts'
import type { TraceRow } from '../../storage/traces/insert-traces.ts'
import type { Lot } from './admit-lot.ts'
import type { Deposited } from './deposit-lots.ts'
import type { WriteLot } from './new-lot.ts'
import type { FillOpening, Opening } from './opening-template.ts'
import type { WriteSeals } from './seal-writer.ts'
import type { DepositStatement } from './statement-template.ts'

export type RecordToMake = {
  /** Whose `newId` gives the ids of the record, and of no lot. */
  readonly engine: DmpEngine
  readonly record: SeededRecord
  readonly lots: readonly Lot[]
}

export type Tools = {
  readonly bulk: BulkConnection
  readonly writeLot: WriteLot
  readonly writeSeals: WriteSeals
  readonly fillOpening: FillOpening
  /** Empty between two transactions. */
  readonly rows: DocumentRows
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
  } finally {
    clearRows(tools.rows)
  }
}

async function deposit(
  transaction: BulkTransaction,
  tools: Tools,
  records: readonly RecordToMake[],
): Promise<Deposited> {
  const { fillOpening, writeSeals, rows } = tools
  const openings = records.map(({ engine, record }) => fillOpening(engine, record.traits))
  // Refused for who has a record: first of all, so that nothing waits behind who opens it now.
  await insertOpened(
    transaction,
    openings.map(({ rows }) => rows),
  )
  const traces: TraceRow[] = openings.flatMap((opening) => opening.traces)
  for (const trace of traces) {
    documentTables.notices.write(rows.notices, trace)
    documentTables.outbox.write(rows.outbox, trace)
  }
  const statements: DepositStatement[] = []
  let [documents, bytes] = [0, 0]
  for (const [i, record] of records.entries()) {
    const opening = openings[i]
    if (!opening) throw new Error('A record without its opening')
    if (record.lots.length === 0) continue
    const made = await depositOne(transaction, tools, record, opening)
    traces.push(...made.traces)
    statements.push(...made.statements)
    documents += made.documents
    bytes += made.bytes
  }
  writeSeals(statements, rows)
  await copyDocuments(transaction, rows)
  await copyTraces(transaction, traces)
  return { documents, bytes }
}

async function depositOne(
  transaction: BulkTransaction,
  { writeLot, rows }: Tools,
  { engine, lots }: RecordToMake,
  { subject }: Opening,
): Promise<
  Deposited & { readonly traces: readonly TraceRow[]; readonly statements: readonly DepositStatement[] }
> {
  const now = Date.now()
  const { patientKey } = subject.record.facts
  const contents = engine.contents.ofNewRecord(patientKey)
  const made = lots.map((lot) => writeLot(lot, { subject, contents, now }, rows))
  documentTables.recordKeys.write(rows.recordKeys, { patientKey, ...contents.storedKey })
  documentTables.clocks.write(rows.clocks, { patientKey, at: now })
  const large = made.flatMap((lot) => lot.large)
  if (large.length > 0) {
    const kept = await engine.contents.deposit(patientKey, large, now)
    for (const content of await kept.keepAsRows(transaction, contents.recordKey))
      documentTables.contents.write(rows.contents, content)
  }
  return {
    documents: lots.reduce((sum, lot) => sum + lot.documents.length, 0),
    bytes: made.reduce((sum, lot) => sum + lot.bytes, 0),
    traces: made.map(({ trace }) => trace),
    statements: made.flatMap((lot) => lot.statements),
  }
}
