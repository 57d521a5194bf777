/**
 * The decision that a request asked for, as an event of its own: BALP's AuthZconsent. One trace tells of both, the access
 * and the decision it rests on; this is the second reading of the same row, under the same id.
 *
 * The Consent it names is the one under which the record is open: every decision rests on it. Not named: which of the
 * patient's other choices weighed in it; the rules that did stand in `policy`. Nor the token: a trace does not keep it.
 * @see https://profiles.ihe.net/ITI/BALP/StructureDefinition-IHE.BasicAudit.AuthZconsent.html
 */
import { policyErrors } from '../../fhir/errors/policy-errors.ts'
import { formatResourceId, type Uuid } from '../../fhir/id.ts'
import type { JsonObject } from '../../fhir/json.ts'
import type { About } from './about.ts'
import { clientAgent, ofType, structureAgent, userAgent } from './agents.ts'
import { purposeElement } from './balp.ts'
import { agentType, decisionSubtype, entityType, eventType, sourceType } from './coded.ts'
import { patientEntity } from './entities.ts'
import { identityOf, recordedAt } from './identity.ts'
import { serverParty, structureParty } from './parties.ts'
import { isAsked, isInRecord, isKnownActor, type ShownTrace } from './shown-trace.ts'

export const DECISION = 'https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.AuthZconsent'

/**
 * Whether policy was asked about a record. What was refused before that, by a token or a form, was not decided; V5 alone
 * marks a secret connection.
 */
export function isDecision(trace: ShownTrace): boolean {
  return isInRecord(trace) && isKnownActor(trace) && trace.rules.some((rule) => rule !== 'V5')
}

/** Whether it was denied: a request may be permitted, and still find nothing. */
export function isDenied({ outcome, status, error, rules }: ShownTrace): boolean {
  if (outcome === '0') return false
  return status === 403 || Object.hasOwn(policyErrors, error) || rules[0] === 'P1'
}

/** The profile is claimed when all that it asks for is known: the structure, the software and the Consent. */
export function decision(trace: ShownTrace, about: About): JsonObject {
  const { server, consent } = about
  const observer = serverParty(server)
  const structure = structureParty(trace)
  const denied = isDenied(trace)
  const isWhole = isDecision(trace) && isAsked(trace) && structure !== undefined && consent !== undefined
  return {
    ...identityOf(trace, isWhole ? [DECISION] : []),
    type: eventType.securityAlert,
    subtype: [decisionSubtype],
    action: 'E',
    recorded: recordedAt(trace),
    outcome: denied ? '8' : '0',
    outcomeDesc: denied ? `refus : ${trace.error}` : 'accord',
    ...purposeElement(trace),
    agent: [
      ...(isAsked(trace) ? [clientAgent(trace, agentType.application)] : []),
      ...(isKnownActor(trace) ? [userAgent(trace, agentType.recipient, about)] : []),
      ...(structure ? [structureAgent(structure)] : []),
      { ...ofType(agentType.authorizer, 'Politique du DMP'), who: observer, requestor: false },
    ],
    source: { site: server, observer, type: [sourceType.security] },
    ...(isInRecord(trace) ? { entity: [patientEntity(trace), ...consentEntity(trace, consent)] } : {}),
  }
}

function consentEntity({ patient_key }: ShownTrace, consent: Uuid | undefined): JsonObject[] {
  if (consent === undefined) return []
  const reference = `Consent/${formatResourceId({ patientKey: patient_key, id: consent })}`
  return [{ what: { reference }, type: entityType.resource('Consent') }]
}
