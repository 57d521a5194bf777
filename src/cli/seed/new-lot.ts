/**
 * A made-up lot for a record that has just been opened, as rows: decided, traced and sealed as a submission of its documents
 * would be. What is the same for many is filled in (document-template.ts); test/cli/seed-rows.test.ts compares with pushes.
 */
import { contentInMemory } from '../../content/receive-content.ts'
import type { ReceivedContent } from '../../content/received-content.ts'
import { encodeUuid } from '../../fhir/id.ts'
import type { DmpEngine } from '../../interactions/dmp/dmp-engine.ts'
import { noticesOfDeposit } from '../../interactions/dmp/documents/change-notices.ts'
import { permit } from '../../interactions/dmp/permit.ts'
import type { Caller } from '../../policy/caller.ts'
import { bodyOf } from '../../population/dmp/records.ts'
import type { Persona } from '../../sandbox/persona.ts'
import { agentOf } from '../../seal/seal-version.ts'
import { sha256, statementText } from '../../seal/statement.ts'
import type { Subject } from '../../storage/find-subject.ts'
import type { TraceRow } from '../../storage/insert-traces.ts'
import type { NewSeal } from '../../storage/seals.ts'
import type { NewDocument } from '../../storage/store-documents.ts'
import type { NewList } from '../../storage/store-lists.ts'
import type { Lot } from './admit-lot.ts'
import { documentTemplates } from './document-template.ts'
import { madeUpCaller, madeUpExchange } from './made-up-exchange.ts'
import { setUniqueIdOf, uniqueIdOf } from './made-up-submission.ts'
import { setTemplates } from './set-template.ts'

export type NewLot = {
  readonly documents: readonly {
    readonly row: NewDocument
    readonly uniqueId: string
    readonly content: ReceivedContent
    readonly seal: NewSeal
  }[]
  readonly set: NewList
  readonly setUniqueId: string
  readonly trace: TraceRow
}

export type MakeNewLot = (lot: Lot, subject: Subject, now: number) => NewLot

/** @param engine of which each lot's is a copy with ids of its own */
export function newLots(engine: DmpEngine): MakeNewLot {
  const fillDocument = documentTemplates(engine)
  const fillSet = setTemplates(engine)
  const callers = new Map<string, Caller>()
  const callerOf = (sender: Persona): Caller => {
    const name = `${sender.nationalId} ${sender.structureId}`
    const caller = callers.get(name) ?? madeUpCaller(sender)
    callers.set(name, caller)
    return caller
  }
  const { sealer } = engine.seals

  return ({ engine: own, sender, documents }, subject, now) => {
    const [first] = documents
    const caller = callerOf(sender)
    const exchange = madeUpExchange(own, caller, 'provide-documents', now)
    exchange.trace.asks('Bundle')
    const filled = documents.map((document) => {
      const content = contentInMemory(Buffer.from(bodyOf(document)))
      const ids = { id: own.newId(now), binaryId: own.newId(now) }
      return { document, content, ...fillDocument(exchange, subject, { document, content, ids, now }) }
    })
    const id = own.newId(now)
    const set = fillSet(subject, { first, documents: filled.map(({ row }) => row.id), id, now })
    const { record } = permit(engine, exchange, subject.record, 'feed')
    exchange.trace.concernsOnly([
      { type: 'List', id: encodeUuid(id), version: 1 },
      ...filled.map(({ row }) => ({ type: 'DocumentReference', id: encodeUuid(row.id), version: 1 })),
    ])
    const agent = agentOf(caller)
    const submission_text = sha256(set.body)
    return {
      set,
      setUniqueId: setUniqueIdOf(documents),
      documents: filled.map(({ document, content, row, canonical }) => {
        exchange.trace.owes(noticesOfDeposit(caller, record.facts, row.id, row))
        const statement = {
          patientKey: row.patientKey,
          document: row.id,
          version: 1,
          recorded: now,
          activity: 'depot',
          ...agent,
          metadata: sha256(canonical),
          text: sha256(row.body),
          content: row.sha256,
          previous: null,
          submission: id,
          submission_text,
          verdict: '',
        }
        const seal = { ...statement, ...sealer.seal(statementText(statement)) }
        return { row, content, seal, uniqueId: uniqueIdOf(document) }
      }),
      trace: exchange.trace.row(200, ''),
    }
  }
}
