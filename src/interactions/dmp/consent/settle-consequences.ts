/**
 * What a choice does to others, written as their next versions: what a Consent or CareTeam says is always what is in force.
 */
import { refusal } from '../../../fhir/fhir-error.ts'
import { encodeUuid, formatResourceId, type Uuid } from '../../../fhir/id.ts'
import { isJsonObject, type JsonObject, stringifyJson } from '../../../fhir/json.ts'
import type { Consequences } from '../../../policy/choice-consequences.ts'
import type { Runner } from '../../../storage/database.ts'
import { replaceResource } from '../../../storage/records/change-record.ts'
import { findChoices } from '../../../storage/records/choices.ts'
import { nextVersion } from '../../rest/write/next-version.ts'
import { leaveTeams } from '../care-team/leave-teams.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { storedBody } from './consent-body.ts'
import { consentTerms } from './consent-terms.ts'

export async function settleConsequences(
  exchange: DmpExchange,
  transaction: Runner,
  patientKey: Uuid,
  { ended, denied, left }: Consequences,
): Promise<void> {
  const choices = await findChoices(transaction, patientKey, [...ended, ...denied])
  for (const { key, id, version, body } of choices.values()) {
    const before = storedBody(body)
    const changed = ended.includes(key) ? { ...before, status: 'inactive' } : asDenied(before)
    const next = nextVersion(changed, formatResourceId({ patientKey, id }), version + 1, exchange.now)
    const resource = {
      patientKey,
      type: 'Consent',
      id,
      lastUpdated: exchange.now,
      body: stringifyJson(next),
      terms: consentTerms(next),
    }
    if (!(await replaceResource(transaction, resource, version)))
      throw refusal('conflict', 'conflit-concurrent')
    exchange.trace.concerns('Consent', encodeUuid(id), version + 1)
  }
  if (left) await leaveTeams(exchange, transaction, patientKey, left.actor, left.teams)
}

function asDenied(consent: JsonObject): JsonObject {
  const provision = isJsonObject(consent.provision) ? consent.provision : {}
  return { ...consent, provision: { ...provision, type: 'deny' } }
}
