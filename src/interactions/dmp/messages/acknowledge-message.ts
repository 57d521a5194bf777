/**
 * That a message was read: the recipient patches `status` from `in-progress` to `completed`, and the server says when
 * (`received`). Said again it changes nothing. Nothing else of a message ever changes.
 * @see https://hl7.org/fhir/R4/http.html#patch; docs/policy.md M1
 */
import type { Communication } from '@medplum/fhirtypes'
import { refusal, refuseFaults } from '../../../fhir/fhir-error.ts'
import { encodeUuid, formatResourceId } from '../../../fhir/id.ts'
import { type JsonObject, stringifyJson } from '../../../fhir/json.ts'
import { sameContent } from '../../../fhir/same-content.ts'
import { applyFhirPathPatch } from '../../../patch/apply-fhirpath-patch.ts'
import { applyJsonPatch } from '../../../patch/apply-json-patch.ts'
import { addressedAs } from '../../../policy/rules/m1-messages.ts'
import type { Transaction } from '../../../storage/database.ts'
import { replaceResource } from '../../../storage/records/change-record.ts'
import { readResource } from '../../../storage/records/read-resource.ts'
import { lockRecord } from '../../../storage/records/record-facts.ts'
import { insertTraces } from '../../../storage/traces/insert-traces.ts'
import { validate } from '../../../validation/validate.ts'
import type { Answer } from '../../exchange.ts'
import type { Body, Input } from '../../input.ts'
import { readBodyOf, readJson } from '../../read-body.ts'
import { nextVersion } from '../../rest/write/next-version.ts'
import { refuseUnlessMet } from '../../rest/write/preconditions.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { askerOf, permit, unknown } from '../permit.ts'
import { readMessage } from './message-form.ts'
import { messageTerms } from './message-terms.ts'
import { type ReadableMessage, readable } from './read-messages.ts'
import { shownMessages } from './shown-messages.ts'
import { storedMessage } from './stored-message.ts'

type Patch = (message: JsonObject) => JsonObject

export async function acknowledgeMessage(
  engine: DmpEngine,
  exchange: DmpExchange,
  { id, body, ifMatch }: Pick<Input, 'id' | 'body' | 'ifMatch'>,
): Promise<Answer> {
  exchange.trace.asks('Communication')
  const patch = readPatch(engine, body)
  const message = await readable(engine, exchange, id)
  const { at, parties } = message
  if (!addressedAs(exchange.caller).includes(parties.recipient)) {
    exchange.trace.decided(['M1'])
    throw refusal('forbidden', 'message-destinataire', { rule: 'M1' })
  }
  const written = await engine.db.transaction(async (transaction) => {
    const locked = await lockRecord(transaction, at.patientKey, askerOf(exchange), 'change')
    permit(engine, exchange, locked, 'read-messages')
    const found = await readResource(transaction, 'Communication', at, undefined, {})
    if (!found?.resource) throw unknown()
    const { version, body: current, lastUpdated } = found.resource
    refuseUnlessMet(ifMatch === undefined ? {} : { ifMatch }, { version, method: 'PUT' })
    return settle(engine, exchange, transaction, message, patch, { version, body: current, lastUpdated })
  })
  exchange.trace.durable = written.isNew
  if (!written.isNew) exchange.trace.concerns('Communication', encodeUuid(at.id), written.version)
  const lying = [{ id: at.id, body: written.body }]
  const [shown = ''] = await shownMessages(engine, engine.db, at.patientKey, message.permitted.scope, lying)
  return {
    status: 200,
    etag: `W/"${written.version}"`,
    lastModified: written.lastUpdated,
    ...(exchange.prefer === 'minimal' ? {} : { body: shown }),
  }
}

function readPatch(engine: DmpEngine, body: Body | undefined): Patch {
  if (body?.format === 'json-patch') {
    const operations = readJson(engine, body.text)
    return (message) => applyJsonPatch(message, operations)
  }
  const parameters = readBodyOf(engine, body, 'Parameters')
  refuseFaults(validate(parameters, engine.registry))
  return (message) => applyFhirPathPatch(message, parameters, engine.registry)
}

type Version = { readonly version: number; readonly body: string; readonly lastUpdated: number }

async function settle(
  engine: DmpEngine,
  { now, trace }: DmpExchange,
  transaction: Transaction,
  { at, parties }: ReadableMessage,
  patch: Patch,
  current: Version,
): Promise<Version & { readonly isNew: boolean }> {
  const before = storedMessage(current.body)
  const patched = patch(before)
  const read = { ...before, status: 'completed' }
  if (patched.id !== before.id || !sameContent(withoutTime(patched), withoutTime(read)))
    throw refusal('unprocessable', 'message-immuable', { rule: 'M1', expression: 'Communication' })
  if (before.status === 'completed') return { ...current, isNew: false }
  const { patientKey, id } = at
  const version = current.version + 1
  const next = {
    ...nextVersion(read, formatResourceId(at), version, now),
    received: new Date(now).toISOString(),
  }
  const { sent: _, ...said } = before
  const form = readMessage(said as unknown as Communication, { patientKey, base: engine.base })
  if ('issues' in form) throw new Error('A stored message that is none')
  const terms = messageTerms({ status: 'completed', ...parties, category: form.category, name: form.name })
  const body = stringifyJson(next)
  trace.concerns('Communication', encodeUuid(id), version)
  const row = { patientKey, type: 'Communication', id, lastUpdated: now, body, terms }
  const [replaced] = await Promise.all([
    replaceResource(transaction, row, current.version),
    insertTraces(transaction, [trace.row(200, '')]),
  ])
  if (!replaced) throw refusal('conflict', 'conflit-concurrent')
  return { version, body, lastUpdated: now, isNew: true }
}

/** When it was read is the server's to say. */
function withoutTime({ received: _, ...message }: JsonObject): JsonObject {
  return message
}
