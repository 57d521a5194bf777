/**
 * An Appointment as it is put in: under which identifier, of which record, when, with whom. What names another patient, or is
 * bound to what this server does not keep (slots, requests), is refused.
 * @see https://hl7.org/fhir/R4/appointment.html; docs/policy.md R1; docs/appointments.md
 *
 * NOT checked: that the times of one caller do not overlap, and the codes of serviceType, specialty and reasonCode.
 */
import type { Appointment, Resource } from '@medplum/fhirtypes'
import { authorActors, readAuthors } from '../../../dmp/documents/document-authors.ts'
import { decodeUuid, type Uuid } from '../../../fhir/id.ts'
import type { Issue } from '../../../fhir/issue.ts'
import { parseReference } from '../../../fhir/reference.ts'
import type { ActorId } from '../../../policy/facts.ts'
import { idNamed, type MessagePlace } from '../messages/message-form.ts'

export type AppointmentForm = {
  /** `system|value`. */
  readonly name: string
  readonly status: string
  /** Professionals and structures that it names by a national identifier. */
  readonly actors: readonly ActorId[]
  /** Documents of this record, by their own ids. */
  readonly documents: readonly Uuid[]
}

/** After which nothing changes any more. */
export const closedStatuses: ReadonlySet<string> = new Set([
  'cancelled',
  'fulfilled',
  'noshow',
  'entered-in-error',
])

const MAX_PARTICIPANTS = 20
const MAX_DOCUMENTS = 10
const MAX_TEXT = 2_000
const MAX_IDENTIFIER = 300

const own: ReadonlySet<string> = new Set<keyof Appointment>([
  'resourceType',
  'id',
  'meta',
  'contained',
  'identifier',
  'status',
  'cancelationReason',
  'serviceCategory',
  'serviceType',
  'specialty',
  'appointmentType',
  'reasonCode',
  'description',
  'supportingInformation',
  'start',
  'end',
  'minutesDuration',
  'created',
  'comment',
  'patientInstruction',
  'participant',
])

/** @param appointment that the base specification finds no fault in */
export function readAppointment(
  appointment: Appointment,
  place: MessagePlace,
): AppointmentForm | { readonly issues: readonly [Issue, ...Issue[]] } {
  const issues: Issue[] = []
  const demand = (held: boolean, cause: string, element: string): void => {
    if (!held) issues.push(fault(cause, element))
  }
  for (const element of Object.keys(appointment).filter((name) => !own.has(name)))
    demand(false, `${element} × 0`, element)
  const [identifier, ...others] = appointment.identifier ?? []
  const name = `${identifier?.system ?? ''}|${identifier?.value ?? ''}`
  demand(
    Boolean(identifier?.system && identifier.value) && others.length === 0 && name.length <= MAX_IDENTIFIER,
    'identifier × 1 (system, value)',
    'identifier',
  )
  const { start, end } = appointment
  demand(start !== undefined, 'start × 1', 'start')
  demand(
    start === undefined || end === undefined || Date.parse(start) < Date.parse(end),
    'start < end',
    'end',
  )
  for (const element of ['description', 'comment', 'patientInstruction'] as const)
    demand((appointment[element] ?? '').length <= MAX_TEXT, `${element} ≤ ${MAX_TEXT}`, element)
  const participants = appointment.participant ?? []
  demand(participants.length <= MAX_PARTICIPANTS, `participant ≤ ${MAX_PARTICIPANTS}`, 'participant')
  const actors = new Set<ActorId>()
  let patients = 0
  participants.forEach(({ actor }, i) => {
    const read = actorOf(actor, appointment.contained ?? [], place)
    demand(
      read !== 'other patient',
      `participant[${i}].actor: Patient/[id] = patient`,
      `participant[${i}].actor`,
    )
    if (read === 'patient') patients++
    else if (read !== undefined && read !== 'other patient') actors.add(read)
  })
  demand(patients === 1, 'participant.actor = Patient/[id] × 1', 'participant')
  const references = appointment.supportingInformation ?? []
  const documents = references.flatMap(
    ({ reference = '' }) => idNamed('DocumentReference', reference, place) ?? [],
  )
  demand(
    documents.length === references.length && documents.length <= MAX_DOCUMENTS,
    `supportingInformation: DocumentReference/[id] × 0 … ${MAX_DOCUMENTS}`,
    'supportingInformation',
  )
  const [first, ...rest] = issues
  if (first) return { issues: [first, ...rest] }
  return { name, status: appointment.status ?? '', actors: [...actors], documents: [...new Set(documents)] }
}

export function fault(cause: string, element: string): Issue {
  const expression = `Appointment.${element}`
  return {
    severity: 'error',
    type: 'business-rule',
    error: 'rendez-vous-incorrect',
    params: { cause },
    expression,
    rule: 'R1',
  }
}

/** Whom a participant is; undefined for a place, a service, or somebody without a national identifier. */
function actorOf(
  actor: NonNullable<Appointment['participant']>[number]['actor'],
  contained: readonly Resource[],
  { patientKey, base }: MessagePlace,
): ActorId | 'other patient' | undefined {
  if (!actor) return undefined
  const named = parseReference(actor.reference ?? '', base)
  if (named?.kind === 'relative' && named.type === 'Patient')
    return decodeUuid(named.id) === patientKey ? 'patient' : 'other patient'
  const inside = named?.kind === 'contained' ? contained.find(({ id }) => id === named.id) : undefined
  const type = actor.type ?? inside?.resourceType
  if (type === 'Patient' || type === 'RelatedPerson') return 'other patient'
  const read = readAuthors(
    [{ ...actor }] as Parameters<typeof readAuthors>[0],
    contained,
    () => undefined,
    'actor',
  )
  if (read.patient) return 'other patient'
  return authorActors(read)[0]
}
