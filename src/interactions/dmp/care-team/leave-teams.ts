/**
 * A professional whom the patient blocks leaves the care teams (rule A3): unblocked, it needs a new authorisation and a
 * new place in them.
 */
import type { CareTeam } from '@medplum/fhirtypes'
import { refusal } from '../../../fhir/fhir-error.ts'
import { decodeUuid, formatResourceId, type Uuid } from '../../../fhir/id.ts'
import { isJsonObject, type JsonObject, stringifyJson } from '../../../fhir/json.ts'
import type { Runner } from '../../../storage/database.ts'
import { replaceResource } from '../../../storage/records/change-record.ts'
import { readResource } from '../../../storage/records/read-resource.ts'
import { nextVersion } from '../../rest/write/next-version.ts'
import { storedBody } from '../consent/consent-body.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { memberOf, readCareTeam } from './care-team-form.ts'
import { careTeamTerms } from './care-team-terms.ts'

/** @param teams own ids of the care teams that name the actor */
export async function leaveTeams(
  exchange: DmpExchange,
  transaction: Runner,
  patientKey: Uuid,
  actor: string,
  teams: readonly string[],
): Promise<void> {
  for (const team of teams) {
    const id = decodeUuid(team)
    const found = id && (await readResource(transaction, 'CareTeam', { patientKey, id }, undefined, {}))
    if (!id || !found?.resource) throw new Error('A care team of the facts without its CareTeam')
    const { version, body } = found.resource
    const left = withoutMember(storedBody(body), actor)
    const next = nextVersion(left.body, formatResourceId({ patientKey, id }), version + 1, exchange.now)
    const resource = {
      patientKey,
      type: 'CareTeam',
      id,
      lastUpdated: exchange.now,
      body: stringifyJson(next),
      terms: careTeamTerms(left.active ? 'active' : 'inactive', left.members),
    }
    if (!(await replaceResource(transaction, resource, version)))
      throw refusal('conflict', 'conflit-concurrent')
    exchange.trace.concerns('CareTeam', team, version + 1)
  }
}

/** The team without this member; a team of nobody else keeps its member in the text, and is inactive. */
function withoutMember(
  body: JsonObject,
  actor: string,
): { readonly body: JsonObject; readonly active: boolean; readonly members: readonly string[] } {
  const team = body as unknown as CareTeam
  const contained = team.contained ?? []
  const participants = Array.isArray(body.participant) ? body.participant : []
  const kept = participants.filter((_, i) => memberOf(team.participant?.[i]?.member, contained) !== actor)
  if (kept.length === 0) return { body: { ...body, status: 'inactive' }, active: false, members: [actor] }
  const remaining = withoutOrphans({ ...body, participant: kept })
  const form = readCareTeam(remaining as unknown as CareTeam, ['active'], Number.NEGATIVE_INFINITY)
  if ('issues' in form) throw new Error('A stored CareTeam that is none')
  return { body: remaining, active: true, members: form.members }
}

/** What only the member who left referred to goes too (invariant dom-3). */
function withoutOrphans(body: JsonObject): JsonObject {
  const { contained, ...rest } = body
  if (!Array.isArray(contained)) return body
  const text = stringifyJson(body)
  const kept = contained.filter((one) => isJsonObject(one) && text.includes(`"#${String(one.id)}"`))
  if (kept.length === contained.length) return body
  return kept.length === 0 ? rest : withoutOrphans({ ...rest, contained: kept })
}
