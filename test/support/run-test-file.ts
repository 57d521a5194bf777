/** One test file as its own process: a crash, a hang or something left open fails the file, not the run. */
import { type ChildProcess, spawn } from 'node:child_process'
import { originalPlaces } from './original-places.ts'
import { type TestOutcome, TestOutcomeReader } from './test-outcome.ts'

/** A browser on two cores that three files share takes minutes for the pages of the console. */
const LIMIT_MS = 400_000
/** tap gives up a little before, and tells which test was running or what was left open. */
const TAP_LIMIT_S = 390
const PIPES_CLOSE_MS = 2_000
const LONGEST_STDERR = 20_000
/** What is young is collected less often: a fifteenth of the processor, for some megabytes. */
const FLAGS = ['--min-semi-space-size=16']

const running = new Set<ChildProcess>()

export function killTestFiles(): void {
  for (const child of running) killGroup(child)
}

export function runTestFile(file: string, env: NodeJS.ProcessEnv, limitMs = LIMIT_MS): Promise<TestOutcome> {
  const reader = new TestOutcomeReader()
  // A group of its own, so that whatever it started ends with it.
  const child = spawn(process.execPath, [...FLAGS, file], {
    detached: true,
    env: { ...env, TAP_TIMEOUT: String(TAP_LIMIT_S) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.add(child)
  let stderr = ''
  let timedOut = false
  child.stdout.setEncoding('utf8').on('data', (text: string) => reader.write(text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = `${stderr}${text}`.slice(-LONGEST_STDERR)
  })
  const timer = setTimeout(() => {
    timedOut = true
    killGroup(child)
  }, limitMs)
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', () => {
      clearTimeout(timer)
      running.delete(child)
      // A process it started and left behind holds the pipes open: they are not waited for.
      setTimeout(() => {
        child.stdout.destroy()
        child.stderr.destroy()
      }, PIPES_CLOSE_MS).unref()
    })
    child.once('close', (code, signal) => {
      killGroup(child)
      resolve(conclude(reader, { code, signal, timedOut, stderr }))
    })
  })
}

type Ending = {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly timedOut: boolean
  readonly stderr: string
}

function conclude(reader: TestOutcomeReader, ending: Ending): TestOutcome {
  const outcome = reader.end(faultOf(reader, ending))
  if (outcome.failed === 0) return outcome
  const told = ending.stderr === '' ? outcome.failures : [...outcome.failures, `stderr:\n${ending.stderr}`]
  return { ...outcome, failures: told.map(originalPlaces) }
}

function faultOf(reader: TestOutcomeReader, { code, signal, timedOut }: Ending): string | undefined {
  if (timedOut) return `Did not end within ${LIMIT_MS / 1000} s: something hangs or was left open`
  // A file with failed tests ends with 1, rightly.
  if (signal !== null || (code !== 0 && !reader.failed)) return `Ended with ${signal ?? `exit code ${code}`}`
  return undefined
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}
