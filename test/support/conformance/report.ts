/** The counts of a conformance run, for each clause and level: a table to print, and a file to keep. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Level } from './clause.ts'
import type { Ending, Result } from './run-clauses.ts'

type Counts = Record<Ending, number>
export type ClauseCounts = { readonly clause: string } & Readonly<Record<Level, Counts>>

const levels: readonly Level[] = ['must', 'should', 'may', 'own']

export function countsOf(results: readonly Result[]): ClauseCounts[] {
  const clauses = new Map<string, ClauseCounts>()
  const none = (): Counts => ({ passed: 0, failed: 0, skipped: 0, 'not applicable': 0 })
  for (const { clause, case: entry, ending } of results) {
    const counts = clauses.get(clause) ?? { clause, must: none(), should: none(), may: none(), own: none() }
    counts[entry.level][ending]++
    clauses.set(clause, counts)
  }
  return [...clauses.values()]
}

/** `clause   must 12/13   should 2/2 (n/a 3)`: passed of those asked, and how many do not apply. */
export function tableOf(counts: readonly ClauseCounts[]): string[] {
  const lines = [...counts, totalOf(counts)].map((row) => {
    const cells = levels.map((level) => cell(level, row[level]))
    return `${row.clause.padEnd(24)}${cells.map((text) => text.padEnd(26)).join('')}`.trimEnd()
  })
  return lines
}

function cell(level: Level, { passed, failed, 'not applicable': none }: Counts): string {
  const asked = passed + failed === 0 ? '' : `${level} ${passed}/${passed + failed}`
  return none === 0 ? asked : `${asked || `${level} -`} (n/a ${none})`
}

function totalOf(counts: readonly ClauseCounts[]): ClauseCounts {
  const sum = (level: Level): Counts => {
    const total: Counts = { passed: 0, failed: 0, skipped: 0, 'not applicable': 0 }
    for (const row of counts)
      for (const ending of ['passed', 'failed', 'skipped', 'not applicable'] as const)
        total[ending] += row[level][ending]
    return total
  }
  return { clause: 'total', must: sum('must'), should: sum('should'), may: sum('may'), own: sum('own') }
}

export function keepReport(path: string, base: string, results: readonly Result[]): void {
  mkdirSync(dirname(path), { recursive: true })
  const failures = results
    .filter(({ ending }) => ending === 'failed')
    .map(({ clause, case: { level, title, spec }, report }) => ({ clause, level, title, spec, report }))
  const slowest = [...results]
    .sort((a, b) => b.milliseconds - a.milliseconds)
    .slice(0, 10)
    .map(({ clause, case: { title }, milliseconds }) => ({ clause, title, milliseconds }))
  writeFileSync(
    path,
    `${JSON.stringify({ base, counts: countsOf(results), notApplicable: reasonsOf(results), failures, slowest }, undefined, 2)}\n`,
  )
}

/** Reasons why cases do not apply, the most frequent first. */
export function reasonsOf(results: readonly Result[]): Readonly<Record<string, number>> {
  const counts = new Map<string, number>()
  for (const { ending, report } of results)
    if (ending === 'not applicable') counts.set(report, (counts.get(report) ?? 0) + 1)
  return Object.fromEntries([...counts].sort(([, a], [, b]) => b - a))
}
