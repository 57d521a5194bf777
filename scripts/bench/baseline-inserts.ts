/**
 * Baseline (b) of `bench push`, a process of its own: the rows of a push (two business identifiers, content, document,
 * List, trace) inserted by the server's own statements in one transaction for each push, as durably, without HTTP, FHIR,
 * checks or policy. The rows are copies of one real push with new keys.
 */
import { randomBytes } from 'node:crypto'
import { type Uuid, uuidV7 } from '../../src/fhir/id.ts'
import { insertContent } from '../../src/storage/content-rows.ts'
import { type ConnectionSettings, type Database, openDatabase } from '../../src/storage/database.ts'
import { insertTraces } from '../../src/storage/insert-traces.ts'
import { noteChanges } from '../../src/storage/note-changes.ts'
import { insertSeals } from '../../src/storage/seals.ts'
import { claim, insertDocument } from '../../src/storage/store-documents.ts'
import { insertList } from '../../src/storage/store-lists.ts'
import { closedLoop, type LoadResult } from './closed-loop.ts'
import { type PushedRows, readPushedRows } from './pushed-rows.ts'
import { serveOrders } from './worker-process.ts'

export type InsertOrder = {
  readonly connection: ConnectionSettings
  readonly workers: number
  readonly milliseconds: number
}

let open: { readonly db: Database; readonly rows: PushedRows } | undefined

serveOrders<InsertOrder, LoadResult>(async ({ connection, workers, milliseconds }) => {
  if (!open) {
    const db = openDatabase(connection, fail)
    open = { db, rows: await readPushedRows(db) }
  }
  const { db, rows } = open
  return closedLoop({ workers, milliseconds }, (_, piece) => insertOne(db, rows, piece))
})

async function insertOne(db: Database, rows: PushedRows, piece: number): Promise<void> {
  const patientKey = rows.patientKeys[piece % rows.patientKeys.length]
  if (!patientKey) throw new Error('No record to insert into')
  const now = Date.now()
  const document = newId(now)
  const set = newId(now)
  const sha256 = randomBytes(32)
  await db.transaction(async (transaction) => {
    transaction.beforeCommit(
      claim(transaction, patientKey, [
        { type: 'document', value: `bench|${document}`, id: document },
        { type: 'submissionset', value: `bench|${set}`, id: set },
      ]),
      insertContent(transaction, { ...rows.content, patientKey, sha256 }),
      insertDocument(
        transaction,
        {
          ...rows.document,
          patientKey,
          id: document,
          binaryId: newId(now),
          sha256,
          lastUpdated: now,
        },
        set,
      ),
      insertList(transaction, { patientKey, id: set, lastUpdated: now, ...rows.list }),
      insertSeals(transaction, [{ ...rows.seal, patientKey, document, recorded: now, submission: set }]),
      insertTraces(transaction, [
        {
          ...rows.trace,
          patient_key: patientKey,
          id: newId(now),
          recorded: new Date(now).toISOString(),
          notices: [{ key: `depot ${document}`, kind: 'depot', recipient: 'patient' }],
        },
      ]),
      noteChanges(transaction, patientKey, [{ id: document, version: 1 }], now),
    )
  })
}

function newId(now: number): Uuid {
  return uuidV7(now, randomBytes(10))
}

function fail(error: Error): void {
  console.error(error)
  process.exit(1)
}
