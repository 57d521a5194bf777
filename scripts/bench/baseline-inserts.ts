/**
 * Baseline (b) of `bench push`, a process of its own: the rows of a push (two business identifiers, content, document,
 * List, trace) inserted by the server's own statements in one transaction for each push, as durably, without HTTP, FHIR,
 * checks or policy. The rows are copies of one real push with new keys.
 */
import { randomBytes, randomInt } from 'node:crypto'
import { ChainWriter } from '../../src/audit/chain-writer.ts'
import { traceSealKey } from '../../src/audit/trace-seal.ts'
import { type Uuid, uuidV7 } from '../../src/fhir/id.ts'
import type { ConnectionSettings } from '../../src/storage/connection-settings.ts'
import { contentInsertions } from '../../src/storage/content-rows.ts'
import { type Database, openDatabase } from '../../src/storage/database.ts'
import { traceInsertions } from '../../src/storage/insert-traces.ts'
import { noteChanges } from '../../src/storage/note-changes.ts'
import { runTogether } from '../../src/storage/run-together.ts'
import { sealInsertion } from '../../src/storage/seals.ts'
import { claim, documentInsertions } from '../../src/storage/store-documents.ts'
import { listInsertions } from '../../src/storage/store-lists.ts'
import { closedLoop, type LoadResult } from './closed-loop.ts'
import { type PushedRows, readPushedRows } from './pushed-rows.ts'
import { serveOrders } from './worker-process.ts'

export type InsertOrder = {
  readonly connection: ConnectionSettings
  readonly workers: number
  readonly milliseconds: number
}

/** Of a server that is not there: its rows are under no checkpoint. */
const chain = new ChainWriter(randomInt(1, 0x7fff_ffff), traceSealKey(randomBytes(32)), Date.now)

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
      runTogether(transaction, [
        ...contentInsertions([{ ...rows.content, patientKey, sha256 }]),
        sealInsertion([{ ...rows.seal, patientKey, document, recorded: now, submission: set }]),
        ...documentInsertions(
          patientKey,
          [
            {
              document: {
                ...rows.document,
                patientKey,
                id: document,
                binaryId: newId(now),
                sha256,
                lastUpdated: now,
              },
              submission: set,
            },
          ],
          now,
        ),
        ...listInsertions([{ patientKey, id: set, lastUpdated: now, ...rows.list }]),
        ...traceInsertions(transaction, [
          {
            ...rows.trace,
            patient_key: patientKey,
            id: newId(now),
            recorded: new Date(now).toISOString(),
            notices: [{ key: `depot ${document}`, kind: 'depot', recipient: 'patient' }],
            chain,
          },
        ]),
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
