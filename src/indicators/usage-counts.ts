/** Counts of usage while they are made: by measure, month and stratum. Which measures there are, and what their strata are. */
import type { Month } from './month.ts'

/**
 * The populations that are counted, each a tree of two levels:
 * - `type`: documents deposited, by type and by how long after they were made;
 * - `origine`: the same documents, by kind of author and sector of activity;
 * - `delai`: the same documents, of the month of their deposit, that were read: by `delayPlace`;
 * - `ouverture`, `recherche`: contents opened, searches made, by access mode and by profession or actor;
 * - `refus`: requests refused, by error and by rule.
 */
export const usageMeasures = ['type', 'origine', 'delai', 'ouverture', 'recherche', 'refus'] as const
export type UsageMeasure = (typeof usageMeasures)[number]

export type UsageCount = {
  readonly measure: UsageMeasure
  readonly month: Month
  readonly stratum: readonly string[]
  /** May be below zero: what was counted elsewhere is taken back. */
  readonly count: number
}

export class UsageCounts {
  readonly #counts = new Map<
    string,
    { measure: UsageMeasure; month: Month; stratum: string[]; count: number }
  >()

  add(measure: UsageMeasure, month: Month, stratum: readonly string[], count = 1): void {
    const key = JSON.stringify([measure, month, stratum])
    const known = this.#counts.get(key)
    if (known) known.count += count
    else this.#counts.set(key, { measure, month, stratum: [...stratum], count })
  }

  /** Those that change anything. */
  all(): UsageCount[] {
    return [...this.#counts.values()].filter(({ count }) => count !== 0)
  }
}
