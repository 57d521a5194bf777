/**
 * A choice of the patient, or a professional's declaration of its own authorisation with the patient's spoken consent
 * (TD0.3). It is in force for the very next request: the record's row changes in the same transaction.
 * @see docs/policy.md F2, A3 to A6
 */
import type { Consent } from '@medplum/fhirtypes'
import { type PatientChoice, readChoice } from '../../dmp/patient-choice.ts'
import { FhirError, refuseFaults } from '../../fhir/fhir-error.ts'
import { encodeUuid, formatResourceId, type Uuid } from '../../fhir/id.ts'
import { isJsonObject, type JsonObject, stringifyJson } from '../../fhir/json.ts'
import { selfIds } from '../../policy/actor-class.ts'
import { applyChoice } from '../../policy/apply-choice.ts'
import type { Caller } from '../../policy/caller.ts'
import type { Action } from '../../policy/question.ts'
import { insertResource, writeFacts } from '../../storage/change-record.ts'
import { insertTraces } from '../../storage/insert-traces.ts'
import { lockRecord } from '../../storage/record-facts.ts'
import { validate } from '../../validation/validate.ts'
import type { Answer } from '../exchange.ts'
import type { Body } from '../input.ts'
import { readBodyOf } from '../read-body.ts'
import type { DmpEngine } from './dmp-engine.ts'
import type { DmpExchange } from './dmp-exchange.ts'
import { holderIns, permit, unknown } from './permit.ts'
import { patientReference, permitSubject, resolveSubject } from './submission/subject.ts'

export async function createConsent(
  engine: DmpEngine,
  exchange: DmpExchange,
  sent: Body | undefined,
): Promise<Answer> {
  exchange.trace.asks('Consent')
  const resource = readBodyOf(engine, sent, 'Consent')
  refuseFaults(validate(resource, engine.registry, { loaded: engine.profiles }))
  const subject = await resolveSubject(engine, exchange, resource.patient, 'Consent.patient')
  // `validate` found no fault: it is a Consent.
  const read = readChoice(resource as unknown as Consent, exchange.now)
  const action = 'choice' in read ? actionOf(read.choice, exchange.caller) : 'choose'
  permitSubject(engine, exchange, subject, action, 'Consent.patient')
  if ('issues' in read) {
    const [first, ...rest] = read.issues
    throw first ? new FhirError('unprocessable', [first, ...rest]) : unknown()
  }
  const { patientKey } = subject.record.facts
  const id = engine.newId(exchange.now)
  const body = consentBody(resource, patientReference(subject), { patientKey, id }, exchange.now)
  await engine.db.transaction(async (transaction) => {
    const record = await lockRecord(transaction, patientKey, holderIns(exchange), 'change')
    const { record: locked } = permit(engine, exchange, record, action)
    exchange.trace.concerns('Consent', encodeUuid(id), 1)
    await Promise.all([
      writeFacts(transaction, applyChoice(locked.facts, read.choice, exchange.now)),
      insertResource(transaction, { patientKey, type: 'Consent', id, lastUpdated: exchange.now, body }),
      insertTraces(transaction, [exchange.trace.row(201, '')]),
    ])
  })
  exchange.trace.durable = true
  const location = `Consent/${formatResourceId({ patientKey, id })}/_history/1`
  return {
    status: 201,
    location,
    etag: 'W/"1"',
    lastModified: exchange.now,
    ...(exchange.prefer === 'minimal' ? {} : { body }),
  }
}

/** A professional may declare itself, or its structure, authorised (F2, A5); every other choice is the patient's. */
function actionOf(choice: PatientChoice, caller: Caller): Action {
  // A person declares itself; only who acts in the name of its structure declares that.
  const prefix = caller.actor === 'PS' && caller.practitionerId ? 'ps:' : 'st:'
  const self: readonly string[] = selfIds(caller).filter((id) => id.startsWith(prefix))
  return choice.category === 'autorisation' && self.includes(choice.actor)
    ? 'declare-authorisation'
    : 'choose'
}

function consentBody(
  resource: JsonObject,
  patient: string,
  at: { readonly patientKey: Uuid; readonly id: Uuid },
  now: number,
): string {
  const { resourceType, id: _, meta, ...rest } = resource
  const lastUpdated = new Date(now).toISOString()
  return stringifyJson({
    resourceType,
    id: formatResourceId(at),
    meta: { ...(isJsonObject(meta) ? meta : {}), versionId: '1', lastUpdated },
    ...rest,
    patient: { reference: patient },
    dateTime: rest.dateTime ?? lastUpdated,
  })
}
