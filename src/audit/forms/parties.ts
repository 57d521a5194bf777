/**
 * Who took part, as references: nobody by name, a patient by the record, a professional and a structure by their national
 * identifiers (T5). A representative and an aidant are not the patient: they are told by the Consent that names them.
 */
import { clientSystem } from '../../dmp/client-system.ts'
import { practitionerSystem, structureSystem } from '../../dmp/identity/national-identifiers.ts'
import { encodeUuid } from '../../fhir/id.ts'
import type { JsonObject } from '../../fhir/json.ts'
import { withoutMatricules } from '../../fhir/without-matricules.ts'
import { actorWords } from './actor-words.ts'
import { isInRecord, type ShownTrace } from './shown-trace.ts'

/** Value: the own id of the Consent by which somebody acts for the holder. */
const REPRESENTATION = 'https://dmp-fhir.example/representation'

export function patientOf({ patient_key }: ShownTrace): JsonObject {
  return { reference: `Patient/${encodeUuid(patient_key)}`, type: 'Patient' }
}

export function serverParty(server: string): JsonObject {
  return {
    type: 'Device',
    identifier: { system: 'urn:ietf:rfc:3986', value: server },
    display: 'Serveur FHIR du DMP',
  }
}

export function clientParty({ client }: ShownTrace): JsonObject {
  return client === ''
    ? { type: 'Device', display: 'Logiciel inconnu' }
    : { type: 'Device', identifier: { system: clientSystem, value: withoutMatricules(client) } }
}

/** Undefined when no structure is known. */
export function structureParty({ organization }: ShownTrace): JsonObject | undefined {
  if (!organization.startsWith('st:')) return undefined
  return { type: 'Organization', identifier: { system: structureSystem, value: organization.slice(3) } }
}

export function userParty(trace: ShownTrace): JsonObject {
  const { person, actor } = trace
  if (person.startsWith('ps:'))
    return { type: 'Practitioner', identifier: { system: practitionerSystem, value: person.slice(3) } }
  if (actor === 'PATIENT')
    return isHolder(trace) ? patientOf(trace) : { type: 'Patient', display: 'Une autre personne' }
  const display = actorWords[actor] ?? actor
  if (actor === 'REPRESENTANT_LEGAL' || actor === 'AIDANT')
    return {
      type: 'RelatedPerson',
      ...(person.startsWith('rp:') ? { identifier: { system: REPRESENTATION, value: person.slice(3) } } : {}),
      display,
    }
  return structureParty(trace) ?? { display }
}

/** A patient is refused another's record by P1 alone: that trace is the record's, and not of its holder. */
function isHolder(trace: ShownTrace): boolean {
  return isInRecord(trace) && trace.rules[0] !== 'P1'
}
