/**
 * A message about a document of the record, from the patient to a professional or a structure, or from a professional to the
 * patient. Stored with its text sealed; told to whom it is written, without its text (A10). Sent again under the same
 * identifier it is nothing new.
 * @see docs/policy.md M1, M2; docs/messages.md
 */
import type { Communication } from '@medplum/fhirtypes'
import { FhirError, refusal, refuseFaults } from '../../../fhir/fhir-error.ts'
import { encodeUuid, formatResourceId, type Uuid } from '../../../fhir/id.ts'
import { type JsonObject, stringifyJson } from '../../../fhir/json.ts'
import type { DocumentScope } from '../../../policy/document-scope.ts'
import type { ActorId } from '../../../policy/facts.ts'
import { correspondent } from '../../../policy/rules/m1-messages.ts'
import type { Transaction } from '../../../storage/database.ts'
import { visibleDocuments } from '../../../storage/documents/visible-documents.ts'
import { insertResource } from '../../../storage/records/change-record.ts'
import { findNamed, type NamedResource, nameResource } from '../../../storage/records/named-resources.ts'
import { readResource } from '../../../storage/records/read-resource.ts'
import { lockRecord } from '../../../storage/records/record-facts.ts'
import { countRecord } from '../../../storage/records/search-record.ts'
import { insertTraces } from '../../../storage/traces/insert-traces.ts'
import { validate } from '../../../validation/validate.ts'
import type { Answer } from '../../exchange.ts'
import type { Body } from '../../input.ts'
import { readBodyOf } from '../../read-body.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { askerOf, permit } from '../permit.ts'
import { permitSubject, resolveSubject } from '../submission/subject.ts'
import { fault, type MessageForm, type MessagePlace, oneActor, readMessage } from './message-form.ts'
import { messageTerms, unreadOf } from './message-terms.ts'
import { shownMessages } from './shown-messages.ts'
import { newMessage, partiesOf, sealedFor, storedMessage } from './stored-message.ts'

/** Of our own: what one sender may leave unread in one record. */
export const mostUnread = 500
const MAX_CHARACTERS = 65_536

type Request = {
  readonly resource: JsonObject
  readonly form: MessageForm
  readonly sender: ActorId
  readonly patientKey: Uuid
}

export async function sendMessage(
  engine: DmpEngine,
  exchange: DmpExchange,
  sent: Body | undefined,
): Promise<Answer> {
  exchange.trace.asks('Communication')
  const request = await readRequest(engine, exchange, sent)
  const { patientKey } = request
  const stored = await engine.db.transaction(async (transaction) => {
    const locked = await lockRecord(transaction, patientKey, askerOf(exchange), 'change')
    const { scope, record } = permit(engine, exchange, locked, 'send-message')
    const { recipient } = request.form
    if (record.facts.blocked.includes(recipient))
      throw refusal('conflict', 'acteur-bloque', { rule: 'A3', expression: 'Communication.recipient' })
    return write(engine, exchange, transaction, request, scope)
  })
  const { id, version, lastUpdated, written, scope } = stored
  exchange.trace.durable = written
  if (!written) exchange.trace.concerns('Communication', encodeUuid(id), version)
  const [body = ''] = await shownMessages(engine, engine.db, patientKey, scope, [stored])
  return {
    status: written ? 201 : 200,
    location: `Communication/${formatResourceId({ patientKey, id })}/_history/${version}`,
    etag: `W/"${version}"`,
    lastModified: lastUpdated,
    ...(exchange.prefer === 'minimal' ? {} : { body }),
  }
}

async function readRequest(
  engine: DmpEngine,
  exchange: DmpExchange,
  sent: Body | undefined,
): Promise<Request> {
  if (sent && 'text' in sent && sent.text.length > MAX_CHARACTERS)
    throw refusal('too-long', 'trop-long', { params: { what: 'Communication', limit: MAX_CHARACTERS } })
  const resource = readBodyOf(engine, sent, 'Communication')
  refuseFaults(validate(resource, engine.registry, { loaded: engine.profiles }))
  const subject = await resolveSubject(engine, exchange, resource.subject, 'Communication.subject')
  permitSubject(engine, exchange, subject, 'send-message', 'Communication.subject')
  const { patientKey } = subject.record.facts
  const place: MessagePlace = { patientKey, base: engine.base }
  // `validate` found no fault: it is a Communication.
  const form = readMessage(resource as unknown as Communication, place)
  if ('issues' in form) throw new FhirError('unprocessable', form.issues)
  const sender = correspondent(exchange.caller)
  if (sender === undefined) throw new Error('Who writes no messages was let through')
  const said = resource.sender === undefined ? sender : senderSaid(resource, place)
  if (said !== sender) throw new FhirError('unprocessable', [fault('sender × 0', 'sender')])
  if ((sender === 'patient') === (form.recipient === 'patient')) {
    const cause = sender === 'patient' ? 'recipient: IDNPS | IDNST' : 'recipient: Patient/[id]'
    throw new FhirError('unprocessable', [fault(cause, 'recipient')])
  }
  return { resource, form, sender, patientKey }
}

/** Who sends is known by the token; a client may repeat it. */
function senderSaid(resource: JsonObject, place: MessagePlace): ActorId | undefined {
  const message = resource as unknown as Communication
  return oneActor(message.sender ? [message.sender] : [], message, place)
}

type Written = NamedResource & { readonly written: boolean; readonly scope: DocumentScope }

async function write(
  engine: DmpEngine,
  exchange: DmpExchange,
  transaction: Transaction,
  { resource, form, sender, patientKey }: Request,
  scope: DocumentScope,
): Promise<Written> {
  const { now, trace } = exchange
  const name = form.name === undefined ? undefined : `${sender} ${form.name}`
  const before = name && (await findNamed(transaction, patientKey, 'Communication', name))
  if (before) {
    await refuseOther(engine, transaction, patientKey, before, form)
    return { ...before, written: false, scope }
  }
  await refuseUnseen(engine, exchange, transaction, { form, sender, patientKey }, scope)
  const unread = await countRecord(transaction, {
    patientKey,
    type: 'Communication',
    criteria: unreadOf(sender),
  })
  if (unread >= mostUnread)
    throw refusal('conflict', 'messages-trop-nombreux', { rule: 'M1', params: { limit: mostUnread } })
  const id = engine.newId(now)
  const at = { patientKey, id }
  const sealed = await engine.messageTexts.seal(transaction, patientKey, {
    text: form.text,
    about: sealedFor(at),
  })
  const body = stringifyJson(newMessage(resource, at, { sender, sealed, now }))
  const terms = messageTerms({ status: 'in-progress', sender, ...form })
  trace.concerns('Communication', encodeUuid(id), 1)
  trace.owes([{ key: `message Communication/${encodeUuid(id)}`, kind: 'message', recipient: form.recipient }])
  await Promise.all([
    insertResource(transaction, { patientKey, type: 'Communication', id, lastUpdated: now, body, terms }),
    ...(name ? [nameResource(transaction, patientKey, 'Communication', name, id)] : []),
    insertTraces(transaction, [trace.row(201, '')]),
  ])
  return { id, version: 1, lastUpdated: now, body, written: true, scope }
}

/**
 * What a message refers to is there for its sender. M2: it is nothing that the patient, or who represents a minor, must not
 * learn of: they read the message. An answer answers a message of which the sender is a party.
 * @throws FhirError 422, the same for what is hidden and what is not there (V7)
 */
async function refuseUnseen(
  engine: DmpEngine,
  { trace }: DmpExchange,
  transaction: Transaction,
  { form, sender, patientKey }: Omit<Request, 'resource'>,
  scope: DocumentScope,
): Promise<void> {
  const { documents, answers } = form
  const forAll: DocumentScope = { ...scope, invisiblePatient: false, invisibleLegal: 'hidden' }
  const [seen, shareable] = await Promise.all([
    visibleDocuments(transaction, patientKey, documents, scope),
    visibleDocuments(transaction, patientKey, documents, forAll),
  ])
  if (documents.some((id) => !seen.has(id)))
    throw refusal('unprocessable', 'reference-introuvable', {
      type: 'not-found',
      params: { name: 'DocumentReference/[id]' },
      expression: 'Communication.about',
    })
  if (documents.some((id) => !shareable.has(id))) {
    const notSecret: DocumentScope = { ...scope, invisibleLegal: 'hidden' }
    const told = await visibleDocuments(transaction, patientKey, documents, notSecret)
    if (documents.some((id) => !told.has(id))) trace.isAboutSecret()
    trace.decided(['M2'])
    throw refusal('unprocessable', 'message-document-cache', {
      type: 'business-rule',
      rule: 'M2',
      expression: 'Communication.about',
    })
  }
  for (const id of answers) {
    const found = await readResource(transaction, 'Communication', { patientKey, id }, undefined, {})
    const parties =
      found?.resource && partiesOf(storedMessage(found.resource.body), { patientKey, base: engine.base })
    if (!parties || (parties.sender !== sender && parties.recipient !== sender && sender !== 'patient'))
      throw refusal('unprocessable', 'reference-introuvable', {
        type: 'not-found',
        params: { name: 'Communication/[id]' },
        expression: 'Communication.inResponseTo',
      })
  }
}

/** @throws FhirError 409 when the message of this name says something else */
async function refuseOther(
  engine: DmpEngine,
  transaction: Transaction,
  patientKey: Uuid,
  { id, body }: NamedResource,
  form: MessageForm,
): Promise<void> {
  const place = { patientKey, base: engine.base }
  const everything: DocumentScope = {
    types: 'every',
    onlyOwn: false,
    masked: 'all',
    invisiblePatient: true,
    invisibleLegal: 'shown',
    withdrawn: true,
    self: [],
  }
  const [open = ''] = await shownMessages(engine, transaction, patientKey, everything, [{ id, body }])
  const {
    status: _,
    sent: __,
    received: ___,
    ...said
  } = storedMessage(open) as JsonObject & Partial<Communication>
  const known = readMessage({ ...said, status: 'in-progress' } as unknown as Communication, place)
  if ('issues' in known || JSON.stringify(known) !== JSON.stringify(form))
    throw refusal('conflict', 'identifiant-pris', {
      type: 'duplicate',
      expression: 'Communication.identifier',
    })
}
