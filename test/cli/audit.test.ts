/**
 * `dmp audit`: it tells the sound from the altered and from what could not be verified, by its words and by its exit code; and
 * retention removes what is old and nothing else, so that a verification is green after it and a removal beside it is found.
 * @see docs/audit.md
 */
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import t from 'tap'
import type { ChainKeeper } from '../../src/audit/chain-keeper.ts'
import { Trace } from '../../src/audit/trace.ts'
import { databaseConfig } from '../../src/cli/command-config.ts'
import { commandLine } from '../../src/cli/command-line.ts'
import { readConfig } from '../../src/config/config.ts'
import { type Uuid, uuidV7 } from '../../src/fhir/id.ts'
import { readKeyRing } from '../../src/seal/key-ring.ts'
import { openDatabase } from '../../src/storage/database.ts'
import { createAuditPartitions } from '../../src/storage/traces/audit-partitions.ts'
import { insertTraces } from '../../src/storage/traces/insert-traces.ts'
import { openTraceChain, sealAttests } from '../../src/wiring/trace-chain.ts'
import { testDatabase } from '../support/database.ts'

const SECRET = 'a master key of this test, long enough'
const MONTHS = 6

type World = AsyncDisposable & {
  readonly owner: pg.Client
  readonly environment: Readonly<Record<string, string>>
  /** One row each, at these times, signed together. */
  readonly write: (...at: readonly Date[]) => Promise<void>
  /** The same, and no checkpoint yet. */
  readonly writeUnsigned: (...at: readonly Date[]) => Promise<void>
  /** Runs `dmp audit` with these words. */
  readonly audit: (...words: readonly string[]) => Promise<Ended>
  readonly closeChain: () => Promise<void>
  readonly keysFile: string
}
type Ended = { readonly code: number; readonly out: string; readonly err: string }

/** The middle of a month, so many before this one. */
function monthsAgo(months: number): Date {
  const now = new Date()
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - months, 15, 12))
}

async function world(): Promise<World> {
  const test = await testDatabase()
  const folder = mkdtempSync(join(tmpdir(), 'dmp-audit-'))
  for (const months of [MONTHS + 2, MONTHS - 2]) await createAuditPartitions(test.owner, monthsAgo(months))
  const { host, port, user, password, database } = test.owner
  const environment = {
    DATABASE_URL: `postgres://${user}:${encodeURIComponent(password)}@${encodeURIComponent(host)}:${port}/${database}`,
    DMP_MASTER_KEY: SECRET,
    DMP_DATA_DIR: folder,
    DMP_AUDIT_RETENTION: String(MONTHS),
  }
  const config = readConfig(environment)
  const fail = (error: unknown): void => {
    throw error
  }
  const db = openDatabase(test.server, fail)
  let now = monthsAgo(MONTHS + 2).getTime()
  const chain: ChainKeeper = await openTraceChain(config, test.server, db, () => now, fail)
  const owner = new pg.Client(test.owner)
  await owner.connect()
  const keysFile = join(folder, 'keys.json')
  writeFileSync(keysFile, (await readKeyRing(db, sealAttests(config))).jwks)
  let isOpen = true
  const closeChain = async (): Promise<void> => {
    if (isOpen) await chain.close()
    isOpen = false
  }
  const writeUnsigned = async (...at: readonly Date[]): Promise<void> =>
    insertTraces(
      db.apart,
      at.map((time) => rowAt(time.getTime(), chain)),
    )
  return {
    owner,
    environment,
    keysFile,
    closeChain,
    writeUnsigned,
    async write(...at) {
      await writeUnsigned(...at)
      now = at.at(-1)?.getTime() ?? now
      await chain.sign()
    },
    async audit(...words) {
      const out: string[] = []
      const err: string[] = []
      const code = await commandLine(['audit', ...words], {
        out: (text) => out.push(text),
        err: (text) => err.push(text),
        env: environment,
      })
      return { code, out: out.join('\n'), err: err.join('\n') }
    },
    async [Symbol.asyncDispose]() {
      await closeChain()
      await db.close()
      await owner.end()
      rmSync(folder, { recursive: true, force: true })
      await test[Symbol.asyncDispose]()
    },
  }
}

function rowAt(at: number, chain: ChainKeeper) {
  const id = uuidV7(at, randomBytes(10))
  const trace = new Trace({
    id,
    recorded: at,
    interaction: 'read-patient',
    requestId: id,
    network: '',
    chain,
  })
  trace.inRecord(uuidV7(at, randomBytes(10)) as Uuid, false)
  return trace.row(200, '')
}

t.test(
  'commands of operators run with the settings of servers in production, and ask for no more',
  async (t) => {
    await using w = await world()
    await w.write(monthsAgo(0))
    await w.closeChain()
    const run = async (words: readonly string[], env: Readonly<Record<string, string>>) => {
      const said: string[] = []
      const tell = (text: string): void => void said.push(text)
      return { code: await commandLine(words, { out: tell, err: tell, env }), said: said.join('\n') }
    }
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const sealKey = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    // What the image has, and the jobs of the chart: docs/operations.md "Container".
    const noKeys = { ...w.environment, DMP_MASTER_KEY: '', NODE_ENV: 'production', HOST: '0.0.0.0' }
    const keys = { DMP_MASTER_KEY: SECRET, DMP_SEAL_KEY: sealKey }
    const address = { DMP_PUBLIC_URL: 'https://dmp.test', DMP_AUDIENCE: 'https://dmp.test/fhir' }
    const issuers = { DMP_ISSUERS: '[{"issuer":"https://i.test","jwksUri":"https://i.test/jwks"}]' }
    for (const [line, needed] of [
      ['migrate', {}],
      ['notices', {}],
      ['indicators rebuild', {}],
      ['reindex', { DMP_PUBLIC_URL: 'https://dmp.test' }],
      ['audit verify', keys],
      ['audit purge', keys],
      ['key rotate', { DMP_MASTER_KEY: SECRET }],
      ['purge --apply', keys],
    ] as const) {
      const words = line.split(' ')
      const all = { ...noKeys, ...keys, ...address, ...issuers }
      t.match(await run(words, all), { code: 0 }, `${line}: all settings of a server`)
      t.match(await run(words, { ...noKeys, ...needed }), { code: 0 }, `${line}: what it needs`)
      for (const name of ['DATABASE_URL', ...Object.keys(needed)]) {
        const { code, said } = await run(words, { ...all, [name]: '' })
        t.ok([64, 78, 2].includes(code) && said.includes(name), `${line} without ${name}: ${code} ${said}`)
      }
    }
    const formerAlone = { ...w.environment, DMP_MASTER_KEY: '', DMP_MASTER_KEY_FORMER: SECRET }
    t.match(await run(['key', 'rotate'], formerAlone), { code: 78, said: /the one that takes over/ })
    t.equal(
      databaseConfig({}).dataDir,
      readConfig({}).dataDir,
      'beside `npm start`: where its PostgreSQL lies',
    )
  },
)

t.test('sound, altered, not verified: by words and by exit code', async (t) => {
  await using w = await world()
  const today = monthsAgo(0)
  for (let i = 0; i < 4; i++) await w.write(today, today, today)
  const sound = await w.audit('verify')
  t.equal(sound.code, 0, sound.err)
  t.match(sound.out, /^12 traces of 2 writers, under \d+ checkpoints/)
  t.match(sound.out, /\nSound\.$/)
  const json = JSON.parse((await w.audit('verify', '--json')).out)
  t.match(json, { sound: true, rows: 12, faults: [], unsigned: 0 })
  const byKeys = await w.audit('verify', '--public-keys', w.keysFile)
  t.match(byKeys, { code: 0, out: /by public keys/ })
  t.match(await w.audit('verify', '--since', '2100-01-01', '--json'), { code: 0, out: /"rows": 0/ })

  const { rows } = await w.owner.query<{ writer: number; id: string }>(
    'delete from audit where seq = 5 returning writer, id',
  )
  const [removed] = rows
  t.ok(removed, 'not vacuous')
  const altered = await w.audit('verify')
  t.equal(altered.code, 1)
  t.match(altered.out, new RegExp(`ALTERED\\. The first:\\n {2}removed: writer ${removed?.writer}, place 5`))
  t.match(JSON.parse((await w.audit('verify', '--json')).out), {
    sound: false,
    faults: [{ kind: 'removed', writer: removed?.writer, seq: 5 }],
  })
  t.match(await w.audit('verify', '--public-keys', w.keysFile), { code: 1, out: /ALTERED/ })
  t.match(await w.audit('verify', '--writer', '0'), { code: 0 }, 'of another writer')

  const io = { out: () => undefined, err: () => undefined }
  const elsewhere = async (change: Record<string, string>, ...words: string[]): Promise<number> =>
    commandLine(['audit', 'verify', ...words], { ...io, env: { ...w.environment, ...change } })
  t.equal(await elsewhere({ DATABASE_URL: 'postgres://127.0.0.1:1/none' }), 2, 'no database')
  t.equal(await elsewhere({ DMP_MASTER_KEY: 'another master key, as long as that one' }), 2, 'other secrets')
  t.equal(await elsewhere({}, '--public-keys', join(tmpdir(), 'nowhere.json')), 2, 'no keys')
  writeFileSync(w.keysFile, '{"keys":[]}')
  t.equal(await elsewhere({}, '--public-keys', w.keysFile), 2, 'a file without keys')
})

t.test('it teaches, and refuses what it does not know', async (t) => {
  const said: string[] = []
  const io = { out: (text: string) => said.push(text), err: (text: string) => said.push(text), env: {} }
  t.equal(await commandLine(['audit'], io), 64)
  t.match(said.pop(), /dmp audit verify && echo sound/)
  for (const help of [['--help'], ['verify', '--help'], ['purge', '-h']]) {
    t.equal(await commandLine(['audit', ...help], io), 0)
    t.match(said.pop(), /^usage: dmp audit/)
  }
  const wrong = [
    ['erase'],
    ['verify', 'all'],
    ['verify', '--since', 'yesterday'],
    ['verify', '--until', '2026-13-01'],
    ['verify', '--until', '2026-02-30'],
    ['verify', '--since', '2026-11-02', '--until', '2026-11-01'],
    ['verify', '--since', '2026-11-01', '--until', '2026-11-01'],
    ['verify', '--writer', '-1'],
    ['purge', '--apply'],
  ]
  for (const words of wrong) t.equal(await commandLine(['audit', ...words], io), 64, words.join(' '))
  for (const months of ['5', '1201', '6.5', 'ever'])
    t.throws(() => readConfig({ DMP_AUDIT_RETENTION: months }), /DMP_AUDIT_RETENTION/)
  t.equal(readConfig({}).auditRetentionMonths, 120)
  t.equal(readConfig({ DMP_AUDIT_RETENTION: 'never' }).auditRetentionMonths, undefined)
})

t.test('retention removes whole months, leaves a mark, and verification goes on', async (t) => {
  await using w = await world()
  const count = async (): Promise<number> =>
    (await w.owner.query<{ n: number }>('select count(*)::integer as n from audit')).rows[0]?.n ?? 0
  const [older, old, kept] = [monthsAgo(MONTHS + 2), monthsAgo(MONTHS + 1), monthsAgo(MONTHS)]
  await w.write(older, older, older)
  await w.write(older, old)
  // Under one checkpoint lie what goes and what stays.
  await w.write(old, kept, old, kept, kept)
  await w.write(kept, monthsAgo(0))
  t.equal(await count(), 12)

  const dry = await w.audit('purge', '--dry-run')
  t.match(dry, {
    code: 0,
    out: /^7 trace\(s\) of before \d{4}-\d\d-01 \(6 months\), in 2 month\(s\)\nNothing/,
  })
  t.equal(await count(), 12, 'a dry run removes nothing')
  const done = await w.audit('purge')
  t.match(done, { code: 0, out: /\nRemoved; mark 1 says so\.$/ }, done.err)
  t.equal(await count(), 5)
  const sound = await w.audit('verify')
  t.match(sound, { code: 0, out: /7 were removed by retention/ })
  t.match(await w.audit('verify', '--public-keys', w.keysFile), { code: 0 })
  t.match(await w.audit('purge'), { code: 0, out: /There was nothing to remove/ })

  // What stays of the checkpoint that lost some, one row less.
  await w.owner.query('begin')
  t.equal((await w.owner.query('delete from audit where seq = 9')).rowCount, 1)
  await w.owner.query('commit')
  const found = await w.audit('verify')
  t.match(found, { code: 1, out: /ALTERED/ })
  t.match(await w.audit('verify', '--public-keys', w.keysFile), { code: 1 }, 'by public keys too')
})

t.test('what retention left of a checkpoint cannot be altered unseen either', async (t) => {
  await using w = await world()
  const [old, kept] = [monthsAgo(MONTHS + 1), monthsAgo(MONTHS)]
  await w.write(old, kept, kept)
  t.equal((await w.audit('purge')).code, 0)
  t.equal((await w.audit('verify')).code, 0)
  t.equal((await w.owner.query('update audit set status = 404 where seq = 3')).rowCount, 1)
  t.match(
    await w.audit('verify'),
    { code: 1, out: /ALTERED/ },
    'as many rows as there should be, and not the same',
  )
})

t.test('retention goes on where it has left off, by checkpoints that it has broken already', async (t) => {
  await using w = await world()
  const purge = (months: number): Promise<number> =>
    commandLine(['audit', 'purge'], {
      out: () => undefined,
      err: () => undefined,
      env: { ...w.environment, DMP_AUDIT_RETENTION: String(months) },
    })
  // The first row that stays is the last of its checkpoint, and then of the one that the second removal takes from.
  await w.write(monthsAgo(MONTHS + 2), monthsAgo(MONTHS + 1))
  await w.write(monthsAgo(MONTHS + 2), monthsAgo(MONTHS))
  await w.write(monthsAgo(0))
  t.equal(await purge(MONTHS + 1), 0)
  t.match(await w.audit('verify'), { code: 0, out: /2 were removed by retention/ })
  t.equal(await purge(MONTHS), 0)
  t.match(await w.audit('verify'), { code: 0, out: /3 were removed by retention/ })

  // What lies before a mark and comes late: no retention that has become longer is taken for the one of the mark.
  await w.writeUnsigned(monthsAgo(MONTHS + 12))
  t.equal(await purge(MONTHS), 1, 'a trace that is under no checkpoint stays')
  await w.closeChain()
  t.equal(await purge(MONTHS + 2), 1, 'longer than before')
  t.equal((await w.owner.query('select from audit')).rowCount, 3)
  t.equal(await purge(MONTHS), 0)
  t.match(await w.audit('verify'), { code: 0, out: /4 were removed by retention/ })
})

t.test(
  'a mark says all: without it, or with one of somebody else, what was removed is missing',
  async (t) => {
    await using w = await world()
    await w.write(monthsAgo(MONTHS + 1), monthsAgo(MONTHS + 1))
    await w.write(monthsAgo(0))
    await w.write(monthsAgo(0))
    t.equal((await w.audit('purge')).code, 0)
    t.equal((await w.audit('verify')).code, 0)
    const { rows } = await w.owner.query<{ jws: string }>('select r.jws from audit_retention r')
    const jws = rows[0]?.jws ?? ''
    await w.owner.query(
      `update audit_retention set jws = (select c.jws from audit_checkpoint c where c.number = 1 and c.writer <> 0)`,
    )
    t.equal((await w.audit('verify')).code, 1, 'another signed text in its place')
    await w.owner.query('update audit_retention set jws = $1, number = 2', [jws])
    t.equal((await w.audit('verify')).code, 1, 'under another number')
    const changed = forged(jws, (mark) => ({ ...mark, removed: 3 }))
    await w.owner.query('update audit_retention set jws = $1, number = 1', [changed])
    t.equal((await w.audit('verify')).code, 1, 'as it was, but for one word that nobody has signed')
    await w.owner.query('update audit_retention set jws = $1', [jws])
    t.equal((await w.audit('verify')).code, 0, 'as it was')
    await w.owner.query('delete from audit_retention')
    t.match(await w.audit('verify'), { code: 1, out: /removed/ })
  },
)

/** What the text says is changed, and the signature of before kept. */
function forged(jws: string, change: (said: object) => object): string {
  const [header, body = '', signature] = jws.split('.')
  const said: unknown = JSON.parse(Buffer.from(body, 'base64url').toString('utf8'))
  const text = JSON.stringify(change(Object(said)))
  return [header, Buffer.from(text, 'utf8').toString('base64url'), signature].join('.')
}

t.test('a mark that this server has not signed is not gone on from', async (t) => {
  await using w = await world()
  await w.write(monthsAgo(MONTHS + 1))
  await w.write(monthsAgo(0), monthsAgo(0))
  // It says beforehand that of this writer nothing is left; the next mark, a signed one, would say so too.
  const { rows } = await w.owner.query<{ jws: string; writer: number }>(
    'select c.jws, c.writer from audit_checkpoint c where c.writer <> 0 and c.number = 1',
  )
  const [{ jws, writer } = { jws: '', writer: 0 }] = rows
  const mark = forged(jws, () => ({
    ...{ form: 'dmp-audit-retention-1', number: 1, removed: 0, writers: [{ writer, wholly: 9, partly: [] }] },
    ...{ before: '2000-01-01T00:00:00.000Z', at: '2000-01-01T00:00:00.000Z' },
  }))
  await w.owner.query('insert into audit_retention (number, recorded, jws) values (1, now(), $1)', [mark])
  t.match(await w.audit('purge'), { code: 1, err: /nothing was removed.*not signed by this server/ })
  t.equal((await w.owner.query('select from audit')).rowCount, 3)
})

t.test('what was altered is not removed: its removal would hide it', async (t) => {
  await using w = await world()
  const old = monthsAgo(MONTHS + 1)
  await w.write(old, old, old)
  await w.write(monthsAgo(0))
  await w.owner.query(`update audit set status = 404 where seq = 2`)
  const refused = await w.audit('purge')
  t.equal(refused.code, 1)
  t.match(refused.err, /nothing was removed.*changed/)
  t.equal((await w.owner.query('select from audit')).rowCount, 4)
  t.match(await w.audit('verify'), { code: 1, out: /changed: writer \d+, place 2/ })
})
