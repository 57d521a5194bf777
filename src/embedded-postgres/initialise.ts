/**
 * Makes a data directory with `initdb`, once. It is made beside its place and renamed into it, whole: a start that is cut
 * short leaves no half-made directory, and of two that start together one wins and the other uses what it made.
 */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Binaries } from './binaries.ts'
import { EmbeddedPostgresError, reasonOf } from './embedded-postgres-error.ts'
import { giveTo, type Identity } from './unprivileged.ts'

export const SUPERUSER = 'postgres'
const PASSWORD_FILE = 'dmp-password'

type Options = {
  readonly binaries: Binaries
  readonly identity: Identity
  readonly dataPath: string
  readonly durable: boolean
}

export async function initialise(options: Options): Promise<void> {
  const { dataPath, durable } = options
  removeLeftovers(dataPath)
  if (existsSync(dataPath)) return
  const draft = `${dataPath}.draft-${process.pid}-${randomBytes(4).toString('hex')}`
  const password = randomBytes(16).toString('hex')
  try {
    await initdb(options, draft, password)
    writeFileSync(join(draft, PASSWORD_FILE), password, { mode: 0o600 })
    renameSync(draft, dataPath)
    if (durable) syncFolder(dirname(dataPath))
  } catch (error) {
    rmSync(draft, { recursive: true, force: true })
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOTEMPTY' || code === 'EEXIST') return
    if (error instanceof EmbeddedPostgresError) throw error
    throw new EmbeddedPostgresError(`The database could not be made in ${dataPath}: ${reasonOf(error)}`, {
      cause: error,
    })
  }
}

export function passwordOf(dataPath: string): string {
  return readFileSync(join(dataPath, PASSWORD_FILE), 'utf8')
}

async function initdb(
  { binaries, identity, durable }: Options,
  draft: string,
  password: string,
): Promise<void> {
  // Switched to another user, initdb may not make a folder beside ours: an empty one is handed to it.
  mkdirSync(draft, { mode: 0o700 })
  giveTo(identity, draft)
  const passwordFile = `${draft}.password`
  writeFileSync(passwordFile, password, { mode: 0o600 })
  giveTo(identity, passwordFile)
  const line = [
    ...identity.prefix,
    binaries.initdb,
    `--pgdata=${draft}`,
    `--username=${SUPERUSER}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // The builtin provider sorts alike on every machine, whatever its C library.
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--set=scram_iterations=1',
    ...(durable ? [] : ['--no-sync']),
  ]
  try {
    const { code, output } = await run(line, identity)
    if (code !== 0) throw new EmbeddedPostgresError(`initdb failed in ${draft}: ${reasonOf(output)}`)
  } finally {
    rmSync(passwordFile, { force: true })
  }
}

function run(
  [program, ...args]: readonly string[],
  identity: Identity,
): Promise<{ code: number | null; output: string }> {
  if (program === undefined) throw new Error('empty command line')
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      ...identity.ids,
      env: { PATH: process.env.PATH, LC_ALL: 'C' },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let output = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      output = `${output}${text}`.slice(-2000)
    })
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, output }))
  })
}

const LONGEST_DRAFT_MS = 10 * 60_000

/** Drafts of processes that ended before they were done; in a container the same process id may be alive again. */
function removeLeftovers(dataPath: string): void {
  const prefix = `${basename(dataPath)}.draft-`
  for (const name of readdirSync(dirname(dataPath))) {
    if (!name.startsWith(prefix)) continue
    const pid = Number.parseInt(name.slice(prefix.length), 10)
    const draft = join(dirname(dataPath), name)
    const made = statSync(draft, { throwIfNoEntry: false })?.mtimeMs ?? 0
    if (isAlive(pid) && Date.now() - made < LONGEST_DRAFT_MS) continue
    rmSync(draft, { recursive: true, force: true })
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH')
  }
}

function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}
