/** The figures of a measure for one month, from the counts that are kept: no trace or document is looked at. */
import { legalObligations } from '../../../dmp/codes/legal-obligations.ts'
import { countedTree, type FigureGroup } from '../../../indicators/figures.ts'
import type { Measure } from '../../../indicators/measure.ts'
import { firstDayOf, isSettled, type Month } from '../../../indicators/month.ts'
import { readCountedUntil, readCounts } from '../../../storage/usage/usage-counts.ts'
import type { DmpEngine } from '../dmp-engine.ts'

/** @returns undefined while the month is not over, or its last traces are not counted */
export async function monthFigures(
  { db, terminology }: Pick<DmpEngine, 'db' | 'terminology'>,
  measure: Measure,
  month: Month,
): Promise<FigureGroup[] | undefined> {
  // In this order: counts that are made anew meanwhile are seen to be incomplete.
  const rows = await readCounts(db, measure.counts, firstDayOf(month))
  const countedUntil = await readCountedUntil(db)
  if (!isSettled(month, countedUntil)) return undefined
  return measure.figures(
    { month, countedUntil, of: (name) => countedTree(rows.filter((row) => row.measure === name)) },
    { terminology, obligations: legalObligations },
  )
}
