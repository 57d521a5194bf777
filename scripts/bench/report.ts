/** The figures as tables for people. */
import { type Round, type SideResult, type Spread, spread } from './contest.ts'
import type { DatabaseAbout, Machine } from './machine.ts'

export function machineLine(m: Machine): string {
  return (
    `${m.cores} × ${m.cpu}, ${m.memoryGiB} GiB, ${m.kernel}, Node ${m.node}; ` +
    `8 KB synced in ${m.syncMs.toFixed(2)} ms; load average ${m.loadBefore.toFixed(2)} before`
  )
}

export function databaseLine({ postgres, durability }: DatabaseAbout): string {
  return `PostgreSQL ${postgres} (${durability})`
}

const columns: readonly (readonly [title: string, value: (round: Round) => number, digits: number])[] = [
  ['/s', (r) => r.perSecond, 0],
  ['p50 ms', (r) => r.p50, 2],
  ['p99 ms', (r) => r.p99, 2],
  ['Node CPU s/1000', (r) => r.nodeCpu ?? Number.NaN, 3],
  ['PostgreSQL CPU s/1000', (r) => r.postgresCpu ?? Number.NaN, 3],
  ['generator CPU s/1000', (r) => r.generatorCpu, 3],
  ['generator, cores', (r) => r.generatorCore, 2],
]

/** A side, and how it compares with the one that its `ratio` names. */
export type Row = { readonly side: SideResult; readonly ratio?: Spread; readonly more?: readonly string[] }

/** Median of the rounds, and in brackets the least and the most. @param more titles of columns of the rows' own */
export function table(rows: readonly Row[], more: readonly string[] = []): string {
  const withRatio = rows.some(({ ratio }) => ratio)
  const titles = ['', ...columns.map(([title]) => title), ...(withRatio ? ['ratio'] : []), ...more]
  return aligned([
    titles,
    ...rows.map(({ side, ratio, more: own = [] }) => [
      side.name,
      ...columns.map(([, value, digits]) => brackets(spread(side.rounds.map(value)), digits)),
      ...(withRatio ? [ratio ? brackets(ratio, 2) : ''] : []),
      ...own,
    ]),
  ])
}

export function aligned(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, i) => Math.max(...rows.map((cells) => cells[i]?.length ?? 0))) ?? []
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd()
  return rows.map(line).join('\n')
}

export function verdict(ratio: Spread, target: number): string {
  return `ratio ${brackets(ratio, 2)}: target ${target} ${ratio.median >= target ? 'met' : 'NOT met'}`
}

export function brackets({ median, least, most }: Spread, digits: number): string {
  if (Number.isNaN(median)) return 'not known'
  return `${median.toFixed(digits)} [${least.toFixed(digits)}–${most.toFixed(digits)}]`
}

export function megabytes(value: number | undefined): string {
  return value === undefined ? 'not known' : `${value.toFixed(0)} MB`
}
