/**
 * A Consent that a client sends: the choice that it says, in which record, and which action of policy that is. Nothing of
 * the record is told before policy has agreed: faults of the choice come after its refusals.
 */
import type { Consent } from '@medplum/fhirtypes'
import type { PatientChoice } from '../../../dmp/choices/patient-choice.ts'
import { incorrect, readChoice } from '../../../dmp/choices/read-choice.ts'
import { parseFhirDate } from '../../../fhir/date.ts'
import { FhirError, refusal, refuseFaults } from '../../../fhir/fhir-error.ts'
import type { Uuid } from '../../../fhir/id.ts'
import type { Issue } from '../../../fhir/issue.ts'
import type { JsonObject } from '../../../fhir/json.ts'
import { meaningChangedAt } from '../../../fhir/meaning-changed.ts'
import { parisTime } from '../../../fhir/paris-time.ts'
import { choiceAction } from '../../../policy/choice-action.ts'
import { choiceEnd } from '../../../policy/choice-end.ts'
import type { Action } from '../../../policy/question.ts'
import type { Subject } from '../../../storage/records/find-subject.ts'
import { validate } from '../../../validation/validate.ts'
import type { Body } from '../../input.ts'
import { readBodyOf } from '../../read-body.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { serviceFaults } from '../services/service-faults.ts'
import { patientReference, permitSubject, resolveSubject } from '../submission/subject.ts'

export type ChoiceRequest = {
  readonly resource: JsonObject
  readonly patientKey: Uuid
  /** As this server writes it. */
  readonly patient: string
  readonly choice: PatientChoice
  /** `status` is inactive: the choice is withdrawn. */
  readonly ending: boolean
  /** When the choice ends by itself; undefined for one that does not, and for an ending. */
  readonly until: number | undefined
  readonly action: Action
}

/** Of a Consent as it is sent: with its texts and attachments. */
const MAX_CHARACTERS = 262_144

/** @param statuses what `status` may be: a choice is not made by ending it */
export async function readChoiceRequest(
  engine: DmpEngine,
  exchange: DmpExchange,
  sent: Body | undefined,
  statuses: 'active' | 'active | inactive',
): Promise<ChoiceRequest> {
  if (sent && 'text' in sent && sent.text.length > MAX_CHARACTERS)
    throw refusal('too-long', 'trop-long', { params: { what: 'Consent', limit: MAX_CHARACTERS } })
  const resource = readBodyOf(engine, sent, 'Consent')
  refuseFaults(validate(resource, engine.registry, { loaded: engine.profiles }))
  // `validate` found no fault: it is a Consent.
  const consent = resource as unknown as Consent
  const ending = statuses !== 'active' && consent.status === 'inactive'
  const subject = await resolveSubject(engine, exchange, resource.patient, 'Consent.patient')
  const read = readChoice(consent, engine.insTest)
  const action = 'choice' in read ? choiceAction(read.choice, ending, exchange.caller) : 'choose'
  permitSubject(engine, exchange, subject, action, 'Consent.patient')
  const issues = 'issues' in read ? [...read.issues] : []
  if (consent.status !== 'active' && !ending) issues.push(incorrect(`status = ${statuses}`, 'status'))
  const { facts } = subject.record
  const end =
    'choice' in read && !ending ? choiceEnd(read.choice, facts.birthDate, exchange.now) : { until: undefined }
  if ('fault' in end) issues.push(incorrect(end.fault, 'provision.period'))
  if (!ending && startsLater(consent, exchange.now))
    issues.push(incorrect('provision.period.start ≤ now', 'provision.period'))
  if ('choice' in read && !ending) issues.push(...serviceFaults(engine, read.choice))
  // One that was taken before can still be ended.
  const changed = ending ? undefined : meaningChangedAt(consent)
  if (changed !== undefined) issues.push(incorrect(`${changed} × 0`, changed))
  if ('choice' in read && namesHolder(read.choice, subject))
    issues.push(incorrect('provision.actor ≠ patient', 'provision.actor'))
  refuse(issues)
  if (!('choice' in read) || 'fault' in end) throw new Error('A choice with a fault was let through')
  return {
    resource,
    patientKey: facts.patientKey,
    patient: patientReference(subject),
    choice: read.choice,
    ending,
    until: end.until,
    action,
  }
}

function refuse([first, ...rest]: readonly Issue[]): void {
  if (first) throw new FhirError('unprocessable', [first, ...rest])
}

/** A choice is in force when it is made: what begins later would have to be watched for. */
function startsLater({ provision }: Consent, now: number): boolean {
  const start = provision?.period?.start
  const begin = start === undefined ? undefined : parseFhirDate(start, parisTime)?.start
  return begin !== undefined && begin > now
}

function namesHolder(choice: PatientChoice, { ins }: Subject): boolean {
  if (!('person' in choice)) return false
  const { system, value } = choice.person
  return ins.some((own) => own.system === system && own.value === value)
}
