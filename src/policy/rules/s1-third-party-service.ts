/**
 * S1: a third-party service reads in a record for which its patient has opened it, for the purposes for which it asks, until
 * the patient ends it; nothing at all otherwise, and in no mode but the normal one. S2: it reads, and does nothing else: it
 * chooses nothing, writes nothing, and does not read who else may see the record.
 */
import type { TokenActor } from '../caller.ts'
import type { Verdict } from '../decision.ts'
import type { DocumentScope } from '../document-scope.ts'
import type { Action, Question } from '../question.ts'
import { refuse } from '../refuse.ts'

/** What a service may be let do; an action that comes later is none of its own until it stands here. */
const ofServices: ReadonlySet<Action> = new Set<Action>([
  'find-record',
  'read-record',
  'search-documents',
  'read-content',
])

/** For whom a token can be a service's at all. */
const callers: ReadonlySet<TokenActor> = new Set<TokenActor>(['PATIENT', 'REPRESENTANT_LEGAL', 'AIDANT'])

/** Comes after P1 and P2: the record is that of the person for whom the service calls, or it is not there. */
export function thirdPartyService({ caller, action, mode, holder, service, now }: Question): Verdict {
  if (!caller.service) return 'not applicable'
  const { purposes } = caller.service
  const opened =
    callers.has(caller.actor) &&
    holder &&
    service !== undefined &&
    service.until > now &&
    purposes.length > 0 &&
    purposes.every((purpose) => service.purposes.includes(purpose))
  if (!opened) return refuse('S1', 'forbidden', 'service-sans-consentement')
  return mode === 'normal' && ofServices.has(action) ? 'passes' : refuse('S2', 'forbidden', 'service-lit')
}

/** The types of documents that the patient has opened to a service; every one to who is none. */
export function openedTypes({ caller, service }: Question): DocumentScope['types'] {
  if (!caller.service) return 'every'
  return service?.types ?? new Set()
}
