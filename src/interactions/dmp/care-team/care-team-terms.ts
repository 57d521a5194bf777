/** What a search finds a CareTeam by: its status and its members. */
import { recordTerm } from '../../../storage/records/search-record.ts'

export function careTeamTerms(status: 'active' | 'inactive', members: readonly string[]): string[] {
  return [
    recordTerm('CareTeam', 'status', status),
    ...members.map((member) => recordTerm('CareTeam', 'participant', member)),
  ]
}
