/**
 * `npm test [-- name …]`: starts one PostgreSQL, migrates a template, runs every test file (or those whose path contains
 * a name) and ends with `N passed, N failed` alone on a line. Exit 0 only when all passed.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../src/asset-path.ts'
import { childrenCpuMs } from './support/children-cpu.ts'
import { SERVER_VARIABLE } from './support/database.ts'
import { killTestFiles, runTestFile } from './support/run-test-file.ts'
import { dropDatabases, makeTemplate } from './support/template-database.ts'
import type { TestOutcome } from './support/test-outcome.ts'
import { startTestPostgres } from './support/test-postgres.ts'

/** More than cores: many files wait for time-outs, leases and processes that are killed. */
const CONCURRENCY = 3
/** On a new checkout no time is known: these take longest, and begin first so that none of them runs alone at the end. */
const LONGEST = [
  'console/console',
  'leaks/fuzz',
  'storage/search-plans',
  'console/try',
  'audit/durable',
  'leaks/planted-leaks',
  'conformance/subscriptions',
  'notices/told',
  'workers/workers',
  'cli/push',
  'scripts/fhir-bench',
  'cli/push-crash',
  'conformance/capabilities-fhir',
  'jobs/deliver-notification',
  'content/contents',
  'conformance/document-changes',
  'cli/reindex',
  'conformance/idempotence',
  'cli/seed',
  'container/image',
  'workers/stop',
]
const TIMES = join(packageRoot(), '.build', 'test-times.json')

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  // PostgreSQL's watchdog notices the end of this process by itself.
  process.once(signal, () => {
    killTestFiles()
    process.exit(130)
  })
}

const times = readTimes()
const total = { passed: 0, failed: 0, skipped: 0 }
/** Of files that have ended: each is told what has been added since. */
let counted = 0
/** Told again at the end: what keeps only the end of a long output keeps them. */
const failedFiles: string[] = []
try {
  await runAll(chosenFiles(process.argv.slice(2)))
} catch (error) {
  total.failed++
  print(error instanceof Error ? (error.stack ?? error.message) : String(error))
}
writeFileSync(TIMES, JSON.stringify(times))
const cpu = childrenCpuMs()
if (cpu !== undefined)
  print(`\nprocessor time: ${seconds(counted)} of test files, ${seconds(cpu - counted)} of their PostgreSQL`)
if (failedFiles.length > 0) print(`\nagain, what failed:\n${failedFiles.join('\n')}`)
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : ''
print(`\n${total.passed} passed, ${total.failed} failed${skipped}`)
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1

async function runAll(files: readonly string[]): Promise<void> {
  const postgres = await startTestPostgres(process.env)
  try {
    const server = await makeTemplate(postgres.address)
    const env = { ...process.env, [SERVER_VARIABLE]: JSON.stringify(server) }
    try {
      const queue = [...files]
      const worker = async (): Promise<void> => {
        for (let file = queue.shift(); file !== undefined; file = queue.shift()) await runOne(file, env)
      }
      await Promise.all(Array.from({ length: CONCURRENCY }, worker))
    } finally {
      await dropDatabases(server)
    }
  } finally {
    await postgres.stop()
  }
}

async function runOne(file: string, env: NodeJS.ProcessEnv): Promise<void> {
  const begin = performance.now()
  const outcome = await runTestFile(join(packageRoot(), '.build', file), env)
  const milliseconds = Math.round(performance.now() - begin)
  times[file] = milliseconds
  const cpu = (childrenCpuMs() ?? 0) - counted
  counted += cpu
  total.passed += outcome.passed
  total.failed += outcome.failed
  total.skipped += outcome.skipped
  const line = lineOf(file, outcome, milliseconds, cpu)
  if (outcome.failed > 0) failedFiles.push(line)
  print(line)
}

function lineOf(
  file: string,
  { passed, failed, skipped, failures, reports }: TestOutcome,
  milliseconds: number,
  cpu: number,
): string {
  const name = file.replace(/^test\//, '').replace(/\.test\.js$/, '')
  const counts = [
    `${passed} passed`,
    ...(failed ? [`${failed} FAILED`] : []),
    ...(skipped ? [`${skipped} skipped`] : []),
  ]
  const line = `${failed ? '✗' : '✓'} ${name.padEnd(48)} ${counts.join(', ')}  ${milliseconds} ms, ${seconds(cpu)} of processor`
  return [line, ...[...reports, ...failures].map((text) => text.replaceAll(/^/gm, '    '))].join('\n')
}

function chosenFiles(names: readonly string[]): string[] {
  const list: unknown = JSON.parse(readFileSync(join(packageRoot(), '.build', 'tests.json'), 'utf8'))
  if (!Array.isArray(list)) throw new Error('.build/tests.json is not a list: run the build with --tests')
  const files = (list as string[]).filter(
    (file) => names.length === 0 || names.some((name) => file.includes(name)),
  )
  if (files.length === 0) throw new Error(`No test file matches ${names.join(', ')}`)
  return files.sort((a, b) => expected(b) - expected(a))
}

/** Milliseconds of last time; of a file that was never run, its place among the longest. */
function expected(file: string): number {
  const place = LONGEST.findIndex((name) => file.includes(`${name}.test`))
  return times[file] ?? (place < 0 ? 0 : (LONGEST.length - place) * 1_000_000)
}

/** How long each file took last time: the longest start first, so that none runs alone at the end. */
function readTimes(): Record<string, number> {
  return existsSync(TIMES) ? (JSON.parse(readFileSync(TIMES, 'utf8')) as Record<string, number>) : {}
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}
