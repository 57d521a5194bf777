/**
 * V4: a document that was deposited unseen by the patient is told of after two weeks and visible one month after its
 * deposit. One round; whatever it leaves undone, the next one does.
 *
 * Each batch is one transaction with its traces and notices. One process of several is at work at a time, and the next one
 * sees what it has done; one that dies in between leaves its batch as it was.
 * @see docs/policy.md V4, A10; CSP R.1111-53
 */
import { Trace } from '../audit/trace.ts'
import { monthBefore, twoWeeksBefore } from '../dmp/documents/announcement.ts'
import { shownToPatient } from '../dmp/documents/document-change.ts'
import { encodeUuid, type Uuid } from '../fhir/id.ts'
import type { DmpEngine } from '../interactions/dmp/dmp-engine.ts'
import { metadataOf, nextDocument } from '../interactions/dmp/documents/next-document.ts'
import type { Engine } from '../interactions/engine.ts'
import type { Notice } from '../policy/decision.ts'
import { sealChange, systemAgent } from '../seal/seal-version.ts'
import type { Seals } from '../seal/seals.ts'
import type { Transaction } from '../storage/database.ts'
import { writeDocument } from '../storage/documents/change-document.ts'
import { noteChanges, type WrittenVersion } from '../storage/documents/note-changes.ts'
import {
  announcementKey,
  findToAnnounce,
  lockPendingDocuments,
  type ToAnnounce,
  takeTurn,
} from '../storage/notices/pending-documents.ts'
import { insertSeals, type NewSeal } from '../storage/seals/seals.ts'
import { insertTraces, type TraceRow } from '../storage/traces/insert-traces.ts'

type JobEngine = Pick<Engine, 'db' | 'extraction' | 'newId' | 'chain'> &
  Pick<DmpEngine, 'terminology'> & { readonly seals: Pick<Seals, 'sealer'> }

export type Announced = { readonly told: number; readonly shown: number }

const BATCH = 100

/** @param now milliseconds since 1970 @returns what this process did in this round */
export async function announcePending(engine: JobEngine, now: number, batch = BATCH): Promise<Announced> {
  const shown = await showDue(engine, now, batch)
  return { shown, told: await tellOfComing(engine, now, batch) }
}

async function showDue(engine: JobEngine, now: number, batch: number): Promise<number> {
  return inBatches(engine, batch, now, async (transaction) => {
    const due = await lockPendingDocuments(transaction, monthBefore(now), batch)
    const traces: TraceRow[] = []
    const seals: NewSeal[] = []
    for (const document of due) {
      const shown = shownToPatient(metadataOf(document), document.maskedByDefault)
      const next = nextDocument(engine, document.patientKey, document, shown, now)
      if (!(await writeDocument(transaction, next))) throw new Error('A document that is held has changed')
      seals.push(sealChange(engine.seals.sealer, next, document, 'annonce', systemAgent))
      traces.push(traceOf(engine, now, 'reveal-document', { ...document, version: document.version + 1 }))
    }
    if (seals.length > 0) await insertSeals(transaction, seals)
    return { traces, written: due.map((each) => ({ ...each, version: each.version + 1 })) }
  })
}

async function tellOfComing(engine: JobEngine, now: number, batch: number): Promise<number> {
  // What is due is shown, by another process perhaps: nobody is told that a document is to come which is there.
  const time = { since: monthBefore(now), until: twoWeeksBefore(now) }
  let beyond: Uuid | undefined
  return inBatches(engine, batch, now, async (transaction) => {
    const coming = await findToAnnounce(transaction, time, batch, beyond)
    beyond = coming.at(-1)?.id
    return {
      traces: coming.map((document) => traceOf(engine, now, 'announce-document', document)),
      written: [],
    }
  })
}

type Done = {
  readonly traces: readonly TraceRow[]
  /** Versions of documents that were written, of whatever records. */
  readonly written: readonly (WrittenVersion & { readonly patientKey: Uuid })[]
}

/** Record after record in one order: who holds the clocks of several records waits for none of them in a circle. */
async function noteAll(transaction: Transaction, written: Done['written'], now: number): Promise<void> {
  const records = new Set(written.map(({ patientKey }) => patientKey))
  for (const record of [...records].sort())
    await noteChanges(
      transaction,
      record,
      written.filter(({ patientKey }) => patientKey === record),
      now,
    )
}

/** Until a batch is not full, or another process is at work. @returns how many traces were written */
async function inBatches(
  engine: JobEngine,
  batch: number,
  now: number,
  work: (transaction: Transaction) => Promise<Done>,
): Promise<number> {
  let all = 0
  for (;;) {
    const done = await engine.db.transaction(async (transaction) => {
      if (!(await takeTurn(transaction, 'announcements'))) return 0
      const { traces, written } = await work(transaction)
      if (traces.length > 0) await insertTraces(transaction, traces)
      await noteAll(transaction, written, now)
      return traces.length
    })
    all += done
    if (done < batch) return all
  }
}

/**
 * What the system did, and what it owes the patient. That a document will come names no document: the patient may not
 * know which (V7).
 */
function traceOf(
  engine: JobEngine,
  now: number,
  interaction: 'announce-document' | 'reveal-document',
  { patientKey, id, version }: ToAnnounce,
): TraceRow {
  const trace = new Trace({
    id: engine.newId(now),
    recorded: now,
    interaction,
    requestId: '',
    network: '',
    chain: engine.chain,
  })
  trace.inRecord(patientKey, false)
  trace.decided(['V4'])
  trace.asks('DocumentReference')
  const own = encodeUuid(id)
  const notice: Notice =
    interaction === 'announce-document'
      ? { key: announcementKey(id), kind: 'annonce-a-venir', recipient: 'patient' }
      : {
          key: `rendu-visible DocumentReference/${own}/${version}`,
          kind: 'rendu-visible',
          recipient: 'patient',
        }
  if (interaction === 'reveal-document') trace.concerns('DocumentReference', own, version)
  trace.owes([notice])
  return { ...trace.row(200, ''), actor: SYSTEM }
}

/** In traces: nobody asked. */
const SYSTEM = 'SYSTEME'
