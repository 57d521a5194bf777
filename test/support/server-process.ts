/**
 * The server as its operators run it, a process of its own on a database of a test's own: it can be killed as a machine
 * loses its power, and started again at the same address. `npm test` has built it before.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { assetPath } from '../../src/asset-path.ts'
import type { TestDatabase } from './database.ts'
import { freePort } from './free-port.ts'

export type ServerProcess = AsyncDisposable & {
  /** The FHIR base. */
  readonly base: string
  readonly start: () => Promise<void>
  /** SIGKILL: nothing is finished, nothing is told. */
  readonly kill: () => Promise<void>
  /** SIGTERM; the exit code. */
  readonly stop: () => Promise<number | null>
  /** Of the process that was started last, while it runs. */
  readonly pid: () => number
}

const START_MS = 120_000
const POLL_MS = 100

/**
 * With a sandbox issuer of its own, whose keys outlive it.
 * @param onLog gets what it writes to standard output, as it comes
 * @param main of another release than this one
 */
export async function serverProcess(
  { owner }: Pick<TestDatabase, 'owner'>,
  environment: Readonly<Record<string, string>> = {},
  onLog?: (text: string) => void,
  main = assetPath('main.js'),
): Promise<ServerProcess> {
  const { host, port: databasePort, user, password, database } = owner
  const dataDir = mkdtempSync(join(tmpdir(), 'dmp-process-'))
  const port = await freePort()
  const base = `http://127.0.0.1:${port}/fhir`
  let child: ChildProcess | undefined
  let said = ''

  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    const ending = child
    child = undefined
    if (!ending || ending.exitCode !== null || ending.signalCode !== null) return ending?.exitCode ?? null
    const exit = new Promise<number | null>((resolve) => ending.once('exit', resolve))
    ending.kill(signal)
    return exit
  }
  return {
    base,
    async start() {
      const started = spawn(process.execPath, [main], {
        env: {
          PATH: process.env.PATH,
          PORT: String(port),
          DMP_DATA_DIR: dataDir,
          DATABASE_URL: `postgres://${user}:${encodeURIComponent(password)}@${encodeURIComponent(host)}:${databasePort}/${database}`,
          ...environment,
        },
        stdio: ['ignore', onLog ? 'pipe' : 'ignore', 'pipe'],
      })
      child = started
      if (onLog) started.stdout?.setEncoding('utf8').on('data', onLog)
      started.stderr?.setEncoding('utf8').on('data', (text: string) => {
        said = `${said}${text}`.slice(-4_000)
      })
      for (const deadline = Date.now() + START_MS; Date.now() < deadline; await sleep(POLL_MS)) {
        if (started.exitCode !== null || started.signalCode !== null) break
        if (await isReady(base)) return
      }
      throw new Error(`the server did not start: ${said}`)
    },
    async kill() {
      await end('SIGKILL')
    },
    stop: () => end('SIGTERM'),
    pid() {
      if (child?.pid === undefined) throw new Error('the server does not run')
      return child.pid
    },
    async [Symbol.asyncDispose]() {
      await end('SIGTERM')
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

function isReady(base: string): Promise<boolean> {
  return new Promise((resolve) => {
    get(base.replace(/fhir$/, 'readyz'), { agent: false }, (answer) => {
      answer.resume()
      resolve(answer.statusCode === 200)
    }).on('error', () => {
      // Not there yet: asked again.
      resolve(false)
    })
  })
}
