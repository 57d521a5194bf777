/**
 * The usage indicators as gauges: of the last month that can be told, the same numbers as the MeasureReports, small ones kept
 * back alike. They change once a month, so they are read anew every few minutes at most.
 * @see docs/indicators.md
 */
import { Gauge, type Registry } from 'prom-client'
import type { FigureGroup } from '../indicators/figures.ts'
import { measures } from '../indicators/measures.ts'
import { lastSettledMonth, type Month } from '../indicators/month.ts'
import type { DmpEngine } from '../interactions/dmp/dmp-engine.ts'
import { monthFigures } from '../interactions/dmp/indicators/month-figures.ts'
import { readCountedUntil } from '../storage/usage/usage-counts.ts'
import { type TellFault, whenAsked } from './when-asked.ts'

const FRESH_MS = 5 * 60 * 1000
const labelNames = ['measure', 'group', 'part', 'month', 'at'] as const
type Sample = {
  readonly labels: Readonly<Record<(typeof labelNames)[number], string>>
  readonly value: number
}

/** @param now milliseconds since 1970 */
export function tellUsage(
  registry: Registry,
  engine: DmpEngine,
  now: () => number,
  onFault: TellFault,
): void {
  let readAt = Number.NEGATIVE_INFINITY
  const usage: Gauge<(typeof labelNames)[number]> = new Gauge({
    name: 'dmp_usage',
    help: 'Usage of a closed month: population, numerator, score, or a stratum (at); nothing from 1 to 10 is told',
    labelNames,
    aggregator: 'max',
    registers: [registry],
    collect: whenAsked(
      async () => {
        if (now() - readAt < FRESH_MS) return
        const samples = await usageSamples(engine)
        readAt = now()
        usage.reset()
        for (const { labels, value } of samples) usage.set(labels, value)
      },
      () => undefined,
      onFault,
    ),
  })
  const until: Gauge = new Gauge({
    name: 'dmp_usage_counted_until_seconds',
    help: 'Every trace of before that time is counted (seconds since 1970)',
    aggregator: 'max',
    registers: [registry],
    collect: whenAsked(
      async () => {
        const counted = await readCountedUntil(engine.db)
        until.set(Number.isFinite(counted) ? counted / 1000 : 0)
      },
      () => until.reset(),
      onFault,
    ),
  })
}

async function usageSamples(engine: DmpEngine): Promise<Sample[]> {
  const month = lastSettledMonth(await readCountedUntil(engine.db))
  if (month === undefined) return []
  const samples: Sample[] = []
  for (const measure of measures) {
    const groups = (await monthFigures(engine, measure, month)) ?? []
    samples.push(...groups.flatMap((group) => samplesOf(measure.id, month, group)))
  }
  return samples
}

function samplesOf(measure: string, month: Month, group: FigureGroup): Sample[] {
  const sample = (part: string, value: number | undefined, at = ''): Sample[] =>
    value === undefined ? [] : [{ labels: { measure, group: group.code.code, part, month, at }, value }]
  return [
    ...sample('population', group.population),
    ...sample('numerator', group.numerator),
    ...sample('score', group.score?.value),
    ...group.stratifiers.flatMap(({ levels, cells }) =>
      cells.flatMap(({ at, count }) =>
        sample(levels.map(({ code }) => code).join('/'), count, at.map(({ code }) => code).join('/')),
      ),
    ),
  ]
}
