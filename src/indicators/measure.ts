/** What a measure of usage is: what it counts, in words for people, and how its figures come from the counts of a month. */
import type { LegalObligation } from '../dmp/codes/legal-obligations.ts'
import type { Terminology } from '../dmp/codes/terminology.ts'
import type { Counted } from './disclosure.ts'
import type { FigureGroup } from './figures.ts'
import type { Month } from './month.ts'
import type { UsageMeasure } from './usage-counts.ts'

export type MeasureWords = {
  readonly terminology: Pick<Terminology, 'documentTypes' | 'facilityTypes' | 'professions'>
  readonly obligations: readonly LegalObligation[]
}

/** What was counted of one month, and up to when all is counted (milliseconds since 1970). */
export type MonthCounts = {
  readonly month: Month
  readonly countedUntil: number
  readonly of: (measure: UsageMeasure) => Counted
}

export type Measure = {
  readonly id: string
  /** For machines, as FHIR asks of `name`. */
  readonly name: string
  readonly title: string
  readonly description: string
  /** Type of resource that is counted. */
  readonly subject: 'DocumentReference' | 'AuditEvent'
  readonly scoring: 'cohort' | 'proportion'
  readonly counts: readonly UsageMeasure[]
  readonly figures: (counts: MonthCounts, words: MeasureWords) => FigureGroup[]
}
