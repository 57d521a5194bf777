/** A stored trace as one reader may see it, and what its interaction is in FHIR. */
import { NO_PATIENT } from '../../fhir/id.ts'
import type { StoredTrace } from '../../storage/traces/search-traces.ts'
import { type InteractionKind, interactions, isInteractionName } from '../interaction-names.ts'

export type ShownTrace = StoredTrace & {
  /** Something of it is kept from this reader (V7, V5): what was asked is empty, and it may be what was shown. */
  readonly withheld?: true
}

/** What BALP has a pattern for, ITI-65, and the rest. */
export type EventShape = 'create' | 'read' | 'update' | 'delete' | 'query' | 'import' | 'other'

const shapes: Readonly<Record<string, EventShape>> = {
  create: 'create',
  read: 'read',
  vread: 'read',
  update: 'update',
  patch: 'update',
  delete: 'delete',
  'search-type': 'query',
  'search-system': 'query',
}

/** A name that left the table is still a trace. */
export function kindOf({ interaction }: Pick<ShownTrace, 'interaction'>): InteractionKind {
  return isInteractionName(interaction) ? interactions[interaction] : { action: 'E' }
}

export function shapeOf({ subtype, transaction }: InteractionKind): EventShape {
  if (transaction === 'ITI-65') return 'import'
  return (subtype && shapes[subtype]) || 'other'
}

export function isInRecord({ patient_key }: ShownTrace): boolean {
  return patient_key !== NO_PATIENT
}

/** Somebody asked, over the network: not a job of the server's own, nor a command of its operator. */
export function isAsked({ network }: ShownTrace): boolean {
  return network !== ''
}

/** Somebody is known to have asked. */
export function isKnownActor({ actor }: ShownTrace): boolean {
  return actor !== '' && actor !== 'SYSTEME'
}

/** The server calls, and who is told answers: the data go the other way. */
export function isOutgoing({ interaction }: ShownTrace): boolean {
  return interaction === 'deliver-notification'
}
