/** What is asked of a run at a fixed rate, and whether it was so. */
import type { RateResult } from '../fixed-rate.ts'
import type { ResidentSeries } from '../resident-series.ts'

export type SteadyTarget = { readonly perSecond: number; readonly p99: number }

/** @returns undefined when less was asked for than the target has; else what was missed */
export function missed(
  target: SteadyTarget | undefined | null,
  steady: RateResult & { readonly resident: ResidentSeries },
): readonly string[] | undefined {
  if (!target || steady.rate < target.perSecond) return undefined
  const errors = Object.values(steady.wrong).reduce((sum, count) => sum + count, 0)
  return [
    ...(errors > 0 ? [`${errors} errors`] : []),
    ...(steady.p99 > target.p99 ? [`p99 over ${target.p99} ms`] : []),
    ...(steady.resident.isFlat === true ? [] : ['memory not seen to be flat']),
  ]
}
