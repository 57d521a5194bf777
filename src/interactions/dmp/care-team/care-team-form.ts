/**
 * A CareTeam as the care team it says: who its members are, and until when. Its members are deemed authorised once the
 * patient has consented (rule A1), so what would narrow the membership and nobody applies is refused.
 * @see https://hl7.org/fhir/R4/careteam.html; CSP L.1110-4, L.1110-12; docs/policy.md A1, A5
 *
 * NOT checked: `category`, `role`, `encounter`, `managingOrganization`; they are kept and say nothing here.
 */
import type { CareTeam, Resource } from '@medplum/fhirtypes'
import { authorActors, readAuthors } from '../../../dmp/documents/document-authors.ts'
import { isPractitionerId, isStructureId } from '../../../dmp/identity/national-identifiers.ts'
import { parseFhirDate } from '../../../fhir/date.ts'
import type { Issue } from '../../../fhir/issue.ts'
import { parisTime } from '../../../fhir/paris-time.ts'
import type { ActorId } from '../../../policy/facts.ts'

export type CareTeamForm = {
  readonly active: boolean
  readonly members: readonly ActorId[]
  /** Milliseconds since 1970, not included; null for a team without an end. */
  readonly until: number | null
}

const MAX_MEMBERS = 100

/** @param team that the base specification finds no fault in @param now milliseconds since 1970 */
export function readCareTeam(
  team: CareTeam,
  statuses: readonly string[],
  now: number,
): CareTeamForm | { readonly issues: readonly [Issue, ...Issue[]] } {
  const issues: Issue[] = []
  const demand = (held: boolean, cause: string, element: string): void => {
    if (held) return
    issues.push({
      severity: 'error',
      type: 'business-rule',
      error: 'equipe-incorrecte',
      params: { cause },
      expression: `CareTeam.${element}`,
    })
  }
  const active = team.status === 'active'
  demand(statuses.includes(team.status ?? ''), `status = ${statuses.join(' | ')}`, 'status')
  const participants = team.participant ?? []
  demand(
    participants.length > 0 && participants.length <= MAX_MEMBERS,
    `participant × 1 … ${MAX_MEMBERS}`,
    'participant',
  )
  const members = new Set<ActorId>()
  participants.forEach((participant, i) => {
    const at = `participant[${i}]`
    demand(participant.period === undefined, `${at}.period × 0`, `${at}.period`)
    const actor = memberOf(participant.member, team.contained ?? [])
    demand(actor !== undefined, `${at}.member: IDNPS | IDNST`, `${at}.member`)
    if (actor) members.add(actor)
  })
  const start = timeOf(team.period?.start)?.start
  const end = timeOf(team.period?.end)?.end
  if (active) {
    demand(start === undefined || start <= now, 'period.start ≤ now', 'period')
    demand(end === undefined || end > now, 'period.end > now', 'period')
  }
  const [first, ...rest] = issues
  return first ? { issues: [first, ...rest] } : { active, members: [...members], until: end ?? null }
}

/** The one professional or structure that a participant names. */
export function memberOf(
  member: NonNullable<CareTeam['participant']>[number]['member'],
  contained: readonly Resource[],
): ActorId | undefined {
  if (!member) return undefined
  const [actor, ...others] = authorActors(readAuthors([member], contained, () => undefined, 'member'))
  if (others.length > 0 || actor === undefined || actor === 'patient') return undefined
  const id = actor.slice('ps:'.length)
  return (actor.startsWith('ps:') ? isPractitionerId(id) : isStructureId(id)) ? actor : undefined
}

function timeOf(date: string | undefined) {
  return date === undefined ? undefined : parseFhirDate(date, parisTime)
}
