/**
 * The limit of what writes, in a process of its own: the rows of a push (two business identifiers, content, seal, document,
 * List, trace) or of a change of labels (version, document, seal, trace) by the server's own statements in one transaction
 * each, as durably, without HTTP, FHIR, checks or policy. The rows are copies of those of one real push with new keys.
 */
import { randomBytes, randomInt } from 'node:crypto'
import { ChainWriter } from '../../../src/audit/chain-writer.ts'
import { traceSealKey } from '../../../src/audit/trace-seal.ts'
import { type ResourceId, type Uuid, uuidV7 } from '../../../src/fhir/id.ts'
import type { ConnectionSettings } from '../../../src/storage/connection/connection-settings.ts'
import { runTogether } from '../../../src/storage/connection/run-together.ts'
import { contentInsertions } from '../../../src/storage/contents/content-rows.ts'
import { type Database, openDatabase } from '../../../src/storage/database.ts'
import { writeDocument } from '../../../src/storage/documents/change-document.ts'
import { noteChanges } from '../../../src/storage/documents/note-changes.ts'
import { claim, documentInsertions } from '../../../src/storage/documents/store-documents.ts'
import { listInsertions } from '../../../src/storage/documents/store-lists.ts'
import { sealInsertion } from '../../../src/storage/seals/seals.ts'
import { traceInsertions } from '../../../src/storage/traces/insert-traces.ts'
import { closedLoop, type LoadResult } from '../closed-loop.ts'
import { serveOrders } from '../worker-process.ts'
import { type PushedRows, readPushedRows } from './pushed-rows.ts'

export type WriteOrder = {
  readonly connection: ConnectionSettings
  readonly kind: 'push' | 'patch'
  readonly workers: number
  readonly milliseconds: number
  /** Pushed by the server: copied, or changed, and by nobody else. */
  readonly documents: readonly ResourceId[]
}

type Open = { readonly db: Database; readonly rows: PushedRows; readonly versions: Map<Uuid, number> }

/** Traces of one chain: one that no checkpoint signs takes 100,000 and no more. */
const CHAIN_LENGTH = 50_000
let chain = newChain()
let open: Open | undefined

serveOrders<WriteOrder, LoadResult>(async ({ connection, kind, workers, milliseconds, documents }) => {
  open ??= await begin(connection, documents)
  const { db, rows, versions } = open
  return closedLoop({ workers, milliseconds }, (worker, piece) => {
    if (piece % CHAIN_LENGTH === 0) chain = newChain()
    if (kind === 'push') return push(db, rows, piece)
    const own = documents.filter((_, n) => n % workers === worker)
    const document = own[Math.floor(piece / workers) % own.length]
    if (!document) throw new Error('Fewer documents than workers')
    return change(db, rows, versions, document)
  })
})

async function begin(connection: ConnectionSettings, documents: readonly ResourceId[]): Promise<Open> {
  const db = openDatabase(connection, fail)
  const rows = await readPushedRows(db, documents)
  return { db, rows, versions: new Map(rows.versions.map(({ id, version }) => [id, version])) }
}

async function push(db: Database, rows: PushedRows, piece: number): Promise<void> {
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
        ...traceInsertions(transaction, [traceOf(rows, patientKey, now, `depot ${document}`)]),
      ]),
      noteChanges(transaction, patientKey, [{ id: document, version: 1 }], now),
    )
  })
}

async function change(
  db: Database,
  rows: PushedRows,
  versions: Map<Uuid, number>,
  { patientKey, id }: ResourceId,
): Promise<void> {
  const now = Date.now()
  const replaces = versions.get(id)
  if (replaces === undefined) throw new Error('A document without a version')
  const masked = replaces % 2 === 1
  const { status, archived, invisiblePatient, invisibleLegal, securityLabel, body } = rows.document
  const next = { status, archived, invisiblePatient, invisibleLegal, securityLabel, body }
  await db.transaction(async (transaction) => {
    transaction.beforeCommit(
      writeDocument(transaction, { ...next, patientKey, id, replaces, masked, lastUpdated: now }).then(
        (written) => {
          if (!written) throw new Error('Somebody else has changed the document')
        },
      ),
      runTogether(transaction, [
        sealInsertion([
          { ...rows.seal, patientKey, document: id, version: replaces + 1, recorded: now, submission: null },
        ]),
        ...traceInsertions(transaction, [traceOf(rows, patientKey, now, `modification ${id} ${replaces}`)]),
      ]),
      noteChanges(transaction, patientKey, [{ id, version: replaces + 1 }], now),
    )
  })
  versions.set(id, replaces + 1)
}

function traceOf(rows: PushedRows, patientKey: Uuid, now: number, key: string) {
  return {
    ...rows.trace,
    patient_key: patientKey,
    id: newId(now),
    recorded: new Date(now).toISOString(),
    notices: [{ key, kind: 'depot' as const, recipient: 'patient' }],
    chain,
  }
}

/** Of a server that is not there: its rows are under no checkpoint. */
function newChain(): ChainWriter {
  return new ChainWriter(randomInt(1, 0x7fff_ffff), traceSealKey(randomBytes(32)), Date.now)
}

function newId(now: number): Uuid {
  return uuidV7(now, randomBytes(10))
}

function fail(error: Error): void {
  console.error(error)
  process.exit(1)
}
