/**
 * Writes made-up lots into a record, many in one transaction and many rows in one statement: the rows are those that the
 * submissions would make one by one, each sealed, each lot decided and traced by itself.
 */
import { refusal } from '../../fhir/fhir-error.ts'
import type { DmpEngine } from '../../interactions/dmp/dmp-engine.ts'
import { noticesOfDeposit } from '../../interactions/dmp/documents/change-notices.ts'
import { askerOf, permit } from '../../interactions/dmp/permit.ts'
import { listIndex } from '../../interactions/dmp/submission/list-index.ts'
import { sealSubmission } from '../../interactions/dmp/submission/seal-submission.ts'
import { noteChanges } from '../../storage/documents/note-changes.ts'
import { claim, documentInsertions, findClaims } from '../../storage/documents/store-documents.ts'
import { listInsertions } from '../../storage/documents/store-lists.ts'
import { objectedDocuments } from '../../storage/records/choices.ts'
import type { Subject } from '../../storage/records/find-subject.ts'
import { lockRecord } from '../../storage/records/record-facts.ts'
import { sealInsertion } from '../../storage/seals/seals.ts'
import { insertTraces } from '../../storage/traces/insert-traces.ts'
import { type AdmittedLot, admitLot, type Lot, lotClaims } from './admit-lot.ts'

export type Deposited = { readonly documents: number; readonly bytes: number }

const ATTEMPTS = 4

/** @returns how many documents are new, and their bytes @throws FhirError 409 when others write the same again and again */
export async function depositLots(
  engine: DmpEngine,
  subject: Subject,
  lots: readonly Lot[],
): Promise<Deposited> {
  const { patientKey } = subject.record.facts
  for (let tried = 1; tried <= ATTEMPTS; tried++) {
    const known = await findClaims(engine.db, patientKey, lots.flatMap(lotClaims))
    const now = Date.now()
    const admitted = lots.flatMap((lot) => admitLot(lot, subject, known, now) ?? [])
    if (await write(engine, subject, admitted, now)) return sumOf(admitted)
  }
  throw refusal('conflict', 'conflit-concurrent')
}

function sumOf(lots: readonly AdmittedLot[]): Deposited {
  const fresh = lots.flatMap(({ fresh }) => fresh)
  return { documents: fresh.length, bytes: fresh.reduce((sum, { content }) => sum + content.size, 0) }
}

/** An identifier was taken meanwhile. */
class Overtaken extends Error {}

/** @returns false when nothing was written: somebody else has written some of it meanwhile */
async function write(
  engine: DmpEngine,
  subject: Subject,
  lots: readonly AdmittedLot[],
  now: number,
): Promise<boolean> {
  const [first] = lots
  if (!first) return true
  const { patientKey, maskedByDefault } = subject.record.facts
  const fresh = lots.flatMap(({ fresh }) => fresh)
  const claims = lots.flatMap(({ fresh, submission: { set } }) => [
    ...fresh.map(({ uniqueId, row }) => ({ type: 'document' as const, value: uniqueId, id: row.id })),
    { type: 'submissionset' as const, value: set.uniqueId, id: set.id },
  ])
  const seals = lots.flatMap(({ exchange, submission: { set }, fresh }) =>
    sealSubmission(engine, exchange, {
      documents: fresh,
      set,
      superseded: [],
      replaced: [],
      signatures: unsigned,
    }),
  )
  const lists = lots.map(({ submission: { set } }) => {
    const list = { patientKey, id: set.id, lastUpdated: now, body: set.body }
    return { ...list, index: listIndex(engine, list) }
  })
  const deposit = await engine.contents.deposit(
    patientKey,
    fresh.map(({ content }) => content),
    now,
  )
  try {
    await engine.db.transaction(async (transaction) => {
      const [record, isClaimed, objected, recordKey] = await Promise.all([
        lockRecord(transaction, patientKey, askerOf(first.exchange), 'share'),
        claim(transaction, patientKey, claims),
        objectedDocuments(
          transaction,
          patientKey,
          fresh.map(({ uniqueId }) => uniqueId),
        ),
        deposit.recordKey(transaction),
      ])
      if (!isClaimed) throw new Overtaken()
      for (const { exchange, fresh } of lots) {
        const { record: locked } = permit(engine, exchange, record, 'feed')
        // V6: the patient has chosen meanwhile.
        if (locked.facts.maskedByDefault !== maskedByDefault) throw new Overtaken()
        for (const { row } of fresh)
          exchange.trace.owes(noticesOfDeposit(exchange.caller, locked.facts, row.id, row))
      }
      if (objected.size > 0) throw refusal('conflict', 'opposition-alimentation', { rule: 'A13' })
      const contents = await deposit.keep(transaction, recordKey)
      const writes = [
        ...contents,
        sealInsertion(seals),
        ...documentInsertions(patientKey, documentsOf(lots), now),
        ...listInsertions(lists),
      ]
      transaction.beforeCommit(
        // One by one, not together: of so many rows each is a statement that comes again, and is planned once.
        ...writes.map(({ statement }) => transaction.run(statement)),
        insertTraces(
          transaction,
          lots.map(({ exchange }) => exchange.trace.row(200, '')),
        ),
        noteChanges(
          transaction,
          patientKey,
          fresh.map(({ row }) => ({ id: row.id, version: 1 })),
          now,
        ),
      )
    })
  } catch (error) {
    if (error instanceof Overtaken) return false
    throw error
  }
  for (const { exchange } of lots) exchange.trace.durable = true
  return true
}

/** What is made up holds no signature of an author. */
const unsigned = { verdictOf: () => '' }

function documentsOf(lots: readonly AdmittedLot[]) {
  return lots.flatMap(({ fresh, submission: { set } }) =>
    fresh.map(({ row }) => ({ document: row, submission: set.id })),
  )
}
