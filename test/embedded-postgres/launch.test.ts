/** The PostgreSQL of our own: contract.md "Commands" — nothing is left running, data is kept. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import t from 'tap'
import { packageRoot } from '../../src/asset-path.ts'
import type { Connection } from '../../src/embedded-postgres/bootstrap.ts'
import { EmbeddedPostgresError } from '../../src/embedded-postgres/embedded-postgres-error.ts'
import { startEmbeddedPostgres } from '../../src/embedded-postgres/launch.ts'
import { isRunning, readPostmaster } from '../../src/embedded-postgres/postmaster-file.ts'
import { runningEmbeddedPostgres } from '../../src/embedded-postgres/running.ts'

const OWNER = join(packageRoot(), '.build', 'test', 'support', 'postgres-owner.js')

/** `nobody` has to reach the programs: not so in a checkout below a folder of mode 700. */
function whyNoOtherUser(): string | false {
  if (process.getuid?.() !== 0) return 'not root'
  const { status } = spawnSync('test', ['-x', join(packageRoot(), 'node_modules')], {
    uid: 65534,
    gid: 65534,
  })
  return status === 0 ? false : 'the checkout is closed to other users'
}

/** A path with spaces, longer than a socket's may be, below a folder of mode 700. */
const top = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'dmp launch test '))
const data = join(top, 'dossier médical partagé '.repeat(5), '.data')
t.teardown(() => rmSync(top, { recursive: true, force: true }))

function dataPathOf(folder: string): string {
  const name = readdirSync(folder).find((entry) => /^postgres-\d+$/.test(entry))
  if (name === undefined) throw new Error(`no data directory in ${folder}`)
  return join(folder, name)
}

async function ask<T extends pg.QueryResultRow>(connection: Connection, query: string): Promise<T[]> {
  const client = new pg.Client(connection)
  await client.connect()
  try {
    return (await client.query<T>(query)).rows
  } finally {
    await client.end()
  }
}

type Owner = {
  readonly process: ChildProcess
  readonly lines: () => Promise<string>
  readonly stderr: () => string
}

function startOwner(folder: string, mode: 'durable' | 'fast', env = process.env): Owner {
  const child = spawn(process.execPath, [OWNER, folder, mode], {
    detached: true,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  return {
    process: child,
    stderr: () => stderr,
    async lines() {
      const { value, done } = await lines.next()
      if (done) throw new Error(`the owner ended: ${stderr}`)
      return value
    },
  }
}

async function connectionOf(owner: Owner): Promise<Connection> {
  // Written by support/postgres-owner.ts.
  return JSON.parse(await owner.lines()) as Connection
}

async function endsSoon(what: () => boolean): Promise<boolean> {
  for (let i = 0; i < 3_000 && what(); i++) await sleep(20)
  return !what()
}

t.test('starts, stops, starts again with its data, and leaves nothing running', async (t) => {
  const first = await startEmbeddedPostgres({ dataDir: data, durable: true })
  const postmaster = readPostmaster(dataPathOf(data))
  await ask(first.connection, 'create table kept (a integer); insert into kept values (7)')
  const [settings] = await ask<Record<string, string>>(
    first.connection,
    `select current_setting('fsync') as fsync, current_setting('synchronous_commit') as synchronous_commit,
            current_setting('listen_addresses') as listen_addresses, current_setting('is_superuser') as superuser`,
  )
  t.same(settings, { fsync: 'on', synchronous_commit: 'on', listen_addresses: '', superuser: 'off' })
  await first.stop()
  await first.stop()
  if (postmaster === undefined) throw new Error('no postmaster.pid')
  t.notOk(isRunning(postmaster))
  t.notOk(existsSync(first.connection.host), 'the folder of the socket is gone')

  const second = await startEmbeddedPostgres({ dataDir: data, durable: true })
  t.same(await ask(second.connection, 'select a from kept'), [{ a: 7 }])
  const wrong = { ...second.connection, password: 'wrong' }
  await t.rejects(ask(wrong, 'select 1'), { code: '28P01' }, 'a wrong password is refused')
  await second.stop()
  t.ok(existsSync(dataPathOf(data)), 'data is kept')
})

t.test('after kill -9 of its owner no PostgreSQL remains, and the next start waits for it', async (t) => {
  const owner = startOwner(data, 'durable')
  const connection = await connectionOf(owner)
  await ask(connection, 'insert into kept values (8)')
  const postmaster = readPostmaster(dataPathOf(data))
  if (postmaster === undefined) throw new Error('no postmaster.pid')
  t.ok(isRunning(postmaster))
  // Something that makes the shutdown take its time, and that the next start must not be disturbed by.
  const busy = new pg.Client(connection)
  busy.on('error', () => undefined)
  await busy.connect()
  busy.query('select pg_sleep(60)').catch(() => undefined)
  owner.process.kill('SIGKILL')

  const next = await startEmbeddedPostgres({ dataDir: data, durable: true })
  t.notOk(isRunning(postmaster))
  t.notOk(existsSync(connection.host))
  t.same(await ask(next.connection, 'select a from kept order by a'), [{ a: 7 }, { a: 8 }])
  await next.stop()
})

t.test('after kill -9 a database for tests is removed as well', async (t) => {
  const folder = join(top, 'fast')
  const owner = startOwner(folder, 'fast')
  const { host } = await connectionOf(owner)
  t.ok(existsSync(host))
  owner.process.kill('SIGKILL')
  t.ok(await endsSoon(() => existsSync(folder) || existsSync(host)))
})

t.test("a terminal's Ctrl-C reaches the owner only, which stops the database when it is done", async (t) => {
  const owner = startOwner(data, 'durable')
  await connectionOf(owner)
  const { pid } = owner.process
  if (pid === undefined) throw new Error('no process')
  const ended = once(owner.process, 'exit')
  process.kill(-pid, 'SIGINT')
  t.equal(await owner.lines(), '[{"answer":42}]', 'the database answered after the signal')
  t.same(await ended, [0, null])
  t.equal(readPostmaster(dataPathOf(data)), undefined)
})

t.test('a second start on the same data is refused in one line, and the first goes on', async (t) => {
  const first = await startEmbeddedPostgres({ dataDir: data, durable: true })
  const second = startOwner(data, 'durable')
  t.same(await once(second.process, 'close'), [1, null])
  t.match(
    second.stderr(),
    /^EmbeddedPostgresError: .*postgres-\d+ is in use by another server .* process \d+.*\n$/,
  )
  t.same(await ask(first.connection, 'select 1 as one'), [{ one: 1 }])
  t.same(runningEmbeddedPostgres(data), first.connection, 'a command beside it finds it')
  await first.stop()
  t.equal(runningEmbeddedPostgres(data), undefined)
})

t.test('two first starts at once: one wins, the other is refused', async (t) => {
  const folder = join(top, 'twice')
  const runs = await Promise.allSettled(
    [1, 2].map(() => startEmbeddedPostgres({ dataDir: folder, durable: true })),
  )
  const started = runs.filter((run) => run.status === 'fulfilled')
  const refused = runs.filter((run) => run.status === 'rejected')
  t.equal(started.length, 1)
  const reason: unknown = refused[0]?.reason
  t.ok(reason instanceof EmbeddedPostgresError)
  t.match(reason, { message: /in use by another server/ })
  t.same(
    readdirSync(folder).filter((name) => name.includes('draft')),
    [],
    'nothing half-made is left',
  )
  for (const run of started) await run.value.stop()
})

t.test('a note about a process number that belongs to another program now is set aside', async (t) => {
  const folder = dataPathOf(data)
  writeFileSync(
    join(folder, 'postmaster.pid'),
    `${process.pid}\n${folder}\n1700000000\n5432\n/tmp/gone\n\n0 0\nready   \n`,
  )
  const { connection, stop } = await startEmbeddedPostgres({ dataDir: data, durable: true })
  t.same(await ask(connection, 'select 1 as one'), [{ one: 1 }])
  await stop()
})

t.test('data of another major version is not passed over in silence', async (t) => {
  const folder = join(top, 'former')
  mkdirSync(join(folder, 'postgres-12'), { recursive: true })
  const start = startEmbeddedPostgres({ dataDir: folder, durable: true })
  await t.rejects(start, {
    name: 'EmbeddedPostgresError',
    message: /holds postgres-12, but this version brings/,
  })
  t.same(readdirSync(folder), ['postgres-12'])
})

t.test('as root without user namespaces, another user runs it', { skip: whyNoOtherUser() }, async (t) => {
  const programs = join(top, 'programs')
  mkdirSync(programs)
  for (const name of ['id', 'test']) symlinkSync(`/usr/bin/${name}`, join(programs, name))
  chmodSync(top, 0o711)
  const folder = join(top, 'other user')
  const env = { ...process.env, PATH: programs }
  for (const round of ['made', 'used again']) {
    const owner = startOwner(folder, 'durable', env)
    t.ok(await ask(await connectionOf(owner), 'select 1'), round)
    const ended = once(owner.process, 'exit')
    owner.process.kill('SIGINT')
    t.same(await ended, [0, null])
  }
  // And the same data, once namespaces are there again.
  const { connection, stop } = await startEmbeddedPostgres({ dataDir: folder, durable: true })
  t.ok(await ask(connection, 'select 1'))
  await stop()
})

t.test('a start that fails says why, in one line', async (t) => {
  // The last of all: those before it have used these data.
  rmSync(join(dataPathOf(data), 'global', 'pg_control'))
  const error = await startEmbeddedPostgres({ dataDir: data, durable: true }).catch(
    (reason: unknown) => reason,
  )
  if (!(error instanceof EmbeddedPostgresError)) throw error
  t.match(error.message, /did not start .*could not find the database system/)
  t.notMatch(error.message, /\n/)
})
