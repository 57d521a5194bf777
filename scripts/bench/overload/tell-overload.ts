/** What a run of `bench overload` came to, as lines. */
import { spread } from '../contest.ts'
import type { Quantiles } from '../durations.ts'
import { brackets, megabytes } from '../report.ts'
import type { Flood } from './flood.ts'
import { allSeconds, type ServerSeconds } from './server-seconds.ts'

export type Peak = {
  readonly perSecond: number
  readonly answered: number
  readonly seconds: ServerSeconds
}

/** Floods in the order of their times. */
export type OverloadRound = { readonly peak: Peak; readonly floods: readonly Flood[] }

const TARGET = 0.9
const JUDGED = 2

export function tellOverload(
  workers: number,
  cores: string,
  times: readonly number[],
  rounds: readonly OverloadRound[],
): void {
  const peaks = rounds.map(({ peak }) => peak)
  const each = (part: keyof ServerSeconds): string =>
    told(peaks, ({ seconds, answered }) => (seconds[part] / answered) * 1000, 2)
  console.log(`\noverload: the mix above its peak, ${workers} worker(s), ${cores}`)
  console.log(
    `peak ${told(peaks, ({ perSecond }) => perSecond, 0)}/s, ${each('node')} + ${each('postgres')} ms of CPU each, Node + PostgreSQL`,
  )
  for (const [i, factor] of times.entries()) {
    const all = rounds.flatMap(({ peak, floods }) => {
      const flood = floods[i]
      return flood ? [{ peak, flood }] : []
    })
    tellFlood(factor, all)
  }
}

type Against = { readonly peak: Peak; readonly flood: Flood }

function tellFlood(times: number, all: readonly Against[]): void {
  const goodput = spread(all.map(({ peak, flood }) => flood.perSecond / peak.perSecond))
  const target = times === JUDGED ? ` (${goodput.median >= TARGET ? 'met' : 'not met'}: ${TARGET})` : ''
  const of = (value: (flood: Flood) => number | undefined, digits: number): string =>
    told(all, ({ flood }) => value(flood) ?? Number.NaN, digits)
  const sum = (value: (flood: Flood) => number): number => all.reduce((so, { flood }) => so + value(flood), 0)
  const milliseconds = (value: (flood: Flood) => Quantiles): string =>
    `p50 ${of((flood) => value(flood).p50, 0)} ms, p99 ${of((flood) => value(flood).p99, 0)} ms`
  const kinds = Object.keys(all[0]?.flood.letIn ?? {})
  const lines = [
    `${times} times: goodput ${brackets(goodput, 2)} of the peak${target}, ${of(({ perSecond }) => perSecond, 0)}/s`,
    `  for a CPU second ${told(all, byCpu, 2)} of the peak's; a refusal took ${told(all, refusalMs, 3)} ms`,
    `  asked ${sum(({ asked }) => asked)}: 200 in time ${sum(({ inTime }) => inTime)}, late ${sum(({ late }) => late)}, not sent ${sum(({ givenUp }) => givenUp)}; by status ${statusesOf(all)}; refused without Retry-After ${sum(({ withoutRetryAfter }) => withoutRetryAfter)}`,
    `  part let in: ${kinds.map((kind) => `${kind} ${of(({ letIn }) => letIn[kind], 2)}`).join(', ')}`,
    `  let in:  ${milliseconds(({ accepted }) => accepted)}`,
    `  refused: ${milliseconds(({ refusals }) => refusals)}`,
    `  health:  ${milliseconds(({ health }) => health)}; ${sum(({ health }) => health.failed)} of ${sum(({ health }) => health.asked)} not 200`,
    `  largest process ${megabytes(Math.max(...all.map(({ flood }) => flood.megabytes ?? 0)))}; generator ${of(({ generatorCore }) => generatorCore, 2)} of a core`,
  ]
  console.log(`\n${lines.join('\n')}`)
}

function statusesOf(all: readonly Against[]): string {
  const counts = new Map<string, number>()
  for (const { flood } of all)
    for (const [status, count] of Object.entries(flood.statuses))
      counts.set(status, (counts.get(status) ?? 0) + count)
  return [...counts].map(([status, count]) => `${status}: ${count}`).join(', ')
}

/** Right answers in time for a CPU second, beside those of the peak. */
function byCpu({ peak, flood }: Against): number {
  return flood.inTime / allSeconds(flood.seconds) / (peak.answered / allSeconds(peak.seconds))
}

/** What is left of the CPU time when each that was let in took what it takes at the peak: milliseconds for each refusal. */
function refusalMs({ peak, flood }: Against): number {
  const each = allSeconds(peak.seconds) / peak.answered
  return ((allSeconds(flood.seconds) - (flood.inTime + flood.late) * each) / flood.refused) * 1000
}

function told<T>(all: readonly T[], value: (each: T) => number, digits: number): string {
  return brackets(spread(all.map(value)), digits)
}
