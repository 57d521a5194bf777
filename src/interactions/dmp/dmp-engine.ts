/** The engine of the dmp profile: what FHIR needs, and what the French rules do. */
import type { Terminology } from '../../dmp/terminology.ts'
import type { Matrices } from '../../policy/question.ts'
import type { SearchCapability } from '../../search/search-capability.ts'
import type { Engine } from '../engine.ts'

export type DmpEngine = Engine & {
  readonly terminology: Terminology
  /** The matrices in force at a time: a newer version takes effect on its date. */
  readonly matricesAt: (now: number) => Matrices
  /** The versions that are known and have not begun. */
  readonly nextMatricesAfter: (now: number) => {
    readonly [Name in keyof Matrices]: Matrices[Name] | undefined
  }
  readonly searches: Readonly<
    Record<'DocumentReference' | 'AuditEvent' | 'Patient' | 'Consent' | 'CareTeam', SearchCapability>
  >
  readonly insTest: boolean
}
