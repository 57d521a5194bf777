/**
 * A process of its own that owns PostgreSQL and outlives the process that started it by as long as PostgreSQL needs to
 * stop. Its channel to the starter closes when the starter ends in whatever way, `kill -9` included; that is the order to
 * stop. Signals from a terminal reach neither this process nor PostgreSQL: the starter decides, after its requests are
 * answered.
 *
 * NOT covered: the watchdog itself killed with -9. PostgreSQL goes on then, and the next start names its process.
 */
import { spawn } from 'node:child_process'
import { openSync, rmSync } from 'node:fs'
import { parseWatchdogOrder } from './watchdog-order.ts'

const IMMEDIATE_AFTER_MS = 15_000

const order = parseWatchdogOrder(process.argv[2] ?? '')
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined)

const log = openSync(order.logFile, 'a', 0o600)
const postgres = spawn(order.program, order.args, {
  ...order.ids,
  cwd: '/',
  // A session of its own, out of reach of the terminal and of signals to our process group.
  detached: true,
  env: { PATH: process.env.PATH, LC_ALL: 'C' },
  stdio: ['ignore', log, log],
})
postgres.once('error', () => leave(1))
postgres.once('exit', (code) => leave(code ?? 1))
process.once('disconnect', stop)
if (!process.connected) stop()

/** SIGINT: fast shutdown, open transactions are rolled back. SIGQUIT: immediate, the next start recovers from the log. */
function stop(): void {
  postgres.kill('SIGINT')
  setTimeout(() => postgres.kill('SIGQUIT'), IMMEDIATE_AFTER_MS).unref()
}

function leave(code: number): void {
  for (const path of order.removeAtEnd) rmSync(path, { recursive: true, force: true })
  process.exit(code)
}
