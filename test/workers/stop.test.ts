/**
 * A stop under load, with two workers: the readiness turns first, then every request that was begun is answered whole, and
 * whoever comes later meets a closed door and nothing else.
 */
import { Agent, type IncomingMessage, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { requestToken } from '../../src/cli/request-token.ts'
import { patient } from '../support/builders.ts'
import { testDatabase } from '../support/database.ts'
import { httpClient, resourceOf, verdict } from '../support/http-client.ts'
import { administration, matricule, patientPersona } from '../support/personas.ts'
import { serverProcess } from '../support/server-process.ts'

const CLIENTS = 12
/** Long enough for each client to be served once more on a busy machine. */
const DELAY_MS = 2_000
/** Less than connections are kept that nobody ends. */
const KEPT_MS = 60_000

type Outcome = {
  /** Of the answer; undefined: none came. */
  readonly status: number | undefined
  readonly whole: boolean
  /** On a connection that had been answered on before. */
  readonly reused: boolean
  readonly closes: boolean
  readonly code: string | undefined
  /** Whether the signal had been sent when it began. */
  readonly after: boolean
}

/** One request, with all that may become of it. */
function outcomeOf(url: string, token: string, agent: Agent, after: boolean): Promise<Outcome> {
  return new Promise((resolve) => {
    let reused = false
    const fault = (error: NodeJS.ErrnoException, status?: number): void =>
      resolve({ status, whole: false, reused, closes: false, code: error.code ?? error.message, after })
    const asked = request(
      url,
      { agent, headers: { authorization: `Bearer ${token}` } },
      (answer: IncomingMessage) => {
        answer.resume()
        answer.once('error', (error) => fault(error, answer.statusCode))
        answer.once('close', () =>
          resolve({
            status: answer.statusCode,
            whole: answer.complete,
            reused,
            closes: answer.headers.connection === 'close',
            code: undefined,
            after,
          }),
        )
      },
    )
    asked.once('socket', () => {
      reused = asked.reusedSocket
    })
    asked.once('error', fault)
    asked.end()
  })
}

t.test('SIGTERM under load: each request that was begun is answered; the rest finds nobody', async (t) => {
  await using database = await testDatabase()
  await using server = await serverProcess(database, {
    DMP_WORKERS: '2',
    DMP_STOP_DELAY_MS: String(DELAY_MS),
  })
  await server.start()
  const opener = await requestToken(server.base, administration)
  const opened = await httpClient(server.base, async () => `Bearer ${opener}`).post(
    '/Patient/$ouvrir',
    patient(matricule(1)),
  )
  t.equal(opened.status, 201, verdict(opened))
  const url = `${server.base}/Patient/${resourceOf(opened, 'Patient').id}`
  const token = await requestToken(server.base, patientPersona(matricule(1)))

  const outcomes: Outcome[] = []
  let stopAt = Number.POSITIVE_INFINITY
  const clients = Array.from({ length: CLIENTS }, async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    for (;;) {
      const outcome = await outcomeOf(url, token, agent, Date.now() > stopAt)
      outcomes.push(outcome)
      if (outcome.code !== undefined) break
    }
    agent.destroy()
  })
  // Asks as a balancer does, each time on a connection of its own.
  const readiness: (number | string)[] = []
  const balancer = (async () => {
    const ready = server.base.replace(/fhir$/, 'readyz')
    for (;;) {
      const { status, code } = await outcomeOf(ready, '', new Agent(), false)
      readiness.push(status ?? code ?? '')
      if (status === undefined) return
      await sleep(20)
    }
  })()
  while (outcomes.length < 100) await sleep(10)
  stopAt = Date.now()
  t.equal(await server.stop(), 0)
  const took = Date.now() - stopAt
  await Promise.all([...clients, balancer])

  t.ok(took >= DELAY_MS && took < DELAY_MS + KEPT_MS, `stopped in ${took} ms`)
  const answered = outcomes.filter(({ status }) => status !== undefined)
  t.ok(answered.length >= 100)
  t.same([...new Set(answered.map(({ status }) => status))], [200], 'no request is turned away')
  t.ok(
    answered.every(({ whole }) => whole),
    'no answer is cut short',
  )
  t.ok(answered.filter(({ after }) => after).length > CLIENTS, 'it goes on serving for a while')
  t.ok(
    answered.some(({ closes, after }) => closes && after),
    'and takes leave of each connection with its last answer',
  )
  t.notOk(
    answered.some(({ closes, after }) => closes && !after),
    'not before',
  )
  const refused = outcomes.filter(({ status }) => status === undefined)
  t.equal(refused.length, CLIENTS, 'each client in the end finds nobody')
  t.same(
    refused.filter(({ reused }) => reused),
    [],
    'on a connection of its own, never on one that had been served',
  )
  t.match(JSON.stringify([...new Set(refused.map(({ code }) => code))]), /ECONNREFUSED|ECONNRESET/)
  const turned = readiness.indexOf(503)
  t.ok(turned > 0, `the readiness turned: ${JSON.stringify([...new Set(readiness)])}`)
  t.same(
    readiness.slice(turned).filter((each) => each === 200),
    [],
    'and does not turn back',
  )
})

t.test(
  'SIGTERM as soon as one of several answers: it ends as it should, though the last have not come up',
  async (t) => {
    await using database = await testDatabase()
    await using server = await serverProcess(database, { DMP_WORKERS: '6' })
    await server.start()
    t.equal(await server.stop(), 0)
  },
)
