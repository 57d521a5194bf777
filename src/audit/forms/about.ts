/** What a form says beyond the trace itself. */
import type { CodeTable } from '../../dmp/codes/code-table.ts'
import type { Uuid } from '../../fhir/id.ts'

export type About = {
  /** How this server names itself, as `https://…/fhir`. */
  readonly server: string
  /** The words of professions; without it their codes alone are shown. */
  readonly professions?: CodeTable
  /** For a decision: the own id of the Consent under which the record is open. */
  readonly consent?: Uuid | undefined
}
