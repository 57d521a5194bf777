/**
 * A server that is watched in every way there is, while the whole demonstration, refusals and faults go through it: what it
 * tells is true, complete, and of nobody. One process for all of it, as its operators run it.
 * @see docs/operations.md "Logs", "Metrics", "OpenTelemetry", "Slow statements"; rule I4
 */
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import t from 'tap'
import { assetPath, packageRoot } from '../../src/asset-path.ts'
import { errorCatalogue } from '../../src/fhir/error-catalogue.ts'
import { allReadinessWords } from '../../src/interactions/readiness-words.ts'
import { testDatabase } from '../support/database.ts'
import { freePort } from '../support/free-port.ts'
import { otlpReceiver, type ReceivedSpan } from '../support/otlp-receiver.ts'
import { runDmp } from '../support/run-dmp.ts'
import { serverProcess } from '../support/server-process.ts'

t.setTimeout(180_000)

const SECRET = 'a-secret-of-the-collector'
const motive = 'Patiente inconsciente, traitement inconnu'
const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
const parentId = '00f067aa0ba902b7'

type Line = Readonly<Record<string, unknown>>

const masterKey = randomBytes(24).toString('base64')
const database = await testDatabase()
const collector = await otlpReceiver()
const adminPort = await freePort()
let log = ''
const server = await serverProcess(
  database,
  {
    LOG_LEVEL: 'trace',
    DMP_MASTER_KEY: masterKey,
    DMP_ADMIN_PORT: String(adminPort),
    DMP_SLOW_QUERY_MS: '1',
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
    OTEL_EXPORTER_OTLP_HEADERS: `authorization=${SECRET}`,
    OTEL_SERVICE_NAME: 'dmp-of-the-test',
  },
  (text) => {
    log += text
  },
)
const owner = new pg.Client(database.owner)
t.teardown(async () => {
  await owner.end()
  await server[Symbol.asyncDispose]()
  await collector[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})
await owner.connect()
await server.start()

const matricule = '255069923100174'
const told = await drive()
const commands = await tryCommands()
const scrape = await (await fetch(`http://127.0.0.1:${adminPort}/metrics`)).text()
const secrets = await personal()
await server.stop()
const lines = log
  .split('\n')
  .filter((line) => line.startsWith('{'))
  .map((line): Line => JSON.parse(line))
const requests = lines.filter(({ msg }) => msg === 'request')

/** The demonstration, and what a careless or hostile client may do. @returns what it said */
async function drive(): Promise<string> {
  const { code, out, err } = await runDmp(['demo'], { PATH: process.env.PATH, DMP_URL: server.base })
  if (code !== 0) throw new Error(`the demonstration does not hold: ${out.slice(-2000)}${err}`)
  const issued = await fetch(`${server.base.replace(/fhir$/, 'sandbox/oidc/token')}`, { method: 'POST' })
  await issued.arrayBuffer()
  const headers = {
    authorization: `Bearer eyJhbGciOiJSUzI1NiJ9.${Buffer.from(`{"ins":"${matricule}"}`).toString('base64url')}.c2lnbmF0dXJl`,
    'x-request-id': matricule,
    'x-correlation-id': matricule,
    traceparent: `00-${traceId}-${parentId}-01`,
    'dmp-mode-acces': 'bris_de_glace',
    'dmp-motif': encodeURIComponent(motive),
    'user-agent': `software of ${matricule}`,
  }
  const ask = async (path: string, init: RequestInit = {}): Promise<void> => {
    const answer = await fetch(`${server.base}${path}`, { headers, ...init })
    await answer.arrayBuffer()
  }
  await ask(`/DocumentReference?patient.identifier=urn:oid:1.2.250.1.213.1.4.10%7C${matricule}`)
  await ask(`/Patient/${matricule}`)
  await ask(`/${matricule}/nothing?name=Desmarais`)
  await ask('/DocumentReference/%zz')
  await ask('', {
    method: 'POST',
    body: `{"ins": "${matricule}", `,
    headers: { ...headers, 'content-type': 'application/fhir+json' },
  })
  // Nothing can be traced, hence nothing is shown: 503, and its cause is in the log.
  await owner.query('revoke insert on audit from dmp_server')
  await ask('/Patient/1')
  await owner.query('grant insert on audit to dmp_server')
  await ask('/metadata', { headers: { traceparent: `00-${'0'.repeat(17)}${matricule}-${parentId}-01` } })
  return out
}

type Tried = {
  readonly runbook: string
  readonly command: string
  readonly code: number | string
  readonly said: string
}

/** Every block of the runbooks, each line once, as somebody on call types it. Where a program is not there, it says so. */
async function tryCommands(): Promise<Tried[]> {
  const folder = mkdtempSync(join(tmpdir(), 'dmp-runbooks-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, 'server.log'), log)
  const { host, port, user, password, database: name } = database.owner
  const url = `postgres://${user}:${encodeURIComponent(password)}@${encodeURIComponent(host)}:${port}/${name}`
  const { PATH } = process.env
  const env = { PATH, HOME: folder, DATABASE_URL: url, DMP_MASTER_KEY: masterKey, DMP_DATA_DIR: folder }
  const shell = (command: string): Promise<Tried> =>
    new Promise((resolve) => {
      const script = `dmp() { '${process.execPath}' '${assetPath('cli.js')}' "$@"; }; ${command}`
      execFile('sh', ['-c', script], { cwd: folder, env }, (error, out, err) =>
        resolve({ runbook: '', command, code: error?.code ?? 0, said: `${out}${err}`.slice(-2_000) }),
      )
    })
  const query = async (command: string): Promise<Tried> => {
    try {
      const { rows } = await owner.query(command)
      return { runbook: '', command, code: 0, said: JSON.stringify(rows) }
    } catch (error) {
      return { runbook: '', command, code: 1, said: String(error) }
    }
  }
  const done = new Map<string, Tried>()
  for (const { runbook, language, text } of blocks())
    for (const command of language === 'sql' ? [text] : text.trim().split('\n')) {
      if (done.has(command)) continue
      const here = command
        .replaceAll('http://127.0.0.1:8080', server.base.replace('/fhir', ''))
        .replaceAll('127.0.0.1:9464', `127.0.0.1:${adminPort}`)
      done.set(command, { ...(await (language === 'sql' ? query(here) : shell(here))), runbook, command })
    }
  return [...done.values()]
}

function blocks(): { runbook: string; language: string; text: string }[] {
  const folder = join(packageRoot(), 'docs', 'runbooks')
  return readdirSync(folder).flatMap((runbook) =>
    [...readFileSync(join(folder, runbook), 'utf8').matchAll(/^```(sh|sql)\n([\s\S]*?)^```/gm)].map(
      ([, language = '', text = '']) => ({ runbook, language, text }),
    ),
  )
}

/** What must stand in nothing that the server tells: read from the database once all is done. */
async function personal(): Promise<string[]> {
  const of = async (query: string): Promise<string[]> =>
    (await owner.query<{ value: string | null }>(query)).rows.map(({ value }) => value ?? '')
  const found = [
    ...(await of('select value from patient_identifier')),
    ...(await of(`select distinct motive as value from audit where motive <> ''`)),
    ...(await of(`select distinct substr(person, 4) as value from audit where person like 'ps:%'`)),
    ...(await of(
      `select distinct substr(organization, 4) as value from audit where organization like 'st:%'`,
    )),
    ...(await of(`select distinct body::json ->> 'description' as value from document`)),
    ...(await of(
      `select jsonb_path_query(body::jsonb, '$.content[*].attachment.title') #>> '{}' as value from document`,
    )),
    ...(await of(
      `select jsonb_path_query(body::jsonb, '$.name[*].family') #>> '{}' as value from resource where type = 'Patient'`,
    )),
  ]
  return [...new Set(found.filter((value) => value.length >= 6))]
}

t.test('the story was whole, and there is something to be kept back', async (t) => {
  t.match(told, /every answer as told/)
  t.ok(secrets.length >= 8, `${secrets.length} personal values`)
  t.ok(requests.length > 40, `${requests.length} lines of requests`)
  t.ok(collector.spans.length > 200, `${collector.spans.length} spans`)
})

t.test('nobody is named in any line, metric or span', async (t) => {
  // Beside the log stands the greeting of the sandbox, with an example of a matricule of test.
  const everything = {
    log: lines.map((line) => JSON.stringify(line)).join('\n'),
    metrics: scrape,
    spans: collector.raw(),
  }
  const kept = [
    ...secrets,
    ...[
      matricule,
      motive,
      encodeURIComponent(motive),
      'Desmarais',
      'DESMARAIS',
      'software of',
      'eyJ',
      'Bearer ',
    ],
  ]
  for (const [where, text] of Object.entries(everything))
    for (const secret of kept) t.notOk(text.includes(secret), `${where} has no ${secret.slice(0, 3)}…`)
  t.notMatch(everything.log, /[?&](?:patient|identifier)/, 'no address')
  t.notMatch(log, SECRET)
  t.match(collector.raw(), `"authorization":"${SECRET}"`, 'which the collector is shown')
})

t.test('a line for each request, by its route', async (t) => {
  const fields = new Set(['level', 'time', 'pid', 'hostname', 'reqId', 'msg', ...documentedFields()])
  for (const line of requests)
    t.same(
      Object.keys(line).filter((name) => !fields.has(name)),
      [],
      'every field is documented',
    )
  const routes = new Set(requests.map(({ route }) => route))
  for (const route of ['/fhir/DocumentReference', '/fhir/Binary/:id', '/fhir/metadata', undefined])
    t.ok(routes.has(route), `${route}`)
  t.notOk(
    [...routes].some((route) => typeof route === 'string' && /\d{4}/.test(route)),
    'patterns alone',
  )
  const glass = requests.filter(({ mode, status }) => mode === 'bris_de_glace' && status === 200)
  t.ok(glass.length > 0)
  t.match(glass[0], { caller: 'PS', rules: /A8/, interaction: 'search-document-references' })
  t.match(
    requests.find(({ error }) => error === 'autorisation-absente'),
    { status: 403, caller: 'PS', rules: 'A1', bytes: Number, ms: Number },
  )
  const traced = requests.filter((line) => line.traceId === traceId)
  t.ok(traced.length >= 5)
  t.ok(traced.every((line) => line.parentId === parentId))
  t.equal(requests.filter(({ traceId: id }) => typeof id === 'string' && id.includes(matricule)).length, 0)
})

/** Of docs/operations.md "Logs". */
function documentedFields(): string[] {
  const text = readFileSync(join(packageRoot(), 'docs', 'operations.md'), 'utf8')
  const table = /\n## Logs\n([\s\S]*?)\n## /.exec(text)?.[1] ?? ''
  return [...table.matchAll(/`([a-zA-Z]+)`/g)].map(([, name]) => name ?? '')
}

t.test('slow statements: named, timed, with their plan, without a value', async (t) => {
  const slow = lines.filter(({ msg }) => msg === 'slow statement')
  t.ok(slow.length > 0, 'at a millisecond there are some')
  for (const line of slow) {
    t.match(line.statement, /^(?:select|insert|update|delete|statement)(?: [a-z_]+)? [0-9a-f]{6}$/)
    t.match(line, { level: 40, ms: Number, way: String, text: String })
  }
  t.ok(
    slow.some(({ askedBy }) => Array.isArray(askedBy) && askedBy.length > 0),
    'who asked is known',
  )
  const plans = lines.filter(({ msg }) => msg === 'plan of a slow statement')
  t.ok(plans.length > 0)
  t.ok(plans.every(({ plan }) => Array.isArray(plan) && plan.length > 0 && /cost=/.test(String(plan[0]))))
  t.same(
    lines.filter(({ msg }) => msg === 'no plan of a slow statement').map(({ err }) => err),
    [],
    'each can be explained',
  )
  const planned = plans.map(({ statement }) => statement)
  t.equal(new Set(planned).size, planned.length, 'once an hour')
})

t.test('spans: from the request to its statements, and to who asked', async (t) => {
  const { spans } = collector
  const child = (of: ReceivedSpan, name: RegExp): ReceivedSpan | undefined =>
    spans.find((span) => span.parentSpanId === of.spanId && name.test(span.name))
  const search = spans.find(
    ({ name, attributes }) =>
      name === 'GET /fhir/DocumentReference' && attributes['http.response.status_code'] === 200,
  )
  if (!search) return t.fail('no search')
  t.match(search.attributes, {
    'http.request.method': 'GET',
    'http.route': '/fhir/DocumentReference',
    'dmp.interaction': 'search-document-references',
    'dmp.caller': 'PS',
  })
  t.ok(search.events.includes('decide'))
  t.ok(child(search, /^authenticate$/), 'authenticate')
  t.match(child(search, /^select /)?.attributes, { 'db.system.name': 'postgresql' })
  t.ok(child(search, /^trace$/), 'its trace is committed within it')
  const retrieved = spans.find(({ name }) => name === 'GET /fhir/Binary/:id')
  t.ok(retrieved && child(retrieved, /^content open$/), 'the content of a document')
  const pushed = spans.filter(({ name }) => name === 'POST /fhir' || name === 'POST /fhir/')
  const transaction = pushed.map((span) => child(span, /^transaction$/)).find(Boolean)
  t.ok(transaction && child(transaction, /^(?:insert|select) /), 'statements of a transaction')
  const remote = spans.filter((span) => span.traceId === traceId)
  t.ok(
    remote.some((span) => span.parentSpanId === parentId),
    'the trace of who asked goes on',
  )
  t.match(collector.raw(), 'dmp-of-the-test')
})

t.test('every metric, label and value that a dashboard or alert asks for is there', async (t) => {
  const dashboard: Dashboard = JSON.parse(
    readFileSync(join(packageRoot(), 'dashboards', 'grafana.json'), 'utf8'),
  )
  const alerts = readFileSync(join(packageRoot(), 'dashboards', 'alerts.yaml'), 'utf8')
  const queries = [
    ...dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
    ...[...alerts.matchAll(/^ +expr: (.*)$/gm)].map(([, expr]) => expr ?? ''),
  ]
  t.ok(queries.length > 30, `${queries.length} queries`)
  // Only where there is a replica, or TLS of the server's own: test/observability/readiness.test.ts.
  const elsewhere = new Set([
    'dmp_replica_there',
    'dmp_replica_lag_seconds',
    'dmp_certificate_days_left',
    'up',
  ])
  const closed: Readonly<Record<string, readonly string[]>> = {
    error: Object.keys(errorCatalogue),
    reason: [...allReadinessWords, ...labelsOf('dmp_shed_total', 'reason')],
  }
  let seen = 0
  for (const query of queries)
    for (const [, name = '', selectors = ''] of query.matchAll(
      /\b((?:dmp|nodejs|process)_[a-z_]+|up)\b(?:\{([^}]*)\})?/g,
    )) {
      seen++
      const family = name.replace(/_(?:bucket|count|sum)$/, '')
      const isThere = scrape.includes(`# TYPE ${name} `) || scrape.includes(`# TYPE ${family} histogram`)
      t.ok(isThere || elsewhere.has(name), `${name} is told`)
      for (const [, label = '', value = ''] of selectors.matchAll(/([a-z_]+)=~?"([^"]*)"/g))
        for (const each of value.split('|')) {
          const known = closed[label]
          if (label === 'job' && /^(?:up|process)/.test(name)) continue
          if (known) t.ok(known.includes(each), `${name}: ${label}=${each}`)
          else if (!/[$.*[]/.test(each))
            t.ok(
              labelsOf(family, label).includes(each) || lateLabels.has(`${label}=${each}`),
              `${name}: ${label}=${each}`,
            )
        }
    }
  t.ok(seen > 40, `${seen} metrics in queries`)
})

/** Of what did not happen in this test. */
const lateLabels: ReadonlySet<string> = new Set([
  'outcome=failed',
  'class=5xx',
  'state=dead',
  'mode=centre_15',
  'rule=A9',
])

type Dashboard = {
  readonly panels: readonly { readonly targets?: readonly { readonly expr: string }[] }[]
}

function labelsOf(family: string, label: string): string[] {
  const samples = scrape.split('\n').filter((line) => line.startsWith(family))
  return samples.flatMap((line) =>
    [...line.matchAll(new RegExp(`[{,]${label}="([^"]*)"`, 'g'))].map(([, value]) => value ?? ''),
  )
}

t.test('every command of the runbooks does what it is there for', async (t) => {
  let ran = 0
  for (const { runbook, command, code, said } of commands) {
    const absent = code === 127 && /not found/.test(said)
    if (absent) t.comment(`not tried, the program is not there: ${command}`)
    // What the doctor finds is told by its code; wrong usage would be 64.
    else if (command === 'dmp doctor') t.ok(code === 0 || code === 1, `${runbook}: ${command}\n${said}`)
    else t.equal(code, 0, `${runbook}: ${command}\n${said}`)
    if (!absent) ran++
  }
  t.ok(ran > 25, `${ran} of ${commands.length} commands were run`)
})

t.test('few series, however much is asked', async (t) => {
  const samples = scrape.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  t.ok(samples.length < 3_000, `${samples.length} series after the demonstration`)
  t.match(scrape, /^dmp_decisions_total\{rule="A1",mode="normal",outcome="refused"\} \d+$/m)
  t.match(scrape, /^dmp_refusals_total\{error="professionnel-bloque"\} \d+$/m)
  t.match(scrape, /^dmp_trace_commit_seconds_count [1-9]\d*$/m)
  t.match(scrape, /^dmp_statement_duration_seconds_count\{way="gathered"\} [1-9]\d*$/m)
  t.match(scrape, /^dmp_job_rounds_total\{job="announce",outcome="done"\} 1$/m)
  t.match(scrape, /^dmp_audit_partitions_ahead 3$/m)
  t.match(scrape, /^dmp_readiness\{reason="database-unreachable"\} 0$/m)
})
