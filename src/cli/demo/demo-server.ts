/**
 * The server the demonstration plays against: the one at DMP_URL, the one that answers at the usual place, or one of its
 * own, with data in a temporary folder, which ends with the demonstration however that ends.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { assetPath } from '../../asset-path.ts'
import { isJsonObject, type JsonValue } from '../../fhir/json.ts'
import { CommandError, exitCodes } from '../command.ts'

export type DemoServer = { readonly base: string; readonly own: boolean; stop(): Promise<void> }

const START_MS = 60_000
const STOP_MS = 15_000
const LOOK_MS = 1_500
const NAME = 'dmp-fhir-server'
/** What a user set for another server must not reach this one. */
const OURS = /^(?:DMP_.*|DATABASE_.*|NODE_ENV|NODE_OPTIONS|HOST|PORT|LOG_LEVEL)$/
/** The channel to the demonstration closes when that is killed: nothing else would tell its server. */
const endWithParent = 'process.once("disconnect",()=>process.kill(process.pid,"SIGTERM"))'

export async function findServer(given: string | undefined, usual: string): Promise<DemoServer | undefined> {
  const base = given ?? usual
  if (await isOurServer(base)) return { base, own: false, stop: async () => undefined }
  if (given !== undefined) throw new CommandError(exitCodes.unavailable, `no ${NAME} answers at ${given}`)
  return undefined
}

/** @throws CommandError when it does not start */
export async function startServer(
  environment: Readonly<Record<string, string | undefined>>,
): Promise<DemoServer> {
  const folder = mkdtempSync(join(tmpdir(), 'dmp-demo-'))
  const port = await freePort()
  const kept = Object.entries(environment).filter(([name]) => !OURS.test(name))
  const child = spawn(
    process.execPath,
    ['--import', `data:text/javascript,${encodeURIComponent(endWithParent)}`, assetPath('main.js')],
    {
      env: { ...Object.fromEntries(kept), PORT: String(port), DMP_DATA_DIR: join(folder, 'data') },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    },
  )
  let said = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = `${said}${text}`.slice(-4_000)
  })
  let stopping: Promise<void> | undefined
  const stop = (): Promise<void> => {
    stopping ??= ended(child).finally(() => {
      release()
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    })
    return stopping
  }
  const release = onSignal(() => {
    stop().finally(() => process.exit(130))
  })
  const base = `http://127.0.0.1:${port}/fhir`
  const deadline = Date.now() + START_MS
  while (Date.now() < deadline && child.exitCode === null && child.signalCode === null) {
    if (await isOurServer(base)) return { base, own: true, stop }
    await sleep(100)
  }
  await stop()
  throw new CommandError(
    exitCodes.unavailable,
    `the server did not start: ${said.trim() || 'no reason given'}`,
  )
}

/** Ctrl-C ends the server too, and leaves no data behind. Only `kill -9` leaves the folder. */
function onSignal(act: () => void): () => void {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const signal of signals) process.on(signal, act)
  return () => {
    for (const signal of signals) process.off(signal, act)
  }
}

async function isOurServer(base: string): Promise<boolean> {
  try {
    const response = await fetch(`${base.replace(/\/+$/, '')}/metadata`, {
      headers: { accept: 'application/fhir+json' },
      signal: AbortSignal.timeout(LOOK_MS),
    })
    const statement = (await response.json()) as JsonValue
    const software = isJsonObject(statement) ? statement.software : undefined
    return response.ok && isJsonObject(software) && software.name === NAME
  } catch {
    // Nobody there, or somebody else: the caller looks further.
    return false
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  const exit = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
  await exit
  clearTimeout(timer)
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() =>
        address !== null && typeof address === 'object'
          ? resolve(address.port)
          : reject(new Error('No port to be had')),
      )
    })
  })
}
