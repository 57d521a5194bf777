/** The form that a profile asks for: `_profile` of a search or read of AuditEvent. */
import { basicProfiles } from './claimed-profiles.ts'
import { DECISION } from './decision.ts'
import { TDE } from './tde.ts'

export type TraceForm = 'balp' | 'tde' | 'decision'

const forms: ReadonlyMap<string, TraceForm> = new Map([
  [TDE, 'tde'],
  [DECISION, 'decision'],
])

/** The profiles that may be asked for. Those of BALP and MHD are claimed where they hold, without being asked. */
export const knownForms: readonly string[] = [...forms.keys()]

/** Every profile that some trace holds. */
export const traceProfiles: readonly string[] = [...basicProfiles, ...knownForms]

/** @param profile a canonical URL, with or without a version */
export function formOfProfile(profile: string): TraceForm | undefined {
  return forms.get(profile.replace(/\|.*$/, ''))
}
