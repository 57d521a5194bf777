/**
 * What a step of the validation knows besides the value it looks at.
 */
import type { Around } from './around.ts'
import type { Findings } from './findings.ts'
import type { LoadedProfiles } from './profile/compiled-profile.ts'

export type Walk = Around & {
  readonly findings: Findings
  readonly profiles: LoadedProfiles | undefined
  /** Whether rules of severity `warning` are told too. */
  readonly warnings: boolean
  readonly isContained: boolean
  /** References found that begin with `#`. */
  readonly links: Set<string>
}
