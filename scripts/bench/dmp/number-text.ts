/** Figures as text, where some are not known: a platform without /proc, a side without quantiles. */
import { type Spread, spread } from '../contest.ts'

/** Of what is known. */
export function median(values: readonly (number | null | undefined)[] | undefined): number | undefined {
  const known = (values ?? []).flatMap((value) =>
    typeof value === 'number' && !Number.isNaN(value) ? [value] : [],
  )
  return known.length === 0 ? undefined : spread(known).median
}

export function number(value: number | null | undefined, digits: number): string {
  return value === undefined || value === null || Number.isNaN(value) ? 'not known' : value.toFixed(digits)
}

export function withSpread(value: Spread | undefined): string {
  if (typeof value?.median !== 'number') return '–'
  return `${value.median.toFixed(2)} [${value.least.toFixed(2)}–${value.most.toFixed(2)}]`
}
