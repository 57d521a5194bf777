/**
 * `dmp push` of a thousand documents while the server is killed twice and the pusher once: each is there exactly once,
 * and what is told of it is true. The processes are those of users; `npm test` builds them.
 * @see docs/policy.md D1
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import t from 'tap'
import { assetPath } from '../../src/asset-path.ts'
import { requestToken } from '../../src/cli/request-token.ts'
import { patient } from '../support/builders.ts'
import { testDatabase } from '../support/database.ts'
import { httpClient } from '../support/http-client.ts'
import { administration, hospitalId, matricule } from '../support/personas.ts'
import { serverProcess } from '../support/server-process.ts'
import { syntheticCda } from '../support/synthetic-cda.ts'

const DOCUMENTS = 1_000
const PATIENTS = 8
/** A divisor of a patient's documents: lots are the same lots after each crash. */
const BATCH = 5

type Event = { readonly event: string; readonly outcome?: string; readonly [name: string]: unknown }

/** One run of the pusher, and what it says as it goes. */
class Pusher {
  readonly events: Event[] = []
  readonly child: ChildProcess
  readonly ended: Promise<number | null>
  #stderr = ''
  #wake: () => void = () => undefined

  constructor(base: string, args: readonly string[]) {
    this.child = spawn(process.execPath, [assetPath('cli.js'), 'push', '--json', ...args], {
      env: { PATH: process.env.PATH, DMP_URL: base },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let rest = ''
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n')
      rest = lines.pop() ?? ''
      this.events.push(...lines.map((line) => JSON.parse(line) as Event))
      this.#wake()
    })
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text
    })
    this.ended = new Promise((resolve) => {
      this.child.once('close', (code) => {
        this.#wake()
        resolve(code)
      })
    })
  }

  count(outcome: string): number {
    return this.events.filter((event) => event.outcome === outcome).length
  }

  /** @throws when it ends before */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      if (this.child.exitCode !== null || this.child.signalCode !== null)
        throw new Error(`ended before: ${this.#stderr} ${JSON.stringify(this.events.slice(-3))}`)
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  get end(): Event {
    return this.events.find(({ event }) => event === 'end') ?? { event: 'none' }
  }
}

function writeDocuments(folder: string): void {
  mkdirSync(folder)
  for (let i = 0; i < DOCUMENTS; i++) {
    const uniqueId = `1.2.250.1.999.77.${i}`
    const ins = matricule(i % PATIENTS)
    const cda = syntheticCda({ ins, uniqueId, text: `document ${i}`, structure: hospitalId })
    writeFileSync(join(folder, `${String(i).padStart(4, '0')}.xml`), cda)
  }
}

t.test('a thousand documents, the server killed twice, the pusher once', { timeout: 380_000 }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'push-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const documents = join(folder, 'documents')
  writeDocuments(documents)
  await using database = await testDatabase()
  await using server = await serverProcess(database)
  await server.start()
  const token = await requestToken(server.base, administration)
  const client = httpClient(server.base, async () => `Bearer ${token}`)
  for (let i = 0; i < PATIENTS; i++)
    t.equal((await client.post('/Patient/$ouvrir', patient(matricule(i)))).status, 201)

  const report = join(folder, 'report.json')
  const args = [
    '--structure',
    hospitalId,
    '--batch',
    String(BATCH),
    '--concurrency',
    '6',
    '--report',
    report,
    documents,
  ]
  const first = new Pusher(server.base, args)
  await first.until(() => first.count('sent') >= 150)
  await server.kill()
  await first.until(() => first.events.some(({ event }) => event === 'waiting'))
  await server.start()
  await first.until(() => first.count('sent') + first.count('there') >= 400)
  await server.kill()
  await server.start()
  await first.until(() => first.count('sent') + first.count('there') >= 600)
  first.child.kill('SIGKILL')
  t.equal(await first.ended, null, 'killed')
  const noted = first.count('sent') + first.count('there')
  t.ok(noted < DOCUMENTS, `not vacuous: ${noted} noted by then`)

  const second = new Pusher(server.base, args)
  t.equal(await second.ended, 0, 'everything is there')
  const { sent, there, known, refused, failed, finished } = second.end
  t.same({ refused, failed, finished }, { refused: 0, failed: 0, finished: true })
  t.equal(Number(sent) + Number(there) + Number(known), DOCUMENTS)
  t.ok(Number(known) >= noted, 'what was told was in the journal')
  t.ok(
    first.count('there') + Number(there) <= 6 * BATCH * 3,
    'only answers that were lost are asked for again',
  )

  const stored = new pg.Client(database.owner)
  await stored.connect()
  t.teardown(() => stored.end())
  const count = async (text: string): Promise<number> => {
    const { rows } = await stored.query<{ n: number }>(`select count(*)::integer as n from ${text}`)
    return rows[0]?.n ?? 0
  }
  t.equal(await count('document'), DOCUMENTS, 'exactly once')
  t.equal(
    await count(
      `(select distinct value from business_identifier where type = 'document' and value like '%1.2.250.1.999.77.%') d`,
    ),
    DOCUMENTS,
  )
  t.equal(await count(`resource where type = 'List'`), DOCUMENTS / BATCH, 'each submission set once')
  t.equal(
    await count(
      `(select jsonb_array_elements(r.body::jsonb -> 'entry') from resource r where r.type = 'List') e`,
    ),
    DOCUMENTS,
    'each document in one of them',
  )
  const told = JSON.parse(readFileSync(report, 'utf8'))
  t.equal(told.documents.length, DOCUMENTS, 'the report names each')
  t.same(told.counts, { sent, there, known, refused: 0, failed: 0, ignored: 0 })

  const before = await count('audit')
  const third = new Pusher(server.base, args)
  t.equal(await third.ended, 0)
  t.match(third.end, { known: DOCUMENTS, sent: 0, there: 0, requests: 0 }, 'a second run sends nothing')
  t.equal(await count('audit'), before, 'and asks nothing')
  await stored.end()
})
