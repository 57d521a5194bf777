/**
 * Appointments that professionals, structures and their systems put in (with the right to feed, F7), change and cancel: each
 * once under its identifier, whoever sends it twice; changed by who has put it in, until it is over.
 * @see docs/policy.md R1, F7; docs/appointments.md
 */
import type { Appointment } from '@medplum/fhirtypes'
import { FhirError, refusal, refuseFaults } from '../../../fhir/fhir-error.ts'
import { encodeUuid, formatResourceId, parseResourceId, type Uuid } from '../../../fhir/id.ts'
import { isJsonObject, type JsonObject, type JsonValue, stringifyJson } from '../../../fhir/json.ts'
import { sameContent } from '../../../fhir/same-content.ts'
import { actorClass, authorIds } from '../../../policy/actor-class.ts'
import { mayDeposit } from '../../../policy/deposit.ts'
import type { DocumentScope } from '../../../policy/document-scope.ts'
import type { ActorId } from '../../../policy/facts.ts'
import type { Transaction } from '../../../storage/database.ts'
import { visibleDocuments } from '../../../storage/documents/visible-documents.ts'
import { insertResource, replaceResource } from '../../../storage/records/change-record.ts'
import { findNamed, type NamedResource, nameResource } from '../../../storage/records/named-resources.ts'
import { type KnownRecord, lockRecord } from '../../../storage/records/record-facts.ts'
import { insertTraces } from '../../../storage/traces/insert-traces.ts'
import { validate } from '../../../validation/validate.ts'
import type { Answer } from '../../exchange.ts'
import type { Body, Input } from '../../input.ts'
import { readBodyOf } from '../../read-body.ts'
import { nextVersion } from '../../rest/write/next-version.ts'
import { refuseUnlessMet } from '../../rest/write/preconditions.ts'
import { storedBody } from '../consent/consent-body.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { patientNamed } from '../messages/message-form.ts'
import { ask, askerOf, permit, unknown } from '../permit.ts'
import { resolveSubject } from '../submission/subject.ts'
import { type AppointmentForm, closedStatuses, readAppointment } from './appointment-form.ts'
import { appointmentTerms, nameOf } from './appointment-terms.ts'

const MAX_CHARACTERS = 65_536
const PATIENT = 'Appointment.participant.actor'

type Request = {
  readonly resource: JsonObject
  readonly form: AppointmentForm
  readonly author: ActorId
  readonly patientKey: Uuid
}

type Addressed = { readonly id: Uuid; readonly ifMatch?: string; readonly ifNoneMatch?: string }

export async function createAppointment(
  engine: DmpEngine,
  exchange: DmpExchange,
  sent: Body | undefined,
): Promise<Answer> {
  exchange.trace.asks('Appointment')
  return settle(engine, exchange, await readRequest(engine, exchange, sent), undefined)
}

export async function updateAppointment(
  engine: DmpEngine,
  exchange: DmpExchange,
  { id, body, ifMatch, ifNoneMatch }: Input,
): Promise<Answer> {
  exchange.trace.asks('Appointment')
  const request = await readRequest(engine, exchange, body)
  if (request.resource.id !== id) throw refusal('structure', 'id-divergent', { expression: 'Appointment.id' })
  const at = parseResourceId(id)
  if (at?.patientKey !== request.patientKey) throw unknown()
  return settle(engine, exchange, request, {
    id: at.id,
    ...(ifMatch === undefined ? {} : { ifMatch }),
    ...(ifNoneMatch === undefined ? {} : { ifNoneMatch }),
  })
}

async function readRequest(
  engine: DmpEngine,
  exchange: DmpExchange,
  sent: Body | undefined,
): Promise<Request> {
  if (sent && 'text' in sent && sent.text.length > MAX_CHARACTERS)
    throw refusal('too-long', 'trop-long', { params: { what: 'Appointment', limit: MAX_CHARACTERS } })
  const given = readBodyOf(engine, sent, 'Appointment')
  refuseFaults(validate(given, engine.registry, { loaded: engine.profiles }))
  const actor = patientOf(given, engine.base)
  const subject = await resolveSubject(engine, exchange, actor, PATIENT)
  const { patientKey } = subject.record.facts
  const resource = { ...given, participant: naming(given.participant, actor, patientKey) }
  const author = mayPutIn(engine, exchange, subject.record)
  // `validate` found no fault: it is an Appointment.
  const form = readAppointment(resource as unknown as Appointment, { patientKey, base: engine.base })
  if ('issues' in form) throw new FhirError('unprocessable', form.issues)
  return { resource, form, author, patientKey }
}

/** The reference to the record: that of the first participant who is a Patient, by its id, by a query, or by its INS. */
function patientOf({ participant }: JsonObject, base: string): JsonObject | undefined {
  return participants(participant)
    .flatMap(({ actor }) => (isJsonObject(actor) ? [actor] : []))
    .find(({ reference, type }) =>
      typeof reference === 'string'
        ? /^Patient[/?]/.test(reference.replace(`${base}/`, ''))
        : type === 'Patient',
    )
}

/** The same participants, of whom the patient is named as this server does: an INS is not kept in a body (I4). */
function naming(
  participant: JsonValue | undefined,
  patient: JsonObject | undefined,
  patientKey: Uuid,
): JsonObject[] {
  return participants(participant).map((one) =>
    one.actor === patient ? { ...one, actor: { reference: patientNamed(patientKey) } } : one,
  )
}

function participants(participant: JsonValue | undefined): JsonObject[] {
  return Array.isArray(participant) ? participant.filter(isJsonObject) : []
}

/** As whom: a professional, or its structure. @throws FhirError what refuses it */
function mayPutIn(engine: DmpEngine, exchange: DmpExchange, record: KnownRecord): ActorId {
  const { caller, mode, now } = exchange
  const { grant } = permit(engine, exchange, record, 'feed')
  const [author] = authorIds(caller)
  const may = mayDeposit(grant, 'PROFESSIONAL', { caller, facts: record.facts, now })
  // A secret connection puts in nothing that a representative reads (V5).
  if (author && author !== 'patient' && may && !caller.secretConnection) return author
  exchange.trace.decided(['R1'])
  throw refusal('forbidden', 'droit-fonctionnel', {
    rule: 'R1',
    params: { right: 'R1', name: 'rendez-vous', actor: actorClass(caller, record.facts), mode },
  })
}

async function settle(
  engine: DmpEngine,
  exchange: DmpExchange,
  request: Request,
  addressed: Addressed | undefined,
): Promise<Answer> {
  const { patientKey } = request
  const settled = await engine.db.transaction(async (transaction) => {
    const locked = await lockRecord(transaction, patientKey, askerOf(exchange), 'change')
    permit(engine, exchange, locked, 'feed')
    if (!locked) throw unknown()
    return write(engine, exchange, transaction, request, locked, addressed)
  })
  const { id, version, lastUpdated, body, written } = settled
  exchange.trace.durable = written
  if (!written) exchange.trace.concerns('Appointment', encodeUuid(id), version)
  return {
    status: version === 1 && written ? 201 : 200,
    location: `Appointment/${formatResourceId({ patientKey, id })}/_history/${version}`,
    etag: `W/"${version}"`,
    lastModified: lastUpdated,
    ...(exchange.prefer === 'minimal' ? {} : { body }),
  }
}

async function write(
  engine: DmpEngine,
  exchange: DmpExchange,
  transaction: Transaction,
  { resource, form, author, patientKey }: Request,
  record: KnownRecord,
  addressed: Addressed | undefined,
): Promise<NamedResource & { readonly written: boolean }> {
  const { now, trace } = exchange
  const name = nameOf(author, form)
  const before = await findNamed(transaction, patientKey, 'Appointment', name)
  // What another has put in, or under another identifier, is not there to be changed.
  if (addressed && before?.id !== addressed.id) throw unknown()
  if (addressed && before) refuseUnlessMet(addressed, { version: before.version, method: 'PUT' })
  const id = before?.id ?? engine.newId(now)
  const version = (before?.version ?? 0) + 1
  const next = nextVersion(resource, formatResourceId({ patientKey, id }), version, now)
  if (before && sameContent(next, storedBody(before.body))) return { ...before, written: false }
  if (before && !addressed)
    throw refusal('conflict', 'identifiant-pris', {
      type: 'duplicate',
      expression: 'Appointment.identifier',
    })
  if (before && closedStatuses.has(String(storedBody(before.body).status)))
    throw refusal('conflict', 'rendez-vous-clos', { rule: 'R1', expression: 'Appointment.status' })
  await refuseUnseen(engine, exchange, transaction, record, form)
  const body = stringifyJson(next)
  const row = {
    patientKey,
    type: 'Appointment',
    id,
    lastUpdated: now,
    body,
    terms: appointmentTerms(form, author),
  }
  trace.concerns('Appointment', encodeUuid(id), version)
  const key = `rendez-vous Appointment/${encodeUuid(id)}/${version}`
  trace.owes([{ key, kind: 'rendez-vous', recipient: 'patient' }])
  const [replaced] = await Promise.all([
    before ? replaceResource(transaction, row, before.version) : insertResource(transaction, row),
    ...(before ? [] : [nameResource(transaction, patientKey, 'Appointment', name, id)]),
    insertTraces(transaction, [trace.row(before ? 200 : 201, '')]),
  ])
  if (replaced === false) throw refusal('conflict', 'conflit-concurrent')
  return { id, version, lastUpdated: now, body, written: true }
}

/** What it refers to is there for who puts it in, and nothing that the patient or who represents a minor must not learn of. */
async function refuseUnseen(
  engine: DmpEngine,
  exchange: DmpExchange,
  transaction: Transaction,
  record: KnownRecord,
  { documents }: AppointmentForm,
): Promise<void> {
  if (documents.length === 0) return
  const own = ask(engine, exchange, record, 'find-own-document')
  const search = ask(engine, exchange, record, 'search-documents')
  const scopes: readonly DocumentScope[] = [own, search].flatMap((decision) =>
    decision.effect === 'permit'
      ? [{ ...decision.scope, invisiblePatient: false, invisibleLegal: 'hidden' as const }]
      : [],
  )
  const { patientKey } = record.facts
  const seen = await Promise.all(
    scopes.map((scope) => visibleDocuments(transaction, patientKey, documents, scope)),
  )
  if (documents.some((id) => !seen.some((ids) => ids.has(id))))
    throw refusal('unprocessable', 'reference-introuvable', {
      type: 'not-found',
      params: { name: 'DocumentReference/[id]' },
      expression: 'Appointment.supportingInformation',
    })
}
