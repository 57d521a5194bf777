/**
 * Why a server is not ready: each reason is provoked on a real one where it can be, and told by its word, in two languages and
 * two forms. Then the parts by which a process is watched, each by itself.
 * @see docs/operations.md "Readiness"
 */
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Registry } from 'prom-client'
import t from 'tap'
import { packageRoot } from '../../src/asset-path.ts'
import { readConfig } from '../../src/config/config.ts'
import { FhirError, refusal } from '../../src/fhir/fhir-error.ts'
import { loggedError } from '../../src/http/logged-error.ts'
import { readinessAnswer } from '../../src/http/readiness-answer.ts'
import { requestId } from '../../src/http/request-id.ts'
import { traceParentOf } from '../../src/http/trace-parent.ts'
import { allReadinessWords, canServe, readinessWords } from '../../src/interactions/readiness-words.ts'
import { type ReadinessParts, readinessLook } from '../../src/observability/readiness.ts'
import { requestMetrics } from '../../src/observability/request-metrics.ts'
import { type SlowQueryLine, slowQueries } from '../../src/observability/slow-queries.ts'
import { statementName } from '../../src/observability/statement-name.ts'
import { upkeepMetrics } from '../../src/observability/upkeep-metrics.ts'
import { watchedStore } from '../../src/observability/watched-contents.ts'
import { whenAsked } from '../../src/observability/when-asked.ts'
import { genericPlan } from '../../src/storage/connection/generic-plan.ts'
import { SERVER_ROLE } from '../../src/storage/schema/roles.ts'
import { sql } from '../../src/storage/sql.ts'
import { testApp } from '../support/app.ts'
import { testCertificate } from '../support/certificates.ts'
import fc from '../support/draws.ts'
import { gp, matricule } from '../support/personas.ts'

t.setTimeout(300_000)

const DAY = 86_400_000

t.test('a server that can serve, and each reason that it cannot', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'dmp-readiness-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  await using app = await testApp({ DMP_ADMIN_PORT: '0', DMP_SPOOL_DIR: folder })
  const url = app.base.replace(/fhir$/, 'readyz')
  const ask = async (): Promise<{ status: number; reasons: string[] }> => {
    const answer = await fetch(url, { headers: { accept: 'application/json' } })
    const body = (await answer.json()) as { ready: boolean; reasons: { reason: string }[] }
    t.equal(body.ready, answer.status === 200)
    return { status: answer.status, reasons: body.reasons.map(({ reason }) => reason) }
  }
  const text = await fetch(url)
  t.equal(await text.text(), 'ok\n')
  t.match(text.headers.get('content-type'), /^text\/plain/)
  t.same(await ask(), { status: 200, reasons: [] })

  await app.query(`revoke insert on audit from ${SERVER_ROLE}`)
  t.same(await ask(), { status: 503, reasons: ['traces-refused'] })
  const told = await (await fetch(url)).text()
  t.match(told, /^not ready\ntraces-refused: Le rôle .* \/ The role .*\n$/)
  await app.query(`grant insert on audit to ${SERVER_ROLE}`)

  await app.query(
    `update schema_migration set number = number + 100 where number = (select max(number) from schema_migration)`,
  )
  t.same(await ask(), { status: 200, reasons: [] }, 'a database that is ahead goes on')
  await app.query(`update schema_migration set number = 0 where number > 100`)
  t.same(await ask(), { status: 503, reasons: ['database-behind'] })
  t.match(await app.metrics(), /^dmp_readiness\{reason="database-behind"\} 1$/m)
  await app.query(
    `update schema_migration set number = (select max(number) + 1 from schema_migration) where number = 0`,
  )

  await app.query(
    `insert into record_key (patient_key, wrapped, master) values (gen_random_uuid(), '\\x00', 'another key')`,
  )
  t.same(await ask(), { status: 200, reasons: [] }, 'keys are looked at once a minute')
  app.advance(61_000)
  t.same(await ask(), { status: 503, reasons: ['keys-unknown'] })
  await app.query(`delete from record_key`)
  app.advance(61_000)

  if (process.getuid?.() !== 0) {
    chmodSync(folder, 0o500)
    t.same(await ask(), { status: 503, reasons: ['spool-full'] }, 'nor one that takes no file')
  }
  rmSync(folder, { recursive: true })
  t.same(await ask(), { status: 503, reasons: ['spool-full'] }, 'a folder that is not there has no room')
})

t.test('reasons that a machine has: an answer in time, whatever is silent', async (t) => {
  const well: ReadinessParts = {
    db: {
      apart: {
        run: async <Row>() => [{ writes: true, traces: true, migrated: 3 }] as Row[],
        copyIn: async () => undefined,
      },
      run: async () => [],
    },
    migrations: 3,
    traces: { isFailing: () => false },
    spoolDir: tmpdir(),
    spoolBytes: 1,
    certificateEnds: () => undefined,
    matrices: undefined,
    keys: undefined,
    isStoreFailing: () => false,
    isShedding: () => false,
    now: () => 0,
  }
  const silent = {
    apart: { ...well.db.apart, run: () => new Promise<never>(() => undefined) },
    run: async () => [],
  }
  const absent = (): never => {
    throw refusal('transient', 'indisponible')
  }
  const cases: readonly [Partial<ReadinessParts>, readonly string[]][] = [
    [{}, []],
    [
      {
        db: {
          apart: { ...well.db.apart, run: () => Promise.reject(new Error('gone')) },
          run: async () => [],
        },
      },
      ['database-unreachable'],
    ],
    [
      {
        db: {
          apart: {
            ...well.db.apart,
            run: async <Row>() => [{ writes: false, traces: true, migrated: 3 }] as Row[],
          },
          run: async () => [],
        },
      },
      ['database-read-only'],
    ],
    [{ traces: { isFailing: () => true } }, ['traces-failing']],
    [{ matrices: absent }, ['matrix-absent']],
    [{ spoolBytes: Number.MAX_SAFE_INTEGER }, ['spool-full']],
    [{ certificateEnds: () => 0 }, ['certificate-expired']],
    [{ certificateEnds: () => 13 * DAY }, ['certificate-expiring']],
    [{ certificateEnds: () => 15 * DAY }, []],
    [{ isStoreFailing: () => true, isShedding: () => true }, ['content-store-failing', 'overload']],
    [{ db: silent, matrices: absent }, ['database-unreachable', 'matrix-absent']],
  ]
  for (const [change, expected] of cases) {
    const began = performance.now()
    const words = await readinessLook({ ...well, ...change })()
    t.same(words, expected)
    t.ok(performance.now() - began < 60_000, 'a database that is silent is not waited for')
    t.equal(readinessAnswer(words, undefined).status, canServe(words) ? 200 : 503)
  }
  for (const word of allReadinessWords) {
    const { body } = readinessAnswer([word], 'application/json')
    t.match(JSON.parse(body), { reasons: [{ reason: word, fr: String, en: String }] })
    t.not(readinessWords[word].fr, readinessWords[word].en)
  }
})

t.test('every word has its line in the documentation and its runbook', async (t) => {
  const read = (...path: string[]): string => readFileSync(join(packageRoot(), ...path), 'utf8')
  const readiness = /\n## Readiness\n([\s\S]*?)\n## /.exec(read('docs', 'operations.md'))?.[1] ?? ''
  const rows = [...readiness.matchAll(/^\| `([a-z-]+)` \| (\d+) \|/gm)].map(
    ([, word, status]) => `${word} ${status}`,
  )
  t.same(
    rows,
    allReadinessWords.map((word) => `${word} ${readinessWords[word].serves ? 200 : 503}`),
  )
  const index = read('docs', 'runbooks', 'README.md')
  for (const word of allReadinessWords) t.match(index, `\`${word}\``)
  const alerts = read('dashboards', 'alerts.yaml')
  const named = [...alerts.matchAll(/- alert: (\w+)/g)].map(([, name]) => name ?? '')
  t.ok(named.length >= 15)
  for (const name of named) t.match(index, name)
  for (const [, runbook = ''] of alerts.matchAll(/runbook: (\S+)/g))
    t.ok(existsSync(join(packageRoot(), runbook)), runbook)
  const books = readdirSync(join(packageRoot(), 'docs', 'runbooks')).filter((file) => file !== 'README.md')
  t.ok(books.length >= 10)
  for (const book of books) {
    t.match(index, `(${book})`)
    const text = read('docs', 'runbooks', book)
    for (const part of ['## Seen as', '## First five minutes', '## Causes', '## Never', '## Afterwards'])
      t.match(text, part, `${book}: ${part}`)
    for (const [, link = ''] of text.matchAll(/\]\(([^)#]+)/g))
      t.ok(
        /^https:/.test(link) || existsSync(join(packageRoot(), 'docs', 'runbooks', link)),
        `${book}: ${link}`,
      )
  }
})

t.test('a dashboard that Grafana takes', async (t) => {
  const dashboard = JSON.parse(readFileSync(join(packageRoot(), 'dashboards', 'grafana.json'), 'utf8')) as {
    uid: string
    schemaVersion: number
    panels: {
      id: number
      type: string
      title: string
      gridPos: { x: number; w: number }
      targets?: { expr: string; refId: string }[]
    }[]
  }
  t.match(dashboard, { uid: /^[a-z-]{1,40}$/, schemaVersion: 39 })
  const { panels } = dashboard
  t.equal(new Set(panels.map(({ id }) => id)).size, panels.length, 'ids are unique')
  for (const { type, title, gridPos, targets = [] } of panels) {
    t.ok(['row', 'stat', 'timeseries'].includes(type) && title !== '' && gridPos.x + gridPos.w <= 24, title)
    t.ok(type === 'row' || targets.length > 0, `${title} asks for something`)
    for (const { expr } of targets) {
      const depth = [...expr].reduce((sum, c) => sum + (c === '(' ? 1 : c === ')' ? -1 : 0), 0)
      t.equal(depth, 0, expr)
    }
  }
  const rows = panels.filter(({ type }) => type === 'row').map(({ title }) => title)
  t.same(rows, [
    'Is it well?',
    'Traffic',
    'Latency',
    'Decisions',
    'Database',
    'Traces',
    'Outboxes and jobs',
    'Process',
  ])
})

t.test('settings: off by default, and nonsense stops the start', async (t) => {
  const of = (environment: Record<string, string>) => readConfig(environment).observability
  t.same(of({}), { slowQueryMs: 1_000, otlp: undefined })
  const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector.test:4318/' }
  t.same(
    of({ ...endpoint, OTEL_EXPORTER_OTLP_HEADERS: 'a=1, b=two%20words', OTEL_TRACES_SAMPLER_ARG: '0.25' })
      .otlp,
    {
      url: 'http://collector.test:4318/v1/traces',
      headers: { a: '1', b: 'two words' },
      serviceName: 'dmp-fhir-server',
      ratio: 0.25,
    },
  )
  for (const wrong of [
    { DMP_SLOW_QUERY_MS: '-1' },
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' },
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://user:hunter2@collector.test' },
    { ...endpoint, OTEL_EXPORTER_OTLP_HEADERS: 'hunter2' },
    { ...endpoint, OTEL_EXPORTER_OTLP_HEADERS: 'a=%zzhunter2' },
    { ...endpoint, OTEL_TRACES_SAMPLER_ARG: '2' },
  ])
    t.throws(() => of(wrong), { name: 'ConfigError', message: /^(?!.*hunter2)(?:DMP_SLOW|OTEL_)/ })
})

t.test('what a client calls its request is told only when it names nobody', async (t) => {
  const trace = `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01`
  t.same(traceParentOf(trace), { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', parentId: '00f067aa0ba902b7' })
  for (const none of [
    undefined,
    '',
    trace.toUpperCase(),
    `${trace}-more`,
    trace.replace(/^00/, 'ff'),
    trace.replace(/-4bf92f3577b34da6a3ce929d0e0e4736-/, `-${'0'.repeat(32)}-`),
    trace.replace(/-4bf92f3577b34da6a3ce929d0e0e4736-/, `-00000000000000000${'255069923100174'}-`),
    [trace],
  ])
    t.equal(traceParentOf(none), undefined)
  t.ok(traceParentOf(`${trace.replace(/^00/, '01')}-more`), 'a version to come may say more')
  t.equal(requestId('request-0001'), 'request-0001')
  for (const ins of [matricule(1).value, `x-${matricule(2).value}`, '2-55-06-99-231-001-74'])
    t.match(requestId(ins), /^[0-9a-f-]{36}$/)
  const digits = fc.stringMatching(/^[1-8]\d{14}$/)
  fc.assert(
    fc.property(digits, (ins) => !requestId(`demo.${ins}`).includes(ins)),
    { numRuns: 200 },
  )
})

t.test('messages that cite values are told without them', async (t) => {
  const pgError = Object.assign(new Error('invalid input syntax for type date: "255069923100174 DUPONT"'), {
    code: '22007',
  })
  t.equal(loggedError(pgError).message, 'invalid input syntax for type date: "…"')
  t.notMatch(JSON.stringify(loggedError(pgError)), /DUPONT|255069923100174/)
  const parsed = (() => {
    try {
      return JSON.parse('{"family": DUPONT}')
    } catch (error) {
      return loggedError(error)
    }
  })()
  t.notMatch(JSON.stringify(parsed), /DUPONT|family/)
  t.notMatch(JSON.stringify(loggedError(new Error('no such record: 2 55 06 99 231 001 74'))), /231/)
})

t.test('statements have one name everywhere, and the few words of it are true', async (t) => {
  const names = [
    [sql`select d.id from document d where d.id = ${1}::uuid`, 'select document'],
    [
      sql`with seen as materialized (select d.id from document d) select l.id from document_list l, seen s`,
      'select document_list',
    ],
    [sql`select r.x, exists (select from patient_identifier h) as held from record r`, 'select record'],
    [
      sql`insert into audit (a) select * from unnest(${[]}::text[]) on conflict do update set a = 1`,
      'insert audit',
    ],
    [
      sql`with before as (insert into resource_version (a) select 1) update document d set version = 1`,
      'insert resource_version',
    ],
    [sql`select r.a from record r for no key update of r`, 'select record'],
    [sql`select pg_try_advisory_xact_lock(${1}::bigint)`, 'select'],
  ] as const
  for (const [statement, expected] of names)
    t.match(statementName(statement), new RegExp(`^${expected} [0-9a-f]{6}$`))
  const of = (id: number) => statementName(sql`select d.id from document d where d.id = ${id}::uuid`)
  t.equal(of(1), of(2), 'whatever its values')
})

t.test('a slow statement is told once a minute, its plan once an hour, and one at a time', async (t) => {
  let now = 0
  const lines: SlowQueryLine[] = []
  const plans: string[] = []
  const faults: unknown[] = []
  const planned: ((plan: string[]) => void)[] = []
  const { answered } = slowQueries({
    fromMs: 100,
    tell: (line) => lines.push(line),
    tellPlan: (name) => plans.push(name),
    plan: () => new Promise((resolve) => planned.push(resolve)),
    onFault: (error) => faults.push(error),
    elapsed: () => now,
  })
  const one = sql`select d.id from document d -- why
    where d.id = ${'a secret'}::uuid`
  const two = sql`select r.id from record r`
  const slow = (statement: typeof one, milliseconds = 150) =>
    answered({ statement, way: 'shared', planning: 'generic', milliseconds, rows: 1 })
  const finish = async (): Promise<void> => {
    for (const done of planned.splice(0)) done(['Index Scan'])
    await new Promise(setImmediate)
  }
  slow(one, 99)
  t.same(lines, [])
  for (let n = 0; n < 50; n++) slow(one)
  slow(two)
  t.equal(lines.length, 2)
  t.equal(lines[0]?.text, 'select d.id from document d where d.id = $1::uuid')
  t.equal(planned.length, 1, 'the second waits: it is asked for when it is slow again')
  await finish()
  now += 60_000
  slow(one)
  slow(two)
  t.equal(lines[2]?.more, 49)
  t.equal(planned.length, 1)
  await finish()
  t.same(plans, [statementName(one), statementName(two)])
  for (; now < 3_600_000; now += 60_000) slow(one)
  await finish()
  t.equal(plans.length, 2, 'not within the hour')
  now += 60_000
  slow(one)
  await finish()
  t.equal(plans.length, 3)
  t.notMatch(JSON.stringify(lines), /a secret/)
  t.same(faults, [])
})

t.test(
  'what is measured: few series for whatever comes, failures told, and a database that is silent',
  async (t) => {
    const registry = new Registry()
    const observe = requestMetrics(registry)
    const request = {
      method: 'GET',
      route: '/fhir/Binary/:id',
      interaction: 'retrieve-document',
      status: 200,
      milliseconds: 4,
      bytes: 10,
      received: undefined,
      caller: 'PS',
      mode: 'normal',
      error: undefined,
      parent: undefined,
    }
    for (let n = 0; n < 5_000; n++) observe({ ...request, rules: [`X${n}`] })
    observe({ ...request, status: 403, error: 'autorisation-absente', rules: ['A1'] })
    const text = await registry.metrics()
    t.match(text, /^dmp_requests_total\{interaction="retrieve-document",status="200"\} 5000$/m)
    t.match(text, /^dmp_decisions_total\{rule="other",mode="normal",outcome="done"\} 3000$/m)
    t.match(text, /^dmp_refusals_total\{error="autorisation-absente"\} 1$/m)
    t.equal((await registry.metrics()).length, text.length, 'reading changes nothing')

    const faults: unknown[] = []
    let cleared = 0
    const read = whenAsked(
      () => Promise.reject(new Error('gone')),
      () => cleared++,
      (error) => faults.push(error),
    )
    await read()
    t.same([faults.length, cleared], [1, 1])

    const told: string[] = []
    const store = watchedStore(
      {
        put: async () => undefined,
        remove: async () =>
          Promise.reject(
            new FhirError('transient', [{ severity: 'error', type: 'transient', error: 'indisponible' }]),
          ),
        async *get() {
          yield Buffer.from('a')
          yield Buffer.from('b')
        },
      },
      (operation, _, isDone) => told.push(`${operation} ${isDone}`),
      undefined,
    )
    await store.put('x', { length: 0, async *chunks() {} })
    await t.rejects(store.remove('x'))
    const pieces: string[] = []
    for await (const piece of store.get('x', 0, 2)) pieces.push(String(piece))
    t.same(pieces, ['a', 'b'])
    t.same(told, ['put true', 'remove false', 'get true'])
  },
)

t.test('upkeep, certificates and plans, on a real database', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'dmp-upkeep-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const { keyPem, pem } = testCertificate('dmp.test')
  writeFileSync(join(folder, 'key.pem'), keyPem)
  writeFileSync(join(folder, 'cert.pem'), pem)
  await using app = await testApp({
    DMP_ADMIN_PORT: '0',
    DMP_TLS_KEY: join(folder, 'key.pem'),
    DMP_TLS_CERT: join(folder, 'cert.pem'),
    DMP_SLOW_QUERY_MS: '0',
  })
  t.match(await app.metrics(), /^dmp_certificate_days_left (?:30|29\.9\d*)$/m)

  const registry = new Registry()
  const faults: unknown[] = []
  const { db } = app.engine
  // A replica that is none: it answers as a primary does.
  const reads = { ...db.reads, load: () => ({ answered: 0, behind: 0, failed: 0 }), unchanging: db }
  upkeepMetrics(registry, { ...db, reads }, app.now, (error) => faults.push(error))
  const text = await registry.metrics()
  t.same(faults, [])
  for (const line of [
    'dmp_outbox_depth{outbox="notices"} 0',
    'dmp_outbox_oldest_seconds{outbox="notifications"} 0',
    'dmp_audit_partitions_ahead 3',
    'dmp_replica_there 0',
  ])
    t.ok(text.split('\n').includes(line), line)
  app.advance(62 * DAY)
  t.match(
    await registry.metrics(),
    /^dmp_audit_partitions_ahead 1$/m,
    'months go by, and nobody makes new ones',
  )

  const patient = matricule(3)
  const plan = await genericPlan(
    app.connection,
    sql`select p.patient_key from patient_identifier p where p.system = ${patient.system}::text and p.value = ${patient.value}::text`,
    'generic',
  )
  t.match(plan.join('\n'), /Index .*Scan using patient_identifier_pkey[\s\S]*\(value = \$2\)/)
  t.notMatch(plan.join('\n'), patient.value)
  await t.rejects(genericPlan(app.connection, sql`select 1 from no_such_table`, 'custom'), /does not exist/)
  const writes = sql`insert into patient_identifier (system, value, patient_key, since) values (${'s'}::text, ${'v'}::text, ${app.engine.newId(0)}::uuid, now())`
  t.match((await genericPlan(app.connection, writes, 'generic')).join('\n'), /^Insert on patient_identifier/)
  const [row] = await app.query<{ count: number }>(
    `select count(*)::integer as count from patient_identifier`,
  )
  t.equal(row?.count, 0, 'a plan writes nothing')
  t.equal(
    (
      await app
        .as(gp)
        .get('/metadata')
        .catch(() => ({ status: 0 }))
    ).status,
    0,
    'TLS it is',
  )
})
