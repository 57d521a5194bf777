/**
 * A trace in the form of IHE BALP, and of MHD where it is one of its transactions: the form in which traces are read
 * unless another is asked for.
 * @see https://profiles.ihe.net/ITI/BALP/, https://hl7.org/fhir/R4/auditevent.html
 */
import type { JsonObject } from '../../fhir/json.ts'
import type { InteractionKind } from '../interaction-names.ts'
import { wordsOf } from '../interaction-words.ts'
import type { About } from './about.ts'
import { agentsOf } from './agents.ts'
import { claimedProfiles } from './claimed-profiles.ts'
import {
  type Coding,
  eventType,
  INTERACTION_SYSTEM,
  iheTransaction,
  restInteraction,
  sourceType,
} from './coded.ts'
import { entitiesOf, objectsOf } from './entities.ts'
import { identityOf, recordedAt } from './identity.ts'
import { serverParty } from './parties.ts'
import { purposeOfEvent } from './purpose.ts'
import { kindOf, type ShownTrace, shapeOf } from './shown-trace.ts'

export function balp(trace: ShownTrace, about: About): JsonObject {
  const { server } = about
  const kind = kindOf(trace)
  const shape = shapeOf(kind)
  const objects = objectsOf(trace, shape)
  const entity = entitiesOf(trace, shape, objects)
  return {
    ...identityOf(trace, claimedProfiles(trace, kind, shape, objects)),
    type: shape === 'import' ? eventType.import : eventType.rest,
    subtype: subtypesOf(trace, kind),
    action: kind.action,
    recorded: recordedAt(trace),
    ...outcomeOf(trace),
    ...purposeElement(trace),
    agent: agentsOf(trace, kind, about),
    source: { site: server, observer: serverParty(server), type: [sourceType.application] },
    ...(entity.length > 0 ? { entity } : {}),
  }
}

/** The interaction of FHIR, the transaction of IHE, and our own name for it, in French. */
export function subtypesOf(
  { interaction }: Pick<ShownTrace, 'interaction'>,
  { subtype, transaction }: InteractionKind,
): Coding[] {
  const ihe = iheTransaction(transaction)
  return [
    ...(subtype ? [restInteraction(subtype)] : []),
    ...(ihe ? [ihe] : []),
    { system: INTERACTION_SYSTEM, code: interaction, display: wordsOf(interaction) },
  ]
}

export function outcomeOf({ outcome, error }: ShownTrace): JsonObject {
  return { outcome, ...(error === '' ? {} : { outcomeDesc: error }) }
}

export function purposeElement(trace: ShownTrace): JsonObject {
  const purpose = purposeOfEvent(trace)
  return purpose ? { purposeOfEvent: [purpose] } : {}
}
