/** DMP_WORKERS: several processes at one address, as an operator sees them. */
import { spawnSync } from 'node:child_process'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import t from 'tap'
import { assetPath } from '../../src/asset-path.ts'
import { requestToken } from '../../src/cli/request-token.ts'
import { patient } from '../support/builders.ts'
import { childProcesses } from '../support/child-processes.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'
import { freePort } from '../support/free-port.ts'
import { httpClient, resourceOf, verdict } from '../support/http-client.ts'
import { administration, matricule, patientPersona } from '../support/personas.ts'
import { serverProcess } from '../support/server-process.ts'
import { until } from '../support/until.ts'

/** The processes of the server that are children of its primary. */
function workersOf(primary: number): number[] {
  return childProcesses(primary).flatMap(({ pid, command }) => (command.includes('main.js') ? [pid] : []))
}

/** A port that is free as a rule: where the sums of all workers are told. */
async function withMetrics(): Promise<{ readonly port: number; readonly read: () => Promise<string> }> {
  const port = await freePort()
  return { port, read: async () => (await fetch(`http://127.0.0.1:${port}/metrics`)).text() }
}

t.test('two workers serve, one that is killed is replaced, and all end with the primary', async (t) => {
  await using database = await testDatabase()
  const metrics = await withMetrics()
  const environment = { DMP_WORKERS: '2', DMP_ADMIN_PORT: String(metrics.port) }
  await using server = await serverProcess(database, environment)
  await server.start()
  const primary = server.pid()
  const first = workersOf(primary)
  t.equal(first.length, 2)

  const callers = [administration, patientPersona(matricule(1))].map(async (persona) => {
    const token = await requestToken(server.base, persona)
    return httpClient(server.base, async () => `Bearer ${token}`)
  })
  const [opener, as] = await Promise.all(callers)
  if (!opener || !as) throw new Error('two callers')
  const opened = await opener.post('/Patient/$ouvrir', patient(matricule(1)))
  t.equal(opened.status, 201, verdict(opened))
  const { id } = resourceOf(opened, 'Patient')

  await t.test('they are one server: the primary adds their metrics up', async (t) => {
    // They come when all workers serve; the address answers when the first does.
    const isThere = () =>
      metrics.read().then(
        (text) => text !== '',
        () => false,
      )
    await until('metrics', isThere)
    for (let i = 0; i < 12; i++)
      await (await fetch(`${server.base}/metadata`, { headers: { connection: 'close' } })).arrayBuffer()
    const text = await metrics.read()
    t.match(text, /^dmp_requests_total\{interaction="capabilities",status="200"\} 12$/m)
    t.match(
      text,
      /^dmp_request_duration_seconds_count\{method="GET",route="\/fhir\/metadata",class="2xx"\} 12$/m,
    )
    t.match(text, /^dmp_load\{kind="traces-waiting"\} 0$/m)
    t.match(text, /^dmp_usage_counted_until_seconds /m)
  })

  await t.test('a worker is killed: the other goes on, and soon there are two again', async (t) => {
    const [victim = 0] = first
    process.kill(victim, 'SIGKILL')
    await until('the worker ends', () => !workersOf(primary).includes(victim))
    // The connection that this client keeps may have been the dead worker's: it is told so once.
    await as
      .get(`/Patient/${id}`)
      .catch((error: Error) => t.match(error.message, /socket hang up|ECONNRESET/))
    for (let i = 0; i < 20; i++) t.equal((await as.get(`/Patient/${id}`)).status, 200)
    await until('another worker', () => workersOf(primary).length === 2)
  })

  await t.test('SIGTERM under load: what was taken is answered whole, then nothing listens', async (t) => {
    const outcomes: (number | string)[] = []
    let isOver = false
    const asking = Array.from({ length: 8 }, async () => {
      while (!isOver) {
        try {
          outcomes.push((await as.get(`/Patient/${id}`)).status)
        } catch (error) {
          outcomes.push(error instanceof Error && 'code' in error ? String(error.code) : String(error))
          if (outcomes.at(-1) === 'ECONNREFUSED') return
        }
      }
    })
    // Open, and nothing is ever sent on it: it must not hold the server for as long as a request may take.
    const silent = connect(Number(new URL(server.base).port), '127.0.0.1')
    silent.on('error', () => undefined)
    await until('answers', () => outcomes.length > 50)
    t.equal(await Promise.race([server.stop(), sleep(60_000, 'still there', { ref: false })]), 0)
    silent.destroy()
    isOver = true
    await Promise.all(asking)
    // A connection that is closed between two requests: the client did not know yet (ECONNRESET).
    const answered = outcomes.filter((outcome) => typeof outcome === 'number')
    t.ok(answered.length >= 50, `answered ${answered.length}`)
    t.ok(
      answered.every((status) => status === 200 || status === 503),
      JSON.stringify([...new Set(outcomes)]),
    )
    t.same(workersOf(primary), [])
    await t.rejects(metrics.read(), 'metrics end with the server')
  })
})

t.test('a worker that is killed before it serves, while another does already, is replaced', async (t) => {
  await using database = await testDatabase()
  await using server = await serverProcess(database, { DMP_WORKERS: '2' })
  const started = server.start()
  const primary = server.pid()
  await until('two workers', () => workersOf(primary).length === 2)
  const [, late = 0] = workersOf(primary)
  process.kill(late, 'SIGSTOP')
  await started
  process.kill(late, 'SIGKILL')
  await until('another worker', () => workersOf(primary).filter((worker) => worker !== late).length === 2)
  t.equal((await fetch(server.base.replace(/fhir$/, 'livez'))).status, 200)

  await t.test('a primary that is killed leaves no worker behind', async (t) => {
    const workers = workersOf(primary)
    t.equal(workers.length, 2)
    await server.kill()
    const running = (): string =>
      spawnSync('ps', ['-ww', '-o', 'args=', '-p', workers.join()]).stdout.toString()
    await until('the workers end', () => !running().includes('main.js'))
  })
})

/** Starts the server, which is expected to end by itself. */
function startThatFails(environment: Readonly<Record<string, string>>) {
  const { status, stderr } = spawnSync(process.execPath, [assetPath('main.js')], {
    encoding: 'utf8',
    timeout: 300_000,
    env: { PATH: process.env.PATH, ...environment },
  })
  return { status, stderr }
}

const urlOf = ({ host, port, user, password, database }: TestDatabase['owner']): string =>
  `postgres://${user}:${encodeURIComponent(password)}@${encodeURIComponent(host)}:${port}/${database}`

t.test('a start that fails in a worker fails the server, with one reason and its exit code', async (t) => {
  await using database = await testDatabase()
  await using taken = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => taken.once('listening', resolve))
  const address = taken.address()
  const port = String(address !== null && typeof address === 'object' ? address.port : 0)
  const environment = {
    PORT: port,
    DMP_WORKERS: '2',
    DMP_DATA_DIR: t.testdir({ tables: { habilitation: { '2027-01-01.json': '{' } } }),
    DATABASE_URL: urlOf(database.owner),
  }
  const portTaken = startThatFails(environment)
  t.equal(portTaken.status, 1)
  t.match(portTaken.stderr, /the port is taken .*: set PORT/)

  // What a worker alone reads of the settings.
  const wrong = startThatFails({ ...environment, DMP_TABLES_DIR: join(environment.DMP_DATA_DIR, 'tables') })
  t.equal(wrong.status, 78)
  t.match(wrong.stderr, /^dmp-fhir-server: DMP_TABLES_DIR: .+2027-01-01\.json: it is not JSON$/m)

  const metrics = startThatFails({ ...environment, PORT: String(await freePort()), DMP_ADMIN_PORT: port })
  t.equal(metrics.status, 1)
  t.match(metrics.stderr, /^dmp-fhir-server: metrics: .* in use .*: set DMP_ADMIN_PORT/)
})

t.test('a start without a database that can be used says why in one line', async (t) => {
  await using database = await testDatabase()
  const { owner } = database
  const lowly = new pg.Client({ ...owner })
  await lowly.connect()
  const login = `lowly_${process.pid}`
  await lowly.query(`create role ${login} login password 'x'`)
  const asLowly = { ...owner, user: login, password: 'x' }
  try {
    const table: readonly (readonly [url: string, said: RegExp])[] = [
      ['postgres://u:p@127.0.0.1:1/dmp', /it does not answer \(ECONNREFUSED\): start it/],
      ['postgres:///dmp?host=/no/such/folder', /it does not answer \(ENOENT\): start it/],
      [urlOf({ ...owner, database: 'no_such_database' }), /this database does not exist: create database/],
      [urlOf({ ...asLowly, password: 'y' }), /the password is refused: mend the password/],
      [urlOf(asLowly).replace(':x@', '@'), /it wants a password: put/],
      [urlOf(asLowly), /does not own this schema: .*DMP_MIGRATE=false/],
    ]
    for (const [url, said] of table) {
      const environment = { DATABASE_URL: url, DMP_DATA_DIR: t.testdir(), PORT: '0' }
      const { status, stderr } = startThatFails(environment)
      t.equal(status, 1, url)
      t.match(stderr, said)
      t.match(stderr, /^dmp-fhir-server: [^\n]+\n$/, 'one line')
      if (url === urlOf(asLowly)) continue
      const command = spawnSync(process.execPath, [assetPath('cli.js'), 'notices'], {
        encoding: 'utf8',
        timeout: 300_000,
        env: { PATH: process.env.PATH, ...environment },
      })
      t.equal(command.status, 69, command.stderr)
    }
  } finally {
    await lowly.query(`drop role ${login}`)
    await lowly.end()
  }
})
