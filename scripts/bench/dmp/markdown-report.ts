/** The figures of runs as tables in Markdown, for docs/performance.md: nobody copies a number by hand. */
import type { DatabaseAbout, Machine } from '../machine.ts'
import { databaseLine, machineLine } from '../report.ts'
import { againstOthers } from './against-others.ts'
import type { Cost, Costs } from './cost.ts'
import type { ScenarioFigures } from './measure-scenario.ts'
import { median, number, withSpread } from './number-text.ts'
import { missed } from './steady-target.ts'

/** As `--json` writes it; what is not a number there is null. */
export type Figures = {
  readonly machine: Machine
  readonly options: { readonly connections: number; readonly rounds: number; readonly seconds: number }
  readonly database?: DatabaseAbout
  readonly scenarios?: readonly ScenarioFigures[]
  readonly cost?: Costs & { readonly workers: number }
}

export function markdownReport(runs: readonly Figures[]): string {
  const scenarios = runs.flatMap((run) => run.scenarios ?? [])
  const contested = scenarios.filter(({ sides }) => sides.length > 0)
  const cost = runs.findLast((run) => run.cost)?.cost
  return [
    ...runs.map(runLine),
    ...titled('Closed loop, beside the first limit', closedLoopTable(contested)),
    ...titled('All limits', limitsTable(contested)),
    ...titled('At a fixed rate', rateTable(scenarios)),
    ...titled('What a thousand cost', cost ? costTable(cost) : []),
    ...titled('Against another server', againstOthers(scenarios, cost)),
  ].join('\n')
}

function runLine({ machine, database, options }: Figures): string {
  const { connections, rounds, seconds } = options
  const how = `${connections} connections, ${rounds} rounds of ${seconds} s`
  return `- ${machineLine(machine)}; ${database ? `${databaseLine(database)}; ` : ''}${how}`
}

function titled(title: string, rows: readonly (readonly string[])[]): string[] {
  if (rows.length < 2) return []
  const [head, ...body] = rows
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return ['', `### ${title}`, '', line(head ?? []), line((head ?? []).map(() => '---')), ...body.map(line)]
}

function closedLoopTable(scenarios: readonly ScenarioFigures[]): string[][] {
  return [
    [
      'what',
      'bytes',
      'processes',
      '/s',
      'p50 ms',
      'p99 ms',
      'Node CPU ms',
      'PostgreSQL CPU ms',
      'the limit’s /s',
      'ratio',
      'by CPU',
      'target',
      'RSS MB',
    ],
    ...scenarios.map(({ name, bytes, workers, sides, ratio, cpuRatio, target, resident }) => {
      const [own, limit] = sides
      const of = (value: (round: NonNullable<typeof own>['rounds'][number]) => number | undefined) =>
        median(own?.rounds.map(value))
      return [
        name,
        String(bytes),
        String(workers),
        number(
          of((r) => r.perSecond),
          0,
        ),
        number(
          of((r) => r.p50),
          1,
        ),
        number(
          of((r) => r.p99),
          1,
        ),
        number(
          of((r) => r.nodeCpu),
          2,
        ),
        number(
          of((r) => r.postgresCpu),
          2,
        ),
        number(median(limit?.rounds.map((r) => r.perSecond)), 0),
        withSpread(ratio),
        withSpread(cpuRatio),
        target === undefined || target === null || !ratio
          ? '–'
          : `${target}: ${ratio.median >= target ? 'met' : 'not met'}`,
        resident.map((each) => each.toFixed(0)).join(' + '),
      ]
    }),
  ]
}

function limitsTable(scenarios: readonly ScenarioFigures[]): string[][] {
  const rows = scenarios.flatMap(({ name, sides }) =>
    sides
      .slice(1)
      .map(({ name: limit, rounds }) => [
        name,
        limit,
        number(median(rounds.map((r) => r.perSecond)), 0),
        number(median(rounds.map((r) => r.nodeCpu)), 3),
        number(median(rounds.map((r) => r.postgresCpu)), 3),
        number(median(rounds.map((r) => r.generatorCpu)), 3),
      ]),
  )
  return [['what', 'limit', '/s', 'Node CPU ms', 'PostgreSQL CPU ms', 'generator CPU ms'], ...rows]
}

function rateTable(scenarios: readonly ScenarioFigures[]): string[][] {
  return [
    [
      'what',
      'asked /s',
      'for s',
      'answered',
      'errors',
      'p50 ms',
      'p99 ms',
      'p99.9 ms',
      'most ms',
      'RSS, MB a minute',
      'asked for',
    ],
    ...scenarios.map(({ name, steady, steadyTarget }) => [
      name,
      number(steady.rate, 0),
      number(steady.seconds, 0),
      String(steady.answered),
      String(Object.values(steady.wrong).reduce((sum, count) => sum + count, 0)),
      ...[steady.p50, steady.p99, steady.p999, steady.most].map((ms) => number(ms, 1)),
      steady.resident.slope === undefined
        ? 'too short to tell'
        : `${steady.resident.slope.toFixed(2)}: ${steady.resident.isFlat ? 'flat' : 'not flat'}`,
      verdict(steadyTarget, steady),
    ]),
  ]
}

function verdict(target: ScenarioFigures['steadyTarget'], steady: ScenarioFigures['steady']): string {
  const faults = missed(target, steady)
  if (!target || !faults) return '–'
  const asked = `${target.perSecond}/s, p99 ≤ ${target.p99} ms, no error, flat`
  return faults.length === 0 ? `${asked}: met` : `${asked}: not met (${faults.join(', ')})`
}

function costTable({ push, pdf, read }: Costs): string[][] {
  const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(2)
  const row = (name: string, cost: Cost): string[] => [
    name,
    number(cost.nodeCpu, 3),
    number(cost.postgresCpu, 3),
    ...[cost.tableBytes, cost.indexBytes, cost.walBytes].map(megabytes),
  ]
  return [
    ['a thousand', 'Node CPU s', 'PostgreSQL CPU s', 'tables MB', 'indexes MB', 'write-ahead log MB'],
    row('letters pushed (CDA, 20 KB)', push),
    row('PDFs pushed (20 KB)', pdf),
    row('reads', read),
  ]
}
