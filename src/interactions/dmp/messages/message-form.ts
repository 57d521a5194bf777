/**
 * A Communication as the message it says: to whom, about which documents, in answer to what, and its text. What no reader
 * would be shown, or what would narrow or widen who reads it, is refused: a message has two parties, and the patient is one.
 * @see https://hl7.org/fhir/R4/communication.html; docs/policy.md M1, M2; docs/messages.md
 */
import type { Communication } from '@medplum/fhirtypes'
import { authorActors, readAuthors } from '../../../dmp/documents/document-authors.ts'
import { isPractitionerId, isStructureId } from '../../../dmp/identity/national-identifiers.ts'
import { decodeUuid, encodeUuid, parseResourceId, type Uuid } from '../../../fhir/id.ts'
import type { Issue } from '../../../fhir/issue.ts'
import { parseReference } from '../../../fhir/reference.ts'
import type { ActorId } from '../../../policy/facts.ts'

export type MessageForm = {
  readonly recipient: ActorId
  readonly text: string
  /** Documents of this record that the message is about or refers to, by their own ids. */
  readonly documents: readonly Uuid[]
  /** The messages of this record that it answers. */
  readonly answers: readonly Uuid[]
  /** `system|value`, by which a message that is sent twice is one. */
  readonly name: string | undefined
  readonly category: string | undefined
}

export type MessagePlace = { readonly patientKey: Uuid; readonly base: string }

export const longestText = 10_000
const MAX_DOCUMENTS = 10
const MAX_IDENTIFIER = 300

const own = [
  'id',
  'meta',
  'resourceType',
  'identifier',
  'inResponseTo',
  'status',
  'category',
  'subject',
  'about',
  'recipient',
  'sender',
  'payload',
  'contained',
] as const satisfies readonly (keyof Communication)[]

/** @param message that the base specification finds no fault in */
export function readMessage(
  message: Communication,
  place: MessagePlace,
): MessageForm | { readonly issues: readonly [Issue, ...Issue[]] } {
  const issues: Issue[] = []
  const demand = (held: boolean, cause: string, element: string): void => {
    if (!held) issues.push(fault(cause, element))
  }
  for (const element of Object.keys(message).filter((name) => !own.some((known) => known === name)))
    demand(false, `${element} × 0`, element)
  demand(message.status === 'in-progress', 'status = in-progress', 'status')
  const recipient = oneActor(message.recipient ?? [], message, place)
  demand(recipient !== undefined, 'recipient × 1: Patient/[id] | IDNPS | IDNST', 'recipient')
  const text = textOf(message)
  demand(
    text !== undefined && text.trim() !== '' && text.length <= longestText,
    `payload.contentString × 1, 1 … ${longestText}`,
    'payload',
  )
  const documents = idsNamed('DocumentReference', referencesOf(message), place)
  demand(
    documents !== undefined && documents.length <= MAX_DOCUMENTS,
    `about, payload.contentReference: DocumentReference/[id] × 0 … ${MAX_DOCUMENTS}`,
    'about',
  )
  const answers = idsNamed('Communication', message.inResponseTo ?? [], place)
  demand(
    answers !== undefined && answers.length <= 1,
    'inResponseTo: Communication/[id] × 0 … 1',
    'inResponseTo',
  )
  demand(
    (message.about ?? []).length > 0 || (message.inResponseTo ?? []).length > 0,
    'about | inResponseTo × 1',
    'about',
  )
  const [identifier, ...more] = message.identifier ?? []
  const name = identifier && `${identifier.system ?? ''}|${identifier.value ?? ''}`
  demand(
    more.length === 0 &&
      (!identifier ||
        (Boolean(identifier.system && identifier.value) && (name ?? '').length <= MAX_IDENTIFIER)),
    'identifier × 0 … 1 (system, value)',
    'identifier',
  )
  const codings = (message.category ?? []).flatMap(({ coding = [] }) => coding)
  demand(
    codings.length <= 1 && (message.category ?? []).length === codings.length,
    'category × 0 … 1, coding × 1',
    'category',
  )
  const [first, ...rest] = issues
  if (first) return { issues: [first, ...rest] }
  if (!recipient || text === undefined || !documents || !answers)
    throw new Error('A message with a fault was let through')
  return { recipient, text, documents, answers, name, category: codings[0]?.code }
}

export function fault(cause: string, element: string): Issue {
  const expression = `Communication.${element}`
  return {
    severity: 'error',
    type: 'business-rule',
    error: 'message-incorrect',
    params: { cause },
    expression,
    rule: 'M1',
  }
}

/** The patient, a professional or a structure, which the references name: exactly one. */
export function oneActor(
  references: NonNullable<Communication['recipient']>,
  { contained = [] }: Pick<Communication, 'contained'>,
  { patientKey, base }: MessagePlace,
): ActorId | undefined {
  const [reference, ...others] = references
  if (!reference || others.length > 0) return undefined
  const named = parseReference(reference.reference ?? '', base)
  if (named?.kind === 'relative' && named.type === 'Patient')
    return decodeUuid(named.id) === patientKey ? 'patient' : undefined
  const [actor, ...more] = authorActors(readAuthors([reference], contained, () => undefined, 'recipient'))
  if (actor === undefined || actor === 'patient' || more.length > 0) return undefined
  const id = actor.slice('ps:'.length)
  return (actor.startsWith('ps:') ? isPractitionerId(id) : isStructureId(id)) ? actor : undefined
}

function textOf({ payload = [] }: Communication): string | undefined {
  const texts = payload.flatMap(({ contentString }) => contentString ?? [])
  const references = payload.filter(({ contentReference }) => contentReference)
  return texts.length === 1 && texts.length + references.length === payload.length ? texts[0] : undefined
}

function referencesOf({ about = [], payload = [] }: Communication) {
  return [...about, ...payload.flatMap(({ contentReference }) => contentReference ?? [])]
}

/** Own ids of what references name in this record; undefined where one names anything else. */
function idsNamed(
  type: string,
  references: readonly { readonly reference?: string | undefined }[],
  { patientKey, base }: MessagePlace,
): readonly Uuid[] | undefined {
  const ids = references.map(({ reference = '' }) => idNamed(type, reference, { patientKey, base }))
  return ids.every((id) => id !== undefined) ? [...new Set(ids)] : undefined
}

export function idNamed(type: string, reference: string, place: MessagePlace): Uuid | undefined {
  const parsed = parseReference(reference, place.base)
  if (parsed?.kind !== 'relative' || parsed.type !== type) return undefined
  const at = parseResourceId(parsed.id)
  return at?.patientKey === place.patientKey ? at.id : undefined
}

export function patientNamed(patientKey: Uuid): string {
  return `Patient/${encodeUuid(patientKey)}`
}
