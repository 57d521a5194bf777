/**
 * Twenty crashes under load, ten of the server and ten of PostgreSQL, as if the power had failed: every answer that a
 * client received has its trace, no trace is there twice, and every write that was acknowledged is there, with its trace.
 * The processes are those of operators; `npm test` builds them.
 * @see docs/policy.md T1, T2
 *
 * NOT tried: a disk that forgets what it has confirmed.
 */
import { randomUUID } from 'node:crypto'
import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import t from 'tap'
import { commandLine } from '../../src/cli/command-line.ts'
import { requestToken } from '../../src/cli/request-token.ts'
import { parseResourceId } from '../../src/fhir/id.ts'
import type { Persona } from '../../src/sandbox/persona.ts'
import { consent, patient, provideBundle } from '../support/builders.ts'
import { httpClient, resourceOf } from '../support/http-client.ts'
import { type KillablePostgres, killablePostgres } from '../support/killable-postgres.ts'
import { administration, gp, hospital, matricule, otherGp, patientPersona } from '../support/personas.ts'
import { byIns, pushed } from '../support/record.ts'
import { serverProcess } from '../support/server-process.ts'
import { storedTraces } from '../support/stored-traces.ts'

const SECRET = 'a master key of this test, long enough'
const KILLS_OF_EACH = 10
const RECORDS = 6
const WORKERS = 12
/** Answers between two crashes, at least: some of each kind. */
const ANSWERS_BETWEEN = 25
/** A request that outlives a crash must end with it, however busy the machine is. */
const LONGEST_SILENCE_MS = 60_000
/** What comes while nobody serves is tried too, but not most of the time. */
const PAUSE_WHILE_DOWN_MS = 250

type Answered = { readonly requestId: string; readonly status: number; readonly error: string | undefined }
type Call = { readonly as: string; readonly method: string; readonly path: string; readonly body?: object }
type TestRecord = { readonly call: (turn: number) => Call; readonly documents: string[] }

t.test(
  'twenty crashes under load: what was answered is traced, once, and what was acknowledged is there',
  {
    timeout: 400_000,
  },
  async (t) => {
    await using postgres = await killablePostgres()
    await using server = await serverProcess({ owner: postgres.address }, { DMP_MASTER_KEY: SECRET })
    await server.start()
    const tokens = await tokensOf(server.base)
    const records = await openRecords(server.base, tokens)
    const answered: Answered[] = []
    const acknowledged: string[] = []
    const lost = { answers: 0, hung: [] as string[] }
    let over = false

    const worker = async (number: number): Promise<void> => {
      for (let turn = number; !over; turn++) {
        const record = records[turn % RECORDS]
        if (!record) throw new Error('no record')
        const call = record.call(turn)
        const requestId = randomUUID()
        const answer = await send(server.base, call, requestId)
        if (typeof answer === 'string') {
          // The crash took this answer: what became of the request nobody was told.
          lost.answers++
          if (answer === 'hangs') lost.hung.push(`${call.method} ${requestId}`)
          await sleep(PAUSE_WHILE_DOWN_MS)
          continue
        }
        const { status, text } = answer
        answered.push({ requestId, status, error: errorOf(text) })
        if (status >= 500) await sleep(PAUSE_WHILE_DOWN_MS)
        if (!call.body || status !== 200) continue
        const document = /"location":"DocumentReference\/([^/"]+)/.exec(text)?.[1]
        if (document === undefined) continue
        acknowledged.push(document)
        record.documents.push(document)
      }
    }
    const load = Promise.all(Array.from({ length: WORKERS }, (_, number) => worker(number)))

    const successes = (): number => answered.filter(({ status }) => status < 500).length
    for (let kill = 0; kill < 2 * KILLS_OF_EACH; kill++) {
      const wanted = successes() + ANSWERS_BETWEEN + Math.floor(Math.random() * ANSWERS_BETWEEN)
      while (successes() < wanted) await sleep(2)
      if (kill % 2 === 0) {
        await server.kill()
        await server.start()
      } else await postgres.killAndStart()
    }
    const wanted = successes() + ANSWERS_BETWEEN
    while (successes() < wanted) await sleep(2)
    over = true
    await load
    agent.destroy()

    const found = await inDatabase(postgres)
    const untraceable = answered.filter(({ error }) => error === 'trace-impossible')
    const missing = answered.filter(
      ({ requestId, error }) => !found.traces.has(requestId) && error !== 'trace-impossible',
    )
    t.same(missing, [], 'every answer has its trace')
    t.ok(
      untraceable.every(({ status }) => status === 503),
      'where no trace could be written nothing was answered',
    )
    t.same(
      [...found.traces].filter(([, count]) => count > 1),
      [],
      'no trace is there twice',
    )
    t.same(
      acknowledged.filter((id) => !found.documents.has(parseResourceId(id)?.id ?? '')),
      [],
      'every deposit that was acknowledged is there',
    )
    t.equal(found.documents.size, found.deposits, 'each deposit that is there has its trace')
    t.ok(acknowledged.length <= found.documents.size)

    t.same(lost.hung, [], 'no request hangs')
    t.match(await verification(postgres), { code: 0, out: /Sound\.$/ }, 'and the chains are sound')

    const statuses = count(answered.map(({ status }) => status))
    t.comment(
      JSON.stringify({ statuses, lost: lost.answers, acknowledged: acknowledged.length, ...found.told }),
    )
    for (const status of [200, 403, 404, 401])
      t.ok((statuses[status] ?? 0) > 20, `not vacuous: some ${status}`)
    t.ok(acknowledged.length > 50, `not vacuous: ${acknowledged.length} deposits`)
    t.ok(lost.answers >= 2 * KILLS_OF_EACH, 'not vacuous: crashes took answers with them')
  },
)

async function tokensOf(
  base: string,
): Promise<Record<'structure' | 'doctor' | 'stranger' | 'opener', string>> {
  const of = (persona: Persona): Promise<string> => requestToken(base, persona)
  return {
    structure: await of(hospital),
    doctor: await of(gp),
    stranger: await of(otherGp),
    opener: await of(administration),
  }
}

/** Records that a GP may read, each with what workers do in it in turn. */
async function openRecords(
  base: string,
  tokens: Awaited<ReturnType<typeof tokensOf>>,
): Promise<TestRecord[]> {
  const as = (token: string) => httpClient(base, async () => `Bearer ${token}`)
  return Promise.all(
    Array.from({ length: RECORDS }, async (_, n) => {
      const ins = matricule(n)
      const opened = resourceOf(await as(tokens.opener).post('/Patient/$ouvrir', patient(ins)), 'Patient')
      const holder = await requestToken(base, patientPersona(ins))
      const choice = consent('autorisation', opened.id ?? '', gp.nationalId ?? '')
      if ((await as(holder).post('/Consent', choice)).status !== 201) throw new Error('not authorised')
      const first = pushed(await as(tokens.structure).post('', provideBundle({ ins })), '')
      const documents = [first.documentId]
      const kinds: readonly (() => Call)[] = [
        () =>
          get(tokens.doctor, `/DocumentReference/${documents[Math.floor(Math.random() * documents.length)]}`),
        () => get(tokens.doctor, `/DocumentReference?${byIns(ins)}&_count=5`),
        () => ({ as: tokens.structure, method: 'POST', path: '', body: provideBundle({ ins }) }),
        () => get(tokens.stranger, `/DocumentReference?${byIns(ins)}`),
        () => get(tokens.doctor, `/DocumentReference/${opened.id}.${'0'.repeat(26)}`),
        () => get('', `/DocumentReference/${first.documentId}`),
        () => get(tokens.doctor, `/Binary/${first.binaryId}`),
      ]
      return { documents, call: (turn) => (kinds[turn % kinds.length] ?? fail)() }
    }),
  )
}

function get(as: string, path: string): Call {
  return { as, method: 'GET', path }
}

function fail(): never {
  throw new Error('no such kind')
}

type Answer = { readonly status: number; readonly text: string }

const agent = new Agent({ keepAlive: true })

/** Over `node:http`: `fetch` took more of the processor than the server. From its first byte on it is an answer, whole or not. */
function send(
  base: string,
  { as, method, path, body }: Call,
  requestId: string,
): Promise<Answer | 'lost' | 'hangs'> {
  const content = body && JSON.stringify(body)
  const headers = {
    'x-request-id': requestId,
    ...(as ? { authorization: `Bearer ${as}` } : {}),
    ...(content
      ? { 'content-type': 'application/fhir+json', 'content-length': `${Buffer.byteLength(content)}` }
      : {}),
  }
  return new Promise((resolve) => {
    const asked = request(`${base}${path}`, { agent, method, headers }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part
      })
      response.on('error', () => undefined)
      response.on('close', () => resolve({ status: response.statusCode ?? 0, text }))
    })
    asked.setTimeout(LONGEST_SILENCE_MS, () => {
      resolve('hangs')
      asked.destroy()
    })
    asked.on('error', () => resolve('lost'))
    asked.end(content)
  })
}

function errorOf(text: string): string | undefined {
  return text.includes('"trace-impossible"') ? 'trace-impossible' : undefined
}

type Found = {
  /** How many traces each request left. */
  readonly traces: ReadonlyMap<string, number>
  readonly documents: ReadonlySet<string>
  /** Traces of deposits that succeeded. */
  readonly deposits: number
  readonly told: object
}

async function inDatabase(postgres: KillablePostgres): Promise<Found> {
  const client = new pg.Client(postgres.address)
  await client.connect()
  try {
    const traces = await storedTraces(async (text) => (await client.query(text)).rows)
    const documents = await client.query<{ id: string }>('select d.id from document d')
    const deposits = traces.filter(
      ({ status, interaction }) => status === 200 && interaction === 'provide-documents',
    ).length
    return {
      traces: new Map(Object.entries(count(traces.map(({ request_id: request }) => request)))),
      documents: new Set(documents.rows.map(({ id }) => id)),
      deposits,
      told: { traces: traces.length, documents: documents.rows.length },
    }
  } finally {
    await client.end()
  }
}

/** As an operator does it, the writers that were killed among those who wrote. */
async function verification({ address }: KillablePostgres): Promise<{ code: number; out: string }> {
  const { host, port, user, password, database } = address
  const env = {
    DATABASE_URL: `postgres://${user}:${encodeURIComponent(password)}@${encodeURIComponent(host)}:${port}/${database}`,
    DMP_MASTER_KEY: SECRET,
  }
  const said: string[] = []
  const io = { out: (text: string) => said.push(text), err: (text: string) => said.push(text), env }
  const code = await commandLine(['audit', 'verify'], io)
  return { code, out: said.join('\n') }
}

function count(values: readonly (string | number)[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1
  return counts
}
