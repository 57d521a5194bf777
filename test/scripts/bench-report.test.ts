/** What a bench tells: tables from its figures, and what a CPU profile comes to. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { cpuRatioOf, type Round } from '../../scripts/bench/contest.ts'
import { type Figures, markdownReport } from '../../scripts/bench/dmp/markdown-report.ts'
import type { ScenarioFigures } from '../../scripts/bench/dmp/measure-scenario.ts'
import { missed } from '../../scripts/bench/dmp/steady-target.ts'
import { flameGraph } from '../../scripts/bench/profile/flame-graph.ts'
import { readProfile } from '../../scripts/bench/profile/read-profile.ts'
import { selfTimes, timeOf, totalTimes } from '../../scripts/bench/profile/tell-profile.ts'
import { withReport } from '../../scripts/bench/tell-report.ts'

const quantiles = { p50: 1, p99: 2, p999: 3, most: 4 }
const round = (perSecond: number, nodeCpu?: number, postgresCpu?: number): Round => ({
  ...{ pieces: 10, seconds: 1, perSecond, ...quantiles, nodeCpu, postgresCpu },
  ...{ generatorCpu: 0.01, generatorCore: 0.1 },
})
const steady: ScenarioFigures['steady'] = {
  ...{ ...quantiles, rate: 2_000, perSecond: 2_000, seconds: 600, asked: 10, answered: 10 },
  ...{ wrong: {}, firstWrong: undefined, kinds: {} },
  resident: { samples: 9, first: 1, last: 2, most: 150, slope: 0.1, isFlat: true, processes: [2] },
}
const scenario: ScenarioFigures = {
  ...{ bench: 'read', name: 'read', bytes: 3_000, target: 0.6, workers: 1 },
  sides: [
    { name: 'read', rounds: [round(100, 0.3, 0.1), round(200, 0.3, 0.1)] },
    { name: 'the limit', rounds: [round(400, 0.1, 0.1), round(250, 0.2, 0.2)] },
    { name: 'PostgreSQL alone', rounds: [{ ...round(900), p99: Number.NaN }] },
  ],
  ratio: { median: 0.8, least: 0.25, most: 0.8 },
  cpuRatio: { median: 1, least: 0.5, most: 1 },
  steady,
  resident: [150.4, 20],
  window: { from: 0, until: 1 },
}
const run: Figures = {
  machine: {
    ...{ cpu: 'A', cores: 2, memoryGiB: 4, kernel: 'linux', node: 'v20', syncMs: 0.1, loadBefore: 0 },
  },
  options: { connections: 32, rounds: 2, seconds: 1 },
  scenarios: [scenario],
}

t.test('the ratio by CPU is that of what both processes took, round by round', async (t) => {
  const [own, limit] = scenario.sides
  if (!own || !limit) throw new Error('no sides')
  const { least, most } = cpuRatioOf(own, limit)
  t.ok(Math.abs(least - 0.5) < 1e-9 && Math.abs(most - 1) < 1e-9)
})

t.test('tables from figures as they are read from a file', async (t) => {
  const written = markdownReport([JSON.parse(JSON.stringify(run)) as Figures])
  t.match(written, /\| read \| 3000 \| 1 \| 200 \|.*0\.80 \[0\.25–0\.80\].*0\.6: met \| 150 \+ 20 \|/)
  t.match(written, /\| read \| PostgreSQL alone \| 900 \| not known \| not known \|/)
  t.match(written, /\| read \| 2000 \| 600 \| 10 \| 0 \|.*0\.10: flat \| – \|/)
  t.match(written, /CPU ms, read \| 3 \| 0\.40 \| ≤ 0\.60 \| met/)
  t.match(written, /RSS MB of the largest process \| 546 \| 150 \| ≤ 200 \| met/)
  const columns = written.split('\n').filter((line) => line.startsWith('| '))
  for (const [i, line] of columns.entries()) {
    const above = columns[i - 1]
    if (above !== undefined && line.startsWith('| ---'))
      t.equal(line.split(' | ').length, above.split(' | ').length)
  }
  const document = 'before\n<!-- figures: npm run bench -- --report -->old<!-- /figures -->\nafter\n'
  const replaced = withReport(document, written)
  t.ok(replaced.startsWith('before\n') && replaced.endsWith('\nafter\n') && !replaced.includes('old'))
  t.equal(withReport(replaced, written), replaced, 'again, the same')
  t.throws(() => withReport('no place', written), /No <!-- figures/)
  const performance = readFileSync('docs/performance.md', 'utf8')
  t.doesNotThrow(() => withReport(performance, written), 'docs/performance.md has a place for them')
})

t.test('what is asked of a fixed rate', async (t) => {
  const target = { perSecond: 2_000, p99: 50 }
  t.same(missed(target, steady), [])
  t.equal(
    missed({ ...target, perSecond: 3_000 }, steady),
    undefined,
    'at less than that rate nothing is said',
  )
  t.same(missed(target, { ...steady, p99: 51, wrong: { 503: 2 } }), ['2 errors', 'p99 over 50 ms'])
  const growing = { ...steady.resident, isFlat: undefined }
  t.same(missed(target, { ...steady, resident: growing }), ['memory not seen to be flat'])
})

t.test('a profile: waiting and what lies outside the windows is left out', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'bench-profile-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'a.cpuprofile')
  const frame = (functionName: string, url: string) => ({ functionName, url, lineNumber: 4, columnNumber: 0 })
  const nodes = [
    { id: 1, callFrame: frame('(root)', ''), children: [2, 3] },
    { id: 2, callFrame: frame('(idle)', '') },
    { id: 3, callFrame: frame('outer', 'node:net'), children: [4, 5] },
    { id: 4, callFrame: frame('inner', 'file:///x/node_modules/@a/b/c.js') },
    { id: 5, callFrame: frame('outer', 'node:net') },
  ]
  const profile = { nodes, startTime: 1_000, samples: [2, 4, 3, 5, 4], timeDeltas: [10, 10, 10, 10, 100] }
  writeFileSync(file, JSON.stringify(profile))
  const stacks = readProfile(file, [{ from: 1_000, until: 1_040 }])
  t.equal(timeOf(stacks), 30)
  t.same(
    new Map(selfTimes(stacks, ({ owner }) => owner)),
    new Map([
      ['node:net', 20],
      ['@a/b', 10],
    ]),
  )
  t.same(
    new Map(totalTimes(stacks, ({ name }) => name)),
    new Map([
      ['outer', 30],
      ['inner', 10],
    ]),
    'one that calls itself counts once',
  )
  t.equal(timeOf(readProfile(file, [])), 130)
  const svg = flameGraph(stacks)
  t.match(svg, /inner @a\/b\/c\.js:5 33\.3 %/)
  t.equal(svg.match(/<rect x/g)?.length, 4, 'all, outer, inner, outer')
})
