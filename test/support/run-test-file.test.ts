/** The runner's own judgement: what counts as passed, and that nothing that goes wrong is counted so. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { packageRoot } from '../../src/asset-path.ts'
import { runTestFile } from './run-test-file.ts'

const top = mkdtempSync(join(tmpdir(), 'dmp-runner-'))
t.teardown(() => rmSync(top, { recursive: true, force: true }))

let count = 0
function run(lines: readonly string[], after = '', limitMs = 20_000): ReturnType<typeof runTestFile> {
  const file = join(top, `${++count}.mjs`)
  writeFileSync(
    file,
    `process.stdout.write(${JSON.stringify(`TAP version 14\n${lines.join('\n')}\n`)});${after}`,
  )
  return runTestFile(file, process.env, limitMs)
}

const inner = (name: string, ...points: readonly string[]): string[] => [
  `# Subtest: ${name}`,
  ...points.map((point) => `    ${point}`),
  `    1..${points.length}`,
]

t.test('top-level tests are counted, not their assertions', async (t) => {
  const lines = [
    ...inner('a', 'ok 1 - x', 'ok 2 - y', 'ok 3 - z'),
    'ok 1 - a',
    'ok 2 - b # SKIP no data',
    '1..2',
  ]
  t.same(await run(lines), { passed: 1, failed: 0, skipped: 1, failures: [], reports: [] })
})

t.test('comments that begin with report: are handed on, others are not', async (t) => {
  const { reports } = await run(['# report: read  must 3/3', '# a word', 'ok 1 - a', '1..1'])
  t.same(reports, ['read  must 3/3'])
})

t.test('a test that skipped all its points has not passed; one that skipped some has', async (t) => {
  const all = [...inner('a', 'ok 1 - x # SKIP no data'), 'ok 1 - a', '1..1']
  t.match(await run(all), { passed: 0, skipped: 1, failed: 0 })
  const some = [...inner('a', 'ok 1 - x # SKIP no data', 'ok 2 - y'), 'ok 1 - a', '1..1']
  t.match(await run(some), { passed: 1, skipped: 0, failed: 0 })
  t.match(await run(['1..0 # SKIP not here']), { passed: 0, skipped: 1, failed: 0 })
})

t.test('a failure is told once, with its place and its diagnostics', async (t) => {
  const point = ['not ok 1 - equal', '  ---', '  found: 2', '  wanted: 1', '  ...']
  const lines = [
    '# Subtest: outer',
    ...point.map((line) => `    ${line}`),
    '    1..1',
    'not ok 1 - outer',
    '1..1',
  ]
  const outcome = await run(lines, 'process.stderr.write("a word on stderr"); process.exitCode = 1')
  t.match(outcome, { passed: 0, failed: 1 })
  t.equal(outcome.failures.length, 2)
  t.equal(outcome.failures[0], 'outer > equal\nfound: 2\nwanted: 1')
  t.match(outcome.failures[1], /a word on stderr/)
})

const good = [...inner('a', 'ok 1 - x'), 'ok 1 - a', '1..1']

t.test('a file that went wrong as a whole has failed, whatever it printed', async (t) => {
  const cases: Record<string, [Promise<unknown>, RegExp]> = {
    'prints nothing': [run([]), /ran no test|no plan/],
    'has no tests': [run(['1..0 # no tests found']), /ran no test/],
    'exit code': [run(good, 'process.exit(3)'), /exit code 3/],
    crash: [run(good, 'throw new Error("boom")'), /exit code 1/],
    signal: [run(good, 'process.kill(process.pid, "SIGKILL")'), /SIGKILL/],
    'plan not kept': [run([...good.slice(0, -1), '1..5']), /tests|plan/],
    'no plan': [run(good.slice(0, -1)), /no plan/],
    'bail out': [run(['Bail out! no disk']), /no disk/],
    todo: [run(['ok 1 - later # TODO', '1..1']), /.*/],
  }
  for (const [name, [outcome, reason]] of Object.entries(cases)) {
    const { failed, failures } = (await outcome) as Awaited<ReturnType<typeof runTestFile>>
    t.ok(failed >= 1, name)
    if (name !== 'todo') t.match(failures.join('\n'), reason, name)
  }
})

t.test('a file that does not end is ended, with all it started', async (t) => {
  const child = `const { spawn } = await import('node:child_process');
    const child = spawn('sleep', ['600'], { stdio: 'inherit' });
    process.stdout.write('# ' + child.pid + '\\n'); process.stderr.write(String(child.pid)); setInterval(() => {}, 1000)`
  const outcome = await run(good, child, 8_000)
  t.match(outcome, { passed: 1, failed: 1 })
  t.match(outcome.failures.join('\n'), /Did not end within/)
  const pid = Number(/stderr:\n(\d+)/.exec(outcome.failures.join('\n'))?.[1])
  t.ok(pid > 0)
  // Whoever inherits it has to collect it, too.
  const gone = async (): Promise<void> => {
    for (let i = 0; i < 3_000; i++) {
      process.kill(pid, 0)
      await sleep(20)
    }
  }
  await t.rejects(gone(), { code: 'ESRCH' })
})

t.test('what nothing caught is of the test that was running, with its place in the source', async (t) => {
  const file = join(packageRoot(), '.build', 'test', 'support', 'lost-errors.js')
  const { passed, failures } = await runTestFile(file, process.env, 20_000)
  // From Node 22 on, what is thrown out of a callback no longer leads tap to the test: the file fails all the same.
  const [test, right] = Number.parseInt(process.versions.node, 10) < 22 ? ['a throw > ', 2] : ['', 3]
  t.equal(passed, right, 'those before and after')
  t.match(failures[0], /^a rejection > within > lost\n/)
  t.match(failures[0], 'test/support/lost-errors.ts:9:25')
  const thrown = failures.find((failure) => failure.startsWith(`${test}thrown later\n`))
  t.match(thrown, 'test/support/lost-errors.ts:16:11', failures.join('\n'))
})
