/**
 * The same trace in the form of the ANS (TdE, traçabilité des événements): one subtype, at most two agents, a period.
 * Who asked comes first, then its structure, or the software of who has none; a software that lost its place is named
 * as a Device among the entities.
 * @see https://interop.esante.gouv.fr/ig/fhir/tde (2.0.0)
 */
import type { JsonObject } from '../../fhir/json.ts'
import type { About } from './about.ts'
import {
  agentsOf,
  clientAgent,
  networkOf,
  rolesOf,
  structureAgent,
  structureOf,
  userAgent,
} from './agents.ts'
import { outcomeOf, purposeElement, subtypesOf } from './balp.ts'
import { entityType, eventType, sourceType } from './coded.ts'
import { entitiesOf, objectsOf } from './entities.ts'
import { identityOf, recordedAt } from './identity.ts'
import { clientParty, serverParty } from './parties.ts'
import { isAsked, isKnownActor, kindOf, type ShownTrace, shapeOf } from './shown-trace.ts'

export const TDE = 'https://interop.esante.gouv.fr/ig/fhir/tde/StructureDefinition/tde-auditevent'

export function tde(trace: ShownTrace, about: About): JsonObject {
  const { server } = about
  const kind = kindOf(trace)
  const shape = shapeOf(kind)
  const roles = rolesOf(trace, kind)
  const structure = structureOf(trace)
  const second = structure
    ? structureAgent(structure)
    : isAsked(trace)
      ? clientAgent(trace, roles.client)
      : undefined
  const agent = isKnownActor(trace)
    ? [
        { ...userAgent(trace, roles.user, about), ...(isAsked(trace) ? { network: networkOf(trace) } : {}) },
        ...(second ? [second] : []),
      ]
    : agentsOf(trace, kind, about)
  const software =
    structure && isAsked(trace)
      ? [{ what: clientParty(trace), type: entityType.resource('Device'), name: 'Logiciel' }]
      : []
  const entity = [...entitiesOf(trace, shape, objectsOf(trace, shape)), ...software]
  const recorded = recordedAt(trace)
  return {
    ...identityOf(trace, [TDE]),
    type: shape === 'import' ? eventType.import : eventType.rest,
    subtype: subtypesOf(trace, kind).slice(0, 1),
    action: kind.action,
    // When the request began: how long it took is not kept.
    period: { start: recorded },
    recorded,
    ...outcomeOf(trace),
    ...purposeElement(trace),
    agent,
    source: { site: server, observer: serverParty(server), type: [sourceType.application] },
    ...(entity.length > 0 ? { entity } : {}),
  }
}
