/**
 * Writes a choice of the patient: its Consent, what it does to other choices, the facts that policy reads, and its trace,
 * in one transaction under the record's lock. It is in force for the very next request, whichever process answers it.
 * A choice has one Consent for ever: made again it is a version, and made again unchanged it is nothing.
 * @see docs/policy.md A3 to A7, A13, P2
 */
import { choiceKey } from '../../../dmp/choices/patient-choice.ts'
import { refusal } from '../../../fhir/fhir-error.ts'
import { encodeUuid, formatResourceId, type Uuid } from '../../../fhir/id.ts'
import { stringifyJson } from '../../../fhir/json.ts'
import { sameContent } from '../../../fhir/same-content.ts'
import { applyChoice, endChoice } from '../../../policy/apply-choice.ts'
import { choiceConflict } from '../../../policy/choice-conflict.ts'
import { consequencesOf } from '../../../policy/choice-consequences.ts'
import type { RecordFacts } from '../../../policy/facts.ts'
import type { Transaction } from '../../../storage/database.ts'
import {
  insertResource,
  type NewResource,
  replaceResource,
  writeFacts,
} from '../../../storage/records/change-record.ts'
import { findChoices, nameChoice, type StoredChoice } from '../../../storage/records/choices.ts'
import { type KnownRecord, lockRecord } from '../../../storage/records/record-facts.ts'
import { lockNames } from '../../../storage/resources/lock-names.ts'
import { insertTraces } from '../../../storage/traces/insert-traces.ts'
import type { Answer } from '../../exchange.ts'
import { refuseUnlessMet } from '../../rest/write/preconditions.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { askerOf, permit, unknown } from '../permit.ts'
import { settleService } from '../services/settle-service.ts'
import type { ChoiceRequest } from './choice-request.ts'
import { consentBody, storedBody } from './consent-body.ts'
import { consentTerms } from './consent-terms.ts'
import { refuseLateObjection } from './refuse-late-objection.ts'
import { endOf, isSameChoice, knownChoice } from './same-choice.ts'
import { settleConsequences } from './settle-consequences.ts'
import { delegationNames, refuseDelegation, settleDelegation } from './settle-delegation.ts'

/** The Consent that a PUT names. */
export type Addressed = { readonly id: Uuid; readonly ifMatch?: string; readonly ifNoneMatch?: string }

type Settled = {
  readonly status: 200 | 201
  readonly id: Uuid
  readonly version: number
  readonly lastUpdated: number
  readonly body: string
  /** Whether something was written, its trace with it. */
  readonly written: boolean
}

export async function settleChoice(
  engine: DmpEngine,
  exchange: DmpExchange,
  request: ChoiceRequest,
  addressed: Addressed | undefined,
): Promise<Answer> {
  const { patientKey } = request
  const settled = await engine.db.transaction(async (transaction) => {
    // Before the record: an aidant of several records is counted by one request at a time.
    await lockNames(transaction, delegationNames(request))
    const key = choiceKey(request.choice)
    const [record, choices] = await Promise.all([
      lockRecord(transaction, patientKey, askerOf(exchange), 'change'),
      findChoices(transaction, patientKey, [key]),
    ])
    const { record: locked } = permit(engine, exchange, record, request.action)
    const before = choices.get(key)
    if (addressed) {
      if (before?.id !== addressed.id) throw unknown()
      refuseUnlessMet(addressed, { version: before.version, method: 'PUT' })
    }
    return write(engine, exchange, transaction, request, locked, before, addressed !== undefined)
  })
  const { id, version } = settled
  exchange.trace.durable = settled.written
  if (!settled.written) exchange.trace.concerns('Consent', encodeUuid(id), version)
  return {
    status: settled.status,
    location: `Consent/${formatResourceId({ patientKey, id })}/_history/${version}`,
    etag: `W/"${version}"`,
    lastModified: settled.lastUpdated,
    ...(exchange.prefer === 'minimal' ? {} : { body: settled.body }),
  }
}

async function write(
  engine: DmpEngine,
  exchange: DmpExchange,
  transaction: Transaction,
  request: ChoiceRequest,
  { facts }: KnownRecord,
  before: StoredChoice | undefined,
  isUpdate: boolean,
): Promise<Settled> {
  const { choice, patientKey, resource, patient, until } = request
  const { now, trace } = exchange
  const stored = before && storedBody(before.body)
  const known = stored && knownChoice(stored)
  const same = known !== undefined && isSameChoice(known, request, now)
  const id = before?.id ?? engine.newId(now)
  const version = (before?.version ?? 0) + 1
  const body = consentBody({
    resource,
    patient,
    id: formatResourceId({ patientKey, id }),
    version,
    now,
    // Said again without an end, a choice keeps the one it has.
    until: same ? endOf(known.choice) : until,
    dateTime: typeof stored?.dateTime === 'string' ? stored.dateTime : undefined,
  })
  if (before && stored && same && (!isUpdate || sameContent(body, stored)))
    return { status: 200, ...before, written: false }
  trace.concerns('Consent', encodeUuid(id), version)
  const after = same ? facts : await change(exchange, transaction, request, facts)
  const text = stringifyJson(body)
  const next = { patientKey, type: 'Consent', id, lastUpdated: now, body: text, terms: consentTerms(body) }
  if (exchange.caller.actor !== 'PATIENT') {
    const key = `choix Consent/${encodeUuid(id)}/${version}`
    trace.owes([{ key, kind: 'choix', recipient: 'patient' }])
  }
  const status = before ? 200 : 201
  await Promise.all([
    before
      ? replaceOrRefuse(transaction, next, before.version)
      : Promise.all([
          insertResource(transaction, next),
          nameChoice(transaction, patientKey, choiceKey(choice), id),
        ]),
    ...(same
      ? []
      : [
          writeFacts(transaction, after, exchange.now),
          settleDelegation(transaction, request, id),
          settleService(engine, transaction, request, id),
        ]),
    insertTraces(transaction, [trace.row(status, '')]),
  ])
  return { status, id, version, lastUpdated: now, body: text, written: true }
}

/** The facts as the choice makes them, once nothing speaks against it and what follows from it is written. */
async function change(
  exchange: DmpExchange,
  transaction: Transaction,
  { choice, ending, patientKey, until }: ChoiceRequest,
  facts: RecordFacts,
): Promise<RecordFacts> {
  if (ending) return endChoice(facts, choice)
  const conflict = choiceConflict(facts, choice)
  if (conflict) throw conflict
  await Promise.all([
    refuseDelegation(transaction, patientKey, choice, exchange.now),
    refuseLateObjection(transaction, patientKey, choice),
  ])
  await settleConsequences(exchange, transaction, patientKey, consequencesOf(facts, choice, exchange.now))
  const timed = choice.category === 'autorisation' ? { ...choice, until } : choice
  return applyChoice(facts, timed, exchange.now)
}

async function replaceOrRefuse(transaction: Transaction, next: NewResource, version: number): Promise<void> {
  if (!(await replaceResource(transaction, next, version))) throw refusal('conflict', 'conflit-concurrent')
}
