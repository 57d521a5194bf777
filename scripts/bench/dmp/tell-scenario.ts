/** The figures of a scenario, for people. */
import type { RateResult } from '../fixed-rate.ts'
import { aligned, brackets, table } from '../report.ts'
import type { ResidentSeries } from '../resident-series.ts'
import type { ScenarioFigures } from './measure-scenario.ts'
import { missed } from './steady-target.ts'

export function tellScenario(figures: ScenarioFigures): void {
  const { steadyTarget, name, bytes, workers, sides, ratio, cpuRatio, target, steady, resident } = figures
  console.log(`\n${name}: ${bytes} bytes, ${workers} process${workers > 1 ? 'es' : ''}`)
  if (sides.length > 0) console.log(table(sides.map((side) => ({ side }))))
  if (ratio) {
    const asked =
      target === undefined ? '' : `: target ${target} ${ratio.median >= target ? 'met' : 'NOT met'}`
    console.log(
      `ratio to ${sides[1]?.name} ${brackets(ratio, 2)}${asked}${cpuRatio ? `; by CPU ${brackets(cpuRatio, 2)}` : ''}`,
    )
  }
  for (const line of rateLines(steady)) console.log(line)
  const faults = missed(steadyTarget, steady)
  if (faults)
    console.log(faults.length === 0 ? 'what is asked for at this rate: met' : `NOT met: ${faults.join(', ')}`)
  console.log(
    `RSS ${resident.map((each) => each.toFixed(0)).join(' + ') || 'not known'} MB${grown(steady.resident)}`,
  )
}

function rateLines(steady: RateResult): string[] {
  const { rate, seconds, asked, answered, wrong, firstWrong, perSecond } = steady
  const faults = Object.entries(wrong).map(
    ([status, count]) => `${count} × ${status === '0' ? 'no answer' : status}`,
  )
  const times = quantiles(steady)
  const lines = [
    `at ${rate}/s for ${seconds.toFixed(0)} s: ${answered} of ${asked} answered (${perSecond.toFixed(0)}/s), ` +
      `${faults.length === 0 ? 'no error' : `ERRORS ${faults.join(', ')}: ${firstWrong}`}; ` +
      `ms p50 ${times[0]}, p99 ${times[1]}, p99.9 ${times[2]}, most ${times[3]}`,
  ]
  const kinds = Object.entries(steady.kinds)
  if (kinds.length < 2) return lines
  const rows = kinds.map(([kind, own]) => [`  ${kind}`, String(own.answered), ...quantiles(own)])
  return [...lines, aligned([['', 'answered', 'p50 ms', 'p99', 'p99.9', 'most'], ...rows])]
}

function quantiles({ p50, p99, p999, most }: Pick<RateResult, 'p50' | 'p99' | 'p999' | 'most'>): string[] {
  return [p50, p99, p999, most].map((ms) => ms.toFixed(1))
}

function grown({ slope, isFlat, first, last, processes }: ResidentSeries): string {
  const changed = processes.length > 1 ? `; processes came and went: ${processes.join(', ')}` : ''
  if (slope === undefined) return changed
  return `; the largest ${first.toFixed(0)} → ${last.toFixed(0)}, all ${slope.toFixed(2)} MB/minute: ${isFlat ? 'flat' : 'NOT flat'}${changed}`
}
