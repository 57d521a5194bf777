/**
 * `dmp doctor`: of a sound installation it finds nothing wrong, and of each real fault what it is, by a code, with what to do in
 * French and in English; no secret is ever told. The database of tests is one that loses what it says it has written
 * (fsync = off): that it finds too, always.
 */
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { assetPath } from '../../src/asset-path.ts'
import { commandLine } from '../../src/cli/command-line.ts'
import type { Check } from '../../src/cli/doctor/check.ts'
import { database } from '../../src/cli/doctor/checks/database.ts'
import { judgeFiles, judgeMemory, judgeNode } from '../../src/cli/doctor/checks/machine.ts'
import { judgeDates } from '../../src/cli/doctor/checks/matrices.ts'
import { checks } from '../../src/cli/doctor/checks.ts'
import { examine } from '../../src/cli/doctor/examine.ts'
import { ok } from '../../src/cli/doctor/finding.ts'
import { judgeClock, judgeServer } from '../../src/cli/doctor/judge-server.ts'
import { readSettings } from '../../src/cli/doctor/read-settings.ts'
import { installationOf } from '../../src/cli/doctor.ts'
import { readConfig } from '../../src/config/config.ts'
import { publicSealKey, thumbprint } from '../../src/seal/seal-key.ts'
import type { OwnerConnection } from '../../src/storage/connection/owner-connection.ts'
import { createAuditPartitions } from '../../src/storage/traces/audit-partitions.ts'
import { derivedSealKey } from '../../src/wiring/derived-seal-key.ts'
import { testApp } from '../support/app.ts'
import { testCertificate, type Valid } from '../support/certificates.ts'
import { mailServer } from '../support/mail-server.ts'
import { matricule } from '../support/personas.ts'
import { openTestRecord } from '../support/record.ts'
import { s3Store } from '../support/s3-store.ts'

type Environment = Readonly<Record<string, string>>
type Finding = {
  readonly check: string
  readonly code: string
  readonly verdict: string
  readonly fr: string
  readonly en: string
  readonly todo?: { readonly fr: string; readonly en: string }
}
type Report = {
  readonly code: number
  readonly findings: readonly Finding[]
  /** Codes of warnings and faults, without those of the tests' own PostgreSQL. */
  readonly wrong: readonly string[]
  readonly text: string
}

const ofTestPostgres: ReadonlySet<string> = new Set(['database-not-durable', 'database-autovacuum'])

async function doctor(env: Environment, ...only: readonly string[]): Promise<Report> {
  const out: string[] = []
  const args = ['doctor', '--json', ...only.flatMap((name) => ['--only', name])]
  const code = await commandLine(args, {
    out: (text) => void out.push(text),
    err: (text) => t.fail(text),
    env,
  })
  const text = out.join('\n')
  const { findings } = JSON.parse(text) as { findings: readonly Finding[] }
  const wrong = findings
    .filter(({ verdict, code: of }) => verdict !== 'ok' && verdict !== 'unseen' && !ofTestPostgres.has(of))
    .map(({ code: of }) => of)
  return { code, findings, wrong, text }
}

/** What every warning and fault must be: told and answered in both languages. */
function checkTold(t: Test, { findings }: Report): void {
  for (const { code, verdict, fr, en, todo } of findings) {
    t.ok(fr !== '' && en !== '' && fr !== en, `${code} is told in both languages`)
    t.equal(todo !== undefined, verdict === 'warning' || verdict === 'fault', `${code} says what to do`)
  }
}

function folder(t: Test): string {
  const path = mkdtempSync(join(tmpdir(), 'dmp-doctor-'))
  t.teardown(() => rmSync(path, { recursive: true, force: true }))
  return path
}

type IssuerState = { date: number; keys: string; named: string | undefined; status: number }

/** An issuer that publishes what it is told to, at whatever time. */
async function issuer(t: Test): Promise<{ readonly url: string; readonly state: IssuerState }> {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const keys = JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: '1' }] })
  const state: IssuerState = { date: 0, keys, named: undefined, status: 200 }
  const server = createServer((request, response) => {
    response.setHeader('Date', new Date(Date.now() + state.date).toUTCString())
    response.statusCode = state.status
    if (request.url?.endsWith('/jwks')) return void response.end(state.keys)
    if (state.named === undefined) response.statusCode = 404
    response.end(JSON.stringify({ issuer: state.named, jwks_uri: `${url}/jwks` }))
  })
  const url = `http://127.0.0.1:${await listen(t, server)}`
  return { url, state }
}

function listen(t: Test, server: Server): Promise<number> {
  t.teardown(() => void server.close())
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve(typeof address === 'object' && address ? address.port : 0)
    })
  })
}

const newKey = (): string => randomBytes(36).toString('base64')
const newSealKey = (): string =>
  generateKeyPairSync('ec', { namedCurve: 'P-256' })
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString()

t.test('an installation on a real database', async (t) => {
  const keys = { DMP_MASTER_KEY: newKey(), DMP_SEAL_KEY: newSealKey() }
  await using app = await testApp(keys)
  await using store = await s3Store()
  await using mail = await mailServer({ login: { user: 'dmp', pass: 'mail-secret' } })
  const hub = await listen(
    t,
    createServer((_, response) => void response.end()),
  )
  const trusted = await issuer(t)
  const record = await openTestRecord(app, matricule(1))
  await record.push()
  await record.push()
  const { host = '', port = 0, user = '', password = '', database: name = '' } = app.connection
  const urlWith = (secret = password, of = name): string =>
    `postgres://${user}:${encodeURIComponent(secret)}@${encodeURIComponent(host)}:${port}/${of}`
  const sound: Environment = {
    ...keys,
    ...store.environment,
    DATABASE_URL: urlWith(),
    DMP_DATA_DIR: folder(t),
    DMP_ISSUERS: JSON.stringify([{ issuer: trusted.url, jwksUri: `${trusted.url}/jwks` }]),
    DMP_AUDIENCE: 'https://dmp.test/fhir',
    DMP_NOTICE_SMTP_URL: `smtp://dmp:mail-secret@127.0.0.1:${mail.port}`,
    DMP_NOTICE_FROM: 'notices@example.fr',
    DMP_NOTICE_WEBHOOK: `http://127.0.0.1:${hub}/hub`,
    DMP_NOTICE_WEBHOOK_SECRET: newKey(),
    PORT: new URL(app.base).port,
    PATH: process.env.PATH ?? '',
  }

  await t.test('sound: nothing is wrong, everything was looked at, no secret is told', async (t) => {
    const report = await doctor(sound)
    t.same(report.wrong, [], report.text)
    checkTold(t, report)
    const seen = report.findings.filter(({ verdict }) => verdict === 'ok').map(({ code }) => code)
    for (const code of [
      ...['settings-read', 'machine-fits', 'database-answers', 'database-clock', 'migrations-complete'],
      ...['rights-exact', 'partitions-ahead', 'traces-signed', 'keys-read', 'keys-open', 'issuer-answers'],
      ...['matrix-in-force', 'store-works', 'mail-answers', 'hub-answers', 'server-ready'],
    ])
      t.ok(seen.includes(code), code)
    t.same(
      new Set(report.findings.map(({ check }) => check)),
      new Set(checks.map(({ name }) => name)),
      'each check has its say',
    )
    t.same([...store.objects().keys()], [], 'the object of the look is removed')
    for (const secret of [
      ...Object.values(keys),
      password,
      'mail-secret',
      encodeURIComponent(keys.DMP_MASTER_KEY),
    ])
      t.notOk(secret !== '' && report.text.includes(secret))
    t.equal(report.code, 1, 'for PostgreSQL of the tests is not durable')
    t.equal((await doctor(sound, 'keys', 'matrices')).code, 0)
  })

  await t.test('a database that is not to be reached, and what is behind it is not guessed at', async (t) => {
    const cases = [
      [{ DATABASE_URL: urlWith('wrong') }, /password is refused/],
      [{ DATABASE_URL: urlWith(password, 'nowhere') }, /does not exist/],
      [{ DATABASE_URL: 'postgres://nobody@127.0.0.1:1/x' }, /ECONNREFUSED/],
      [{ DATABASE_URL: 'postgres://nobody@host.invalid/x' }, /host name is not known|EAI_AGAIN/],
    ] as const
    for (const [changed, says] of cases) {
      const report = await doctor({ ...sound, ...changed }, 'migrations', 'rights', 'matrices')
      t.same(report.wrong, ['database-unreachable'])
      t.match(report.findings.find(({ code }) => code === 'database-unreachable')?.en, says)
      t.equal(report.findings.filter(({ code }) => code === 'database-unseen').length, 2)
      t.ok(
        report.findings.some(({ code }) => code === 'matrix-in-force'),
        'the others go on',
      )
      checkTold(t, report)
    }
  })

  await t.test('faults of a database, each found and named', async (t) => {
    const next = new Date(Date.UTC(new Date().getUTCFullYear(), new Date().getUTCMonth() + 1, 1))
    const month = `audit_${next.toISOString().slice(0, 7).replace('-', '_')}`
    const last = `select number from schema_migration order by number desc limit 1`
    const foreign = thumbprint(publicSealKey(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey))
    const cases: readonly (readonly [string, string, string, string | undefined])[] = [
      ['migrations', `delete from schema_migration where number = (${last})`, 'migration-missing', undefined],
      [
        'migrations',
        `update schema_migration set checksum = 'other' where number = 7`,
        'migration-altered',
        '0007_seal.sql',
      ],
      [
        'migrations',
        `insert into schema_migration values (9999, '9999_later.sql', 'x', now())`,
        'migrations-newer',
        '9999_later.sql',
      ],
      ['migrations', 'create sequence not_ours', 'schema-foreign', 'sequence not_ours'],
      ['migrations', `insert into server_profile (profile) values ('fhir')`, 'profile-other', 'profile fhir'],
      ['rights', 'grant update on audit to dmp_server', 'traces-can-be-rewritten', 'update on audit'],
      ['rights', 'revoke insert on document from dmp_server', 'right-missing', 'insert on document'],
      ['rights', 'grant create on schema public to dmp_server', 'role-too-powerful', undefined],
      ['partitions', `drop table ${month}`, 'partition-missing', month],
      [
        'chain',
        `update audit_checkpoint set jws = overlay(jws placing 'AAAA' from length(jws) - 20)`,
        'checkpoint-not-genuine',
        undefined,
      ],
      [
        'stored-keys',
        `update record_key set wrapped = overlay(wrapped placing '\\x0000' from 20)`,
        'record-key-damaged',
        undefined,
      ],
      [
        'stored-keys',
        `insert into seal_key (kid, attestation, jwk, since) values ('${foreign}', 'nobody', '{}', now())`,
        'seal-key-foreign',
        undefined,
      ],
    ]
    for (const [check, statement, code, names] of cases) {
      t.same((await doctor(sound, check)).wrong, [], `${check} is sound before`)
      const undo = await spoilt(app.query, statement, { host, port, user, password, database: name })
      const report = await doctor(sound, check)
      t.ok(report.wrong.length > 0 && report.wrong.every((of) => of === code), `${code}: ${report.wrong}`)
      if (names !== undefined) t.match(report.text, names)
      checkTold(t, report)
      await undo()
    }
  })

  await t.test('keys that are not those of this database', async (t) => {
    const other = { ...sound, DMP_MASTER_KEY: newKey() }
    const report = await doctor(other)
    t.same(new Set(report.wrong), new Set(['master-key-other', 'checkpoint-not-genuine']))
    t.match(report.text, /sealed with [0-9a-f]{16}/)
    const changing = { ...other, DMP_MASTER_KEY_FORMER: keys.DMP_MASTER_KEY }
    t.same((await doctor(changing)).wrong, ['master-key-former-in-use'], 'both are known: a step is left')
    checkTold(t, report)
  })

  await t.test('what does not answer, or answers otherwise', async (t) => {
    const only = async (check: string, changed: Environment = {}): Promise<readonly string[]> => {
      const report = await doctor({ ...sound, ...changed }, check)
      checkTold(t, report)
      return report.wrong
    }
    store.fails = 'down'
    t.same(await only('content-store'), ['store-refuses'])
    store.fails = undefined
    const elsewhere = store.environment.DMP_CONTENT_STORE?.replace('//dmp/', '//none/') ?? ''
    t.same(await only('content-store', { DMP_CONTENT_STORE: elsewhere }), ['store-refuses'], 'no such bucket')

    const wrongLogin = `smtp://dmp:other@127.0.0.1:${mail.port}`
    t.same(await only('notices', { DMP_NOTICE_SMTP_URL: wrongLogin }), ['mail-login'])
    t.same(await only('notices', { DMP_NOTICE_SMTP_URL: 'smtp://127.0.0.1:1' }), ['mail-unreachable'])
    t.same(await only('notices', { DMP_NOTICE_WEBHOOK: 'http://127.0.0.1:1/hub' }), ['hub-unreachable'])
    t.same(await only('subscriptions', { DMP_SUBSCRIPTION_HOSTS: '127.0.0.1:1' }), ['receiver-unreachable'])

    const { state } = trusted
    state.date = -600_000
    t.same(await only('issuers'), ['issuer-clock'], 'ten minutes behind')
    state.date = 10_000
    t.same(await only('issuers'), ['issuer-clock'], 'ten seconds ahead: a warning')
    state.date = 0
    const { keys: good } = state
    state.keys = '{"keys":[{"kty":"oct","k":"AAAA"}]}'
    t.same(await only('issuers'), ['issuer-keys'], 'none that can be used')
    state.keys = good
    state.named = `${trusted.url}/`
    t.same(await only('issuers'), ['issuer-name'], 'a slash more')
    state.named = trusted.url
    t.same(await only('issuers'), [])
    const nobody = '[{"issuer":"http://127.0.0.1:1","jwksUri":"http://127.0.0.1:1/jwks"}]'
    t.same(await only('issuers', { DMP_ISSUERS: nobody }), ['issuer-unreachable'])
    const asked = JSON.stringify([
      {
        issuer: trusted.url,
        introspection: { endpoint: `${trusted.url}/jwks`, clientId: 'dmp', clientSecret: 'issuer-secret' },
      },
    ])
    t.same(await only('issuers', { DMP_ISSUERS: asked }), ['introspection-refuses'])

    const notOurs = await listen(
      t,
      createServer((_, response) => void response.end('something else')),
    )
    t.same(await only('ports', { PORT: String(notOurs) }), ['port-taken'])
    t.same(await only('ports', { HOST: '203.0.113.1' }), ['port-taken'], 'an address of another machine')
    t.same(await only('replica', { DATABASE_READ_URL: `${urlWith()}?application_name=x` }), [
      'replica-is-primary',
    ])
  })
})

type Query = Awaited<ReturnType<typeof testApp>>['query']

/** Does it, and gives what undoes it: the tables that a case changes are put back from a copy. */
async function spoilt(query: Query, statement: string, owner: OwnerConnection): Promise<() => Promise<void>> {
  const [, table] = /^(?:delete from|update|insert into) (\w+)/.exec(statement) ?? []
  if (table !== undefined) {
    await query(`create temporary table kept as table ${table}`)
    await query(statement)
    return async () => {
      await query(`delete from ${table}`)
      await query(`insert into ${table} table kept`)
      await query('drop table kept')
    }
  }
  await query(statement)
  const undone: Readonly<Record<string, string>> = {
    'create sequence not_ours': 'drop sequence not_ours',
    'grant update on audit to dmp_server': 'revoke update on audit from dmp_server',
    'revoke insert on document from dmp_server': 'grant insert on document to dmp_server',
    'grant create on schema public to dmp_server': 'revoke create on schema public from dmp_server',
  }
  const undo = undone[statement]
  return async () => {
    if (undo !== undefined) await query(undo)
    else await createAuditPartitions(owner, new Date())
  }
}

t.test('settings: all faults at once, and what nothing reads', async (t) => {
  const files = folder(t)
  const secret = newKey()
  const wrong = {
    NODE_ENV: 'production',
    PORT: '99999',
    DATABASE_URL: 'postgres://dmp:db-secret@127.0.0.1:1/dmp',
    DMP_WORKERS: 'many',
    DMP_MASTER_KEY: 'short-secret',
    DMP_SEAL_KEY: 'no key at all',
    DMP_INS_TEST: 'true',
    DMP_TLS_KEY: join(files, 'none.pem'),
    DMP_TLS_CERT: join(files, 'none.pem'),
    DMP_AUDIENCE: 'https://dmp.example/fhir',
    DMP_ISSUER: '[]',
    DMP_NOTICE_WEBHOOK_SECRET: secret,
    LOG_LEVEL: 'loud',
  }
  const report = await doctor(wrong)
  checkTold(t, report)
  const settings = report.findings.filter(({ check }) => check === 'settings')
  for (const name of [
    ...['PORT', 'DMP_WORKERS', 'DMP_MASTER_KEY', 'DMP_SEAL_KEY', 'DMP_INS_TEST', 'DMP_TLS_KEY', 'LOG_LEVEL'],
    ...['DMP_ISSUERS', 'DMP_PUBLIC_URL', 'DMP_NOTICE_WEBHOOK'],
  ])
    t.ok(
      settings.some(({ code, en }) => code === 'setting-refused' && en.includes(`: ${name}`)),
      name,
    )
  t.ok(
    settings.some(
      ({ code, en }) => code === 'setting-without-effect' && /DMP_ISSUER is set.*DMP_ISSUERS\?/.test(en),
    ),
    'a misspelt variable',
  )
  t.ok(report.findings.some(({ code, check }) => code === 'setting-faulty' && check === 'keys'))
  t.ok(
    report.findings.some(({ code }) => code === 'database-unreachable'),
    'what is right is looked at',
  )
  for (const told of ['db-secret', 'short-secret', 'no key at all', secret]) t.notMatch(report.text, told)
  t.equal(report.code, 1)
  t.same((await doctor({ NODE_ENV: 'staging' }, 'settings')).wrong, ['mode-not-production'])
  t.ok((await doctor({ NODE_ENV: 'prodution' }, 'settings')).wrong.includes('setting-refused'))
  t.same(readSettings({ DMP_ADMIN_TOKEN: secret }).read.has('DMP_ADMIN_TOKEN'), false, 'without its port')
})

t.test('keys: of the sandbox, weak, readable by all', async (t) => {
  const dataDir = folder(t)
  const production = (changed: Environment): Environment => ({
    NODE_ENV: 'production',
    DATABASE_URL: 'postgres://nobody@127.0.0.1:1/x',
    DMP_DATA_DIR: dataDir,
    DMP_PUBLIC_URL: 'https://dmp.example',
    DMP_AUDIENCE: 'https://dmp.example/fhir',
    DMP_ISSUERS: '[{"issuer":"https://issuer.example","jwksUri":"https://issuer.example/jwks"}]',
    DMP_MASTER_KEY: newKey(),
    DMP_SEAL_KEY: newSealKey(),
    DMP_TRUSTED_PROXY: '127.0.0.1',
    DMP_CLIENT_CERT_HEADER: 'Client-Cert',
    ...changed,
  })
  t.same((await doctor(production({}), 'settings', 'keys')).wrong, [])
  const weak = await doctor(production({ DMP_MASTER_KEY: 'a'.repeat(40) }), 'keys')
  t.same(weak.wrong, ['master-key-weak'])
  const ofSandbox = randomBytes(32).toString('hex')
  writeFileSync(join(dataDir, 'master-key'), `${ofSandbox}\n`, { mode: 0o600 })
  const seal = derivedSealKey(ofSandbox).export({ type: 'pkcs8', format: 'pem' }).toString()
  const sandbox = await doctor(production({ DMP_MASTER_KEY: ofSandbox, DMP_SEAL_KEY: seal }), 'keys')
  t.same(sandbox.wrong, ['master-key-of-sandbox', 'seal-key-of-sandbox'])
  checkTold(t, sandbox)
  const file = join(dataDir, 'key')
  writeFileSync(file, newKey())
  chmodSync(file, 0o644)
  t.same((await doctor(production({ DMP_MASTER_KEY: `file:${file}` }), 'keys')).wrong, ['secret-readable'])
  chmodSync(file, 0o640)
  t.same((await doctor(production({ DMP_MASTER_KEY: `file:${file}` }), 'keys')).wrong, [])
  const local = '[{"issuer":"https://127.0.0.1:1/sandbox/oidc","jwksUri":"https://127.0.0.1:1/jwks"}]'
  t.same((await doctor(production({ DMP_ISSUERS: local }), 'issuers')).wrong, [
    'issuer-of-sandbox',
    'issuer-unreachable',
  ])
  t.same((await doctor(production({}), 'notices', 'matrices')).wrong, ['matrix-old', 'notices-none'])
})

t.test('certificates: dates, name, chain', async (t) => {
  const files = folder(t)
  const authority = testCertificate('authority', undefined, { until: 400 })
  const look = async (
    valid: Valid,
    { url = 'https://localhost:8443', chain = [authority.pem], ca = authority.pem } = {},
  ): Promise<readonly string[]> => {
    const own = testCertificate('localhost', authority, valid)
    writeFileSync(join(files, 'key.pem'), own.keyPem, { mode: 0o600 })
    writeFileSync(join(files, 'cert.pem'), [own.pem, ...chain].join('\n'))
    writeFileSync(join(files, 'ca.pem'), ca)
    const report = await doctor(
      {
        DMP_TLS_KEY: join(files, 'key.pem'),
        DMP_TLS_CERT: join(files, 'cert.pem'),
        DMP_TLS_CLIENT_CA: join(files, 'ca.pem'),
        DMP_PUBLIC_URL: url,
      },
      'certificates',
    )
    checkTold(t, report)
    return report.wrong
  }
  t.same(await look({ until: 300 }), [])
  t.same(await look({ until: 20 }), ['certificate-expires-soon'])
  t.same(await look({ from: -20, until: -1 }), ['certificate-expired'])
  t.same(await look({ from: 2, until: 300 }), ['certificate-not-yet-valid'])
  t.same(await look({ until: 300 }, { url: 'https://dmp.example' }), ['certificate-name'])
  const another = testCertificate('another', undefined, { until: 400 })
  t.same(await look({ until: 300 }, { chain: [another.pem] }), ['certificate-chain'])
  t.same(await look({ until: 300 }, { chain: [] }), ['certificate-chain-open'])
  const old = testCertificate('clients', undefined, { from: -20, until: -2 })
  t.same(await look({ until: 300 }, { ca: old.pem }), ['certificate-expired'])
})

t.test('matrices: unreadable, far, none in force', async (t) => {
  const tables = folder(t)
  mkdirSync(join(tables, 'habilitation'))
  const ours = JSON.parse(readFileSync(assetPath('profiles', 'habilitation', '2023-10-26.json'), 'utf8'))
  const put = (day: string, table: object): void =>
    writeFileSync(join(tables, 'habilitation', `${day}.json`), JSON.stringify(table))
  const look = async (): Promise<readonly string[]> => {
    const report = await doctor({ DMP_TABLES_DIR: tables }, 'matrices')
    checkTold(t, report)
    return report.wrong
  }
  t.same(await look(), [])
  put('2099-01-01', { ...ours, validFrom: '2099-01-01', version: 'later' })
  t.same(await look(), ['matrix-far'])
  put('2099-01-01', { ...ours, validFrom: '2099-01-02' })
  t.same(await look(), ['matrix-unreadable'], 'another day than its name says')
  cpSync(
    assetPath('profiles', 'schemas', 'habilitation.json'),
    join(tables, 'habilitation', '2099-01-01.json'),
  )
  t.same(await look(), ['matrix-unreadable'])
  const known = [{ validFrom: '2026-12-01', version: 'new' }]
  const codes = (now: string) => judgeDates(known, Date.parse(now), true).map(({ code }) => code)
  t.same(codes('2026-11-22T12:00:00Z'), ['matrix-none'])
  t.same(codes('2026-11-30T23:30:00Z'), ['matrix-in-force'], 'by the day in France')
})

t.test('judgements of a server and of a machine', async (t) => {
  const facts = {
    version: 180004,
    encoding: 'UTF8',
    tls: true,
    remote: true,
    in_recovery: false,
    now: 0,
    fsync: 'on',
    synchronous_commit: 'on',
    full_page_writes: 'on',
    max_connections: 97,
    connections: 3,
    autovacuum: 'on',
    pg_trgm: true,
    login_is_superuser: false,
  }
  const judge = (changed: Partial<typeof facts>, production = true, workers = '2') => {
    const found = judgeServer(
      { ...facts, ...changed },
      { production, config: readConfig({ DMP_WORKERS: workers }) },
    )
    return found.filter(({ verdict }) => verdict !== 'ok').map(({ code, verdict }) => `${verdict} ${code}`)
  }
  t.same(judge({}), [])
  t.same(judge({ version: 140011 }), ['fault database-too-old'])
  t.same(judge({ encoding: 'LATIN1' }), ['fault database-encoding'])
  t.same(judge({ in_recovery: true }), ['fault database-read-only'])
  t.same(judge({ pg_trgm: false }), ['fault database-extension'])
  t.same(judge({ tls: false }), ['fault database-in-the-clear'])
  t.same(judge({ tls: false }, false), ['warning database-in-the-clear'])
  t.same(judge({ tls: false, remote: false }), [])
  t.same(judge({ login_is_superuser: true }), ['warning database-superuser'])
  t.same(judge({ synchronous_commit: 'off' }), ['fault database-not-durable'])
  t.same(judge({}, true, '5'), ['fault database-connections'])
  t.same(
    [0, 3_000, -3_000, 60_000].map((by) => judgeClock(by).verdict),
    ['ok', 'warning', 'warning', 'fault'],
  )
  t.same(judgeNode('20.18.3', '>=20.19').length, 1)
  t.same([judgeNode('20.19.0', '>=20.19'), judgeNode('22.0.0', '>=20.19')].flat(), [])
  t.same([judgeFiles(1_024, 4_096).length, judgeFiles(65_536, 4_096).length], [1, 0])
  const small = readConfig({ DMP_WORKERS: '8' })
  t.same([judgeMemory(2 ** 30, small).length, judgeMemory(2 ** 34, small).length], [1, 0])
})

t.test('a check that breaks or hangs hides no other, and an unknown one is not known', async (t) => {
  const made = (name: string, look: Check['look']): Check => ({ name, reliesOn: [], look })
  const all: readonly Check[] = [
    made('breaks', async () => {
      throw new Error('broken on purpose')
    }),
    made('hangs', () => new Promise(() => undefined)),
    made('works', async () => [ok('works', 'oui', 'yes')]),
  ]
  const found = await examine(installationOf({ DMP_DATA_DIR: folder(t) }), database, all, 50)
  t.same(
    found.map(({ check, code }) => `${check} ${code}`),
    ['breaks check-broken', 'hangs check-too-slow', 'works works'],
  )
  const err: string[] = []
  const io = { out: () => undefined, err: (text: string) => void err.push(text), env: {} }
  t.equal(await commandLine(['doctor', '--only', 'migration'], io), 64)
  t.match(err.join(), /did you mean migrations\?/)
})

t.test('told to a person, in the language of the locale', async (t) => {
  const told = async (args: readonly string[], env: Environment): Promise<string> => {
    const out: string[] = []
    const only = ['--only', 'settings', '--only', 'matrices']
    await commandLine(['doctor', ...only, ...args], { out: (text) => void out.push(text), err: t.fail, env })
    return out.join('\n')
  }
  const wrong = { PORT: 'none', LANG: 'fr_FR.UTF-8' }
  t.match(
    await told([], wrong),
    /^FAULT settings {2}le serveur ne démarrera pas : PORT is not a whole number/m,
  )
  t.match(await told(['--langue', 'en'], wrong), /^FAULT settings {2}the server will not start: PORT/m)
  t.match(await told([], wrong), /^ok {4}matrices {2}matrice 1 en vigueur depuis le 2023-10-26/m)
  t.match(
    await told(['--quiet'], wrong),
    /^FAULT [^\n]+\n +→ corriger[^\n]+\n1 points sains, 0 avertissement\(s\), 1 défaut\(s\)\.$/,
  )
})
