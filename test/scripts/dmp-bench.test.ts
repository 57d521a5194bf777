/**
 * The benchmarks of the dmp profile in their quick form: each is asked what it says, by the answers that it must get, and
 * tells its figures. Nothing here is timed: the machine may be busy.
 */
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import type { Figures } from '../../scripts/bench/dmp/markdown-report.ts'
import { packageRoot } from '../../src/asset-path.ts'

const QUICK = ['--quick', '--seconds', '0.01', '--rounds', '1', '--connections', '4', '--workers', '1']

t.test('every scenario tells its figures, beside its limits', { timeout: 300_000 }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const json = join(folder, 'figures.json')
  const run = join(packageRoot(), '.build', 'bench', 'run.js')
  await promisify(execFile)(process.execPath, [run, ...QUICK, '--json', json])
  const { scenarios = [], cost } = JSON.parse(readFileSync(json, 'utf8')) as Figures
  t.same(
    scenarios.map(({ name }) => name),
    [
      'read',
      ...[30, 60].flatMap((size) => ['newest', 'by type', 'by period'].map((by) => `search ${size}, ${by}`)),
      ...['retrieve 20 KB', 'retrieve 2 MB', 'td02', 'patch', 'audit', 'push', 'push, PDF', 'mixed'],
    ],
  )
  for (const { name, bytes, sides, ratio, steady, resident } of scenarios) {
    t.ok(bytes > 100 && sides.length >= 2, `${name}: ${sides.length} sides`)
    for (const side of sides) t.ok((side.rounds[0]?.pieces ?? 0) > 0, `${name}: ${side.name}`)
    t.ok((ratio?.median ?? 0) > 0, name)
    t.same(steady.wrong, {}, `${name}: ${steady.firstWrong}`)
    t.equal(steady.answered, steady.asked)
    if (process.platform === 'linux') t.equal(resident.length, 1, 'one process')
  }
  t.ok((cost?.pdf.walBytes ?? 0) > 20_000_000, 'a thousand PDFs of 20 KB are 20 MB at least')
  t.ok((cost?.push.walBytes ?? 0) > 0)
  t.ok((cost?.read.perSecond ?? 0) > 0)
})
