/**
 * A made-up lot for a record that has just been opened, as rows: decided and traced as a submission of its documents would
 * be; its seals are made with those of other lots (seal-writer.ts). What is the same for many is filled in
 * (document-template.ts); test/cli/seed-rows.test.ts compares with pushes.
 */
import type { NewRecordContents } from '../../content/new-record-contents.ts'
import { contentInMemory } from '../../content/receive-content.ts'
import type { ReceivedContent } from '../../content/received-content.ts'
import { fold } from '../../fhir/fold.ts'
import { encodeUuid } from '../../fhir/id.ts'
import type { DmpEngine } from '../../interactions/dmp/dmp-engine.ts'
import { noticesOfDeposit } from '../../interactions/dmp/documents/change-notices.ts'
import { permit } from '../../interactions/dmp/permit.ts'
import type { Caller } from '../../policy/caller.ts'
import { bodyMaker } from '../../population/dmp/records.ts'
import type { Persona } from '../../sandbox/persona.ts'
import { agentOf } from '../../seal/seal-version.ts'
import { sha256 } from '../../seal/statement.ts'
import { type DocumentRows, documentTables, type WordVectors } from '../../storage/bulk/copy-documents.ts'
import type { Subject } from '../../storage/records/find-subject.ts'
import type { TraceRow } from '../../storage/traces/insert-traces.ts'
import type { Lot } from './admit-lot.ts'
import { bodyBytes } from './body-bytes.ts'
import { documentWriter } from './document-template.ts'
import { madeUpCaller, madeUpExchange } from './made-up-exchange.ts'
import { setUniqueIdOf, uniqueIdOf } from './made-up-submission.ts'
import { setTemplates } from './set-template.ts'
import type { DepositStatement } from './statement-template.ts'

export type NewRecord = {
  readonly subject: Subject
  readonly contents: NewRecordContents
  /** Milliseconds since 1970. */
  readonly now: number
}

export type NewLot = {
  readonly trace: TraceRow
  /** Of all contents. */
  readonly bytes: number
  /** Of each document; to be sealed by whoever calls. */
  readonly statements: readonly DepositStatement[]
  /** Contents of several rows, or that lie elsewhere: whoever calls deposits them. */
  readonly large: readonly ReceivedContent[]
}

/** @param rows to which those of the lot are added */
export type WriteLot = (lot: Lot, record: NewRecord, rows: DocumentRows) => NewLot

/** @param engine of which each lot's is a copy with ids of its own */
export function lotWriter(engine: DmpEngine, vectorOf: WordVectors): WriteLot {
  const writeDocument = documentWriter(engine)
  const fillSet = setTemplates(engine)
  const callers = new Map<string, Caller>()
  const callerOf = (sender: Persona): Caller => {
    const name = `${sender.nationalId} ${sender.structureId}`
    const caller = callers.get(name) ?? madeUpCaller(sender)
    callers.set(name, caller)
    return caller
  }
  const bytesOf = bodyBytes(bodyMaker())
  const vectors = new Map<string, Buffer>()
  const vectorOfTitle = (title: string): Buffer => {
    const vector = vectors.get(title) ?? vectorOf(fold(title))
    vectors.set(title, vector)
    return vector
  }
  const { claims, contents: contentTable, resources, lists, notices, outbox, changes } = documentTables

  return ({ engine: own, sender, documents }, { subject, contents, now }, rows) => {
    const [first] = documents
    const { patientKey } = subject.record.facts
    const caller = callerOf(sender)
    const exchange = madeUpExchange(own, caller, 'provide-documents', now)
    exchange.trace.asks('Bundle')
    const made = documents.map((document) => ({
      document,
      ids: { id: own.newId(now), binaryId: own.newId(now) },
    }))
    const submission = own.newId(now)
    const set = fillSet(subject, { first, documents: made.map(({ ids }) => ids.id), id: submission, now })
    const { record } = permit(engine, exchange, subject.record, 'feed')
    exchange.trace.concernsOnly([
      { type: 'List', id: encodeUuid(submission), version: 1 },
      ...made.map(({ ids }) => ({ type: 'DocumentReference', id: encodeUuid(ids.id), version: 1 })),
    ])
    claims.write(rows.claims, {
      patientKey,
      type: 'submissionset',
      value: setUniqueIdOf(documents),
      id: submission,
    })
    resources.write(rows.resources, set)
    lists.write(rows.lists, set)
    const agent = agentOf(caller)
    const submission_text = sha256(set.body)
    const large: ReceivedContent[] = []
    const statements: DepositStatement[] = []
    let size = 0
    for (const { document, ids } of made) {
      const bytes = bytesOf(document)
      size += bytes.length
      const whole = contents.seal(bytes)
      if (whole) contentTable.write(rows.contents, whole)
      const content = whole ?? contentInMemory(Buffer.from(bytes))
      if ('plain' in content) large.push(content)
      const vector = vectorOfTitle(document.title)
      const varying = { patientKey, document, content, ids, submission, vector, now }
      const { text, metadata, invisiblePatient } = writeDocument(
        exchange,
        subject,
        varying,
        bytes,
        rows.documents,
      )
      exchange.trace.owes(noticesOfDeposit(caller, record.facts, ids.id, { invisiblePatient }))
      statements.push({
        patientKey,
        document: ids.id,
        version: 1,
        recorded: now,
        activity: 'depot',
        ...agent,
        metadata,
        text,
        content: content.sha256,
        previous: null,
        submission,
        submission_text,
        verdict: '',
      })
      claims.write(rows.claims, {
        patientKey,
        type: 'document',
        value: uniqueIdOf(document),
        id: ids.id,
      })
      changes.write(rows.changes, { patientKey, at: now, id: ids.id })
    }
    const trace = exchange.trace.row(200, '')
    notices.write(rows.notices, trace)
    outbox.write(rows.outbox, trace)
    return { trace, bytes: size, statements, large }
  }
}
