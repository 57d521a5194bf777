/** The figures as a table for people. */
import { type ContestResult, type Round, type SideResult, type Spread, spread } from './contest.ts'
import type { Machine } from './machine.ts'

export function machineLine(m: Machine): string {
  return (
    `${m.cores} × ${m.cpu}, ${m.memoryGiB} GiB, ${m.kernel}, Node ${m.node}, PostgreSQL ${m.postgres} ` +
    `(${m.durability}; 8 KB synced in ${m.syncMs.toFixed(2)} ms), load average ${m.loadBefore.toFixed(2)} before`
  )
}

const columns: readonly (readonly [title: string, value: (round: Round) => number, digits: number])[] = [
  ['req/s', (r) => r.perSecond, 0],
  ['p50 ms', (r) => r.p50, 2],
  ['p99 ms', (r) => r.p99, 2],
  ['Node CPU s/1000', (r) => r.nodeCpu ?? Number.NaN, 3],
  ['PostgreSQL CPU s/1000', (r) => r.postgresCpu ?? Number.NaN, 3],
  ['generator, cores', (r) => r.generatorCore, 2],
]

/** Median of the rounds, and in brackets the least and the most. */
export function table(result: ContestResult, target: number): string {
  const rows = [['', ...columns.map(([title]) => title)], row(result.server), row(result.baseline)]
  const widths = rows[0]?.map((_, i) => Math.max(...rows.map((cells) => cells[i]?.length ?? 0))) ?? []
  const lines = rows.map((cells) =>
    cells
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  const { ratio } = result
  const verdict = ratio.median >= target ? 'met' : 'NOT met'
  return [...lines, `ratio ${brackets(ratio, 2)}: target ${target} ${verdict}`].join('\n')
}

function row({ name, rounds }: SideResult): string[] {
  return [name, ...columns.map(([, value, digits]) => brackets(spread(rounds.map(value)), digits))]
}

function brackets({ median, least, most }: Spread, digits: number): string {
  if (Number.isNaN(median)) return 'not known'
  return `${median.toFixed(digits)} [${least.toFixed(digits)}–${most.toFixed(digits)}]`
}

export function megabytes(value: number | undefined): string {
  return value === undefined ? 'not known' : `${value.toFixed(0)} MB`
}
