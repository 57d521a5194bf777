/**
 * Metrics: off unless a port is named, to this machine or to who shows a token, true, and about nobody.
 * That the primary of several workers adds theirs up: test/workers/workers.test.ts.
 * @see docs/operations.md "Metrics"
 */
import t from 'tap'
import { readConfig } from '../../src/config/config.ts'
import { listenForMetrics } from '../../src/http/metrics-listener.ts'
import { advisoryLocks } from '../../src/storage/connection/owner-connection.ts'
import { testApp } from '../support/app.ts'
import { gp, hospital, matricule, nurse } from '../support/personas.ts'
import { openTestRecord } from '../support/record.ts'

t.setTimeout(300_000)

t.test('nowhere by default; beyond the loopback interface only with a secret', async (t) => {
  const of = (environment: Record<string, string>) => readConfig(environment).metrics
  t.equal(of({}), undefined)
  t.equal(of({ DMP_ADMIN_PORT: '' }), undefined)
  t.same(of({ DMP_ADMIN_PORT: '9464' }), { host: '127.0.0.1', port: 9464, token: undefined })
  const secret = 'x'.repeat(16)
  t.same(of({ DMP_ADMIN_PORT: '9464', DMP_ADMIN_HOST: '0.0.0.0', DMP_ADMIN_TOKEN: secret }), {
    host: '0.0.0.0',
    port: 9464,
    token: secret,
  })
  for (const wrong of [
    { DMP_ADMIN_PORT: 'x' },
    { DMP_ADMIN_PORT: '9464', DMP_ADMIN_HOST: '0.0.0.0' },
    { DMP_ADMIN_PORT: '9464', DMP_ADMIN_TOKEN: 'short' },
    { DMP_ADMIN_PORT: '9464', DMP_ADMIN_TOKEN: 'with a blank in it, of course' },
  ])
    t.throws(() => of(wrong), { name: 'ConfigError', message: /DMP_ADMIN_/ })
})

t.test('the listener: one path, one method, one token', async (t) => {
  const faults: unknown[] = []
  let fails = false
  const token = 'a token of the test'.replaceAll(' ', '-')
  const listener = await listenForMetrics(
    { host: '127.0.0.1', port: 0, token },
    async () => {
      if (fails) throw new Error('no database')
      return 'one 1\n'
    },
    (error) => faults.push(error),
  )
  const get = async (path: string, init: RequestInit = {}): Promise<string> => {
    const answer = await fetch(`http://127.0.0.1:${listener.port}${path}`, {
      headers: { authorization: `Bearer ${token}` },
      ...init,
    })
    return `${answer.status} ${(await answer.text()).trim()}`
  }
  t.equal(await get('/metrics'), '200 one 1')
  t.equal(await get('/metrics', { headers: {} }), '401 a bearer token is needed')
  t.equal(
    await get('/metrics', { headers: { authorization: `Bearer ${token}x` } }),
    '401 a bearer token is needed',
  )
  t.equal(await get('/'), '404 only /metrics is here')
  t.equal(await get('/', { headers: {} }), '401 a bearer token is needed')
  t.equal(await get('/metrics', { method: 'POST' }), '405 only GET')
  fails = true
  t.equal(await get('/metrics'), '503 metrics cannot be read')
  t.equal(faults.length, 1)
  await listener.close()
})

t.test(
  'requests by interaction and status, what waits, and the indicators; nothing of anybody',
  async (t) => {
    await using app = await testApp({ DMP_ADMIN_PORT: '0' })
    const record = await openTestRecord(app, matricule(1))
    const { binaryId } = await record.push()
    await app.as(gp).get(`/Binary/${binaryId}`)
    await app.as(gp).get('/nothing')
    await app.query(
      `insert into usage_count (measure, month, stratum, count) values
      ('refus', '2026-09-01', '{autorisation-absente,A1}', 60), ('refus', '2026-09-01', '{inconnu,""}', 40),
      ('refus', '2026-09-01', '{droit-fonctionnel,F10}', 3)`,
    )
    await app.query(`update usage_progress set counted_until = '2026-10-20'`)
    t.notMatch(await app.metrics(), /dmp_usage/, 'only the process that does the jobs tells of them')
    // The counts stay as they are made here: somebody else has the turn to count.
    await app.query(`select pg_advisory_lock(${advisoryLocks.usage})`)
    app.startJobs()
    const text = await app.metrics()
    const value = (sample: string): number | undefined => {
      const line = text.split('\n').find((each) => each.startsWith(`${sample} `))
      return line === undefined ? undefined : Number(line.slice(sample.length))
    }
    t.equal(value('dmp_requests_total{interaction="retrieve-document",status="403"}'), 1)
    t.equal(value('dmp_requests_total{interaction="provide-documents",status="200"}'), 1)
    t.equal(value('dmp_requests_total{interaction="unknown-route",status="404"}'), 1)
    t.equal(value('dmp_load{kind="traces-waiting"}'), 0)
    t.ok((value('dmp_load{kind="transactions-open"}') ?? 0) >= 1)
    const usage = (part: string, at: string): number | undefined =>
      value(`dmp_usage{measure="refus",group="refus",part="${part}",month="2026-09",at="${at}"}`)
    t.equal(usage('population', ''), 103)
    t.equal(usage('erreur', 'autorisation-absente'), 60)
    t.equal(usage('erreur', 'petits-effectifs'), 43)
    t.equal(usage('erreur', 'droit-fonctionnel'), undefined)
    t.match(text, /^nodejs_eventloop_lag_seconds /m)
    t.equal(value('dmp_usage_counted_until_seconds'), Date.parse('2026-10-20') / 1000)
    for (const secret of [record.ins.value, gp.nationalId, nurse.nationalId, hospital.structureId, binaryId])
      t.notOk(text.includes(secret ?? '?'), 'nobody is named')
  },
)

t.test('without a port nothing is kept', async (t) => {
  await using app = await testApp()
  await app.as(gp).get('/nothing')
  t.equal(await app.metrics(), '')
})
