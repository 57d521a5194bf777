/**
 * A message as it lies: a Communication whose text is sealed by the key of the record, and whose parties its terms name too.
 * The sender, its time and its record are the server's to say.
 */
import type { Communication } from '@medplum/fhirtypes'
import { practitionerSystem } from '../../../dmp/identity/national-identifiers.ts'
import { formatResourceId, type ResourceId, type Uuid } from '../../../fhir/id.ts'
import { isJsonObject, type JsonObject, type JsonValue, parseJson } from '../../../fhir/json.ts'
import type { ActorId } from '../../../policy/facts.ts'
import { nextVersion } from '../../rest/write/next-version.ts'
import { type MessagePlace, oneActor, patientNamed } from './message-form.ts'

/** What a text is sealed for. */
export function sealedFor({ patientKey, id }: ResourceId): string {
  return `Communication/${formatResourceId({ patientKey, id })}`
}

/** @param sealed the text, as it lies */
export function newMessage(
  sent: JsonObject,
  at: ResourceId,
  { sender, sealed, now }: { readonly sender: ActorId; readonly sealed: string; readonly now: number },
): JsonObject {
  return {
    ...withText(nextVersion(sent, formatResourceId(at), 1, now), sealed),
    subject: { reference: patientNamed(at.patientKey) },
    sent: new Date(now).toISOString(),
    sender: senderReference(at.patientKey, sender),
  }
}

function senderReference(patientKey: Uuid, sender: ActorId): JsonObject {
  return sender === 'patient'
    ? { reference: patientNamed(patientKey) }
    : { type: 'Practitioner', identifier: { system: practitionerSystem, value: sender.slice('ps:'.length) } }
}

export function textOf(body: JsonObject): string {
  const [text] = payloads(body).flatMap(({ contentString }) =>
    typeof contentString === 'string' ? [contentString] : [],
  )
  if (text === undefined) throw new Error('A stored message without a text')
  return text
}

export function withText(body: JsonObject, text: string): JsonObject {
  return {
    ...body,
    payload: payloads(body).map((payload) =>
      payload.contentString === undefined ? payload : { ...payload, contentString: text },
    ),
  }
}

export function payloads({ payload }: JsonObject): readonly JsonObject[] {
  return Array.isArray(payload) ? payload.filter(isJsonObject) : []
}

export type Parties = { readonly sender: ActorId; readonly recipient: ActorId }

/** @param body that this server stored */
export function partiesOf(body: JsonObject, place: MessagePlace): Parties {
  const message = body as unknown as Communication
  const sender = oneActor(message.sender ? [message.sender] : [], message, place)
  const recipient = oneActor(message.recipient ?? [], message, place)
  if (!sender || !recipient) throw new Error('A stored message without its parties')
  return { sender, recipient }
}

export function storedMessage(text: string): JsonObject {
  const body: JsonValue = parseJson(text)
  if (!isJsonObject(body)) throw new Error('A stored message that is none')
  return body
}
