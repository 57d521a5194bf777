/**
 * The keys of contents: a new master key takes over while servers go on; what was written before contents were sealed is
 * sealed; a server with another key does not start; the end of a record's key is the end of its contents (D10).
 */
import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import t from 'tap'
import { assetPath } from '../../src/asset-path.ts'
import { rotate } from '../../src/cli/key.ts'
import { purgeRecords } from '../../src/cli/purge.ts'
import { readConfig } from '../../src/config/config.ts'
import { CHUNK_BYTES } from '../../src/content/chunk-cipher.ts'
import { type Contents, createContents } from '../../src/content/contents.ts'
import { masterKeys } from '../../src/content/master-key.ts'
import { contentInMemory } from '../../src/content/receive-content.ts'
import { removeLeftOvers } from '../../src/content/remove-left-overs.ts'
import type { Uuid } from '../../src/fhir/id.ts'
import { readKeyRing, registerSealKey } from '../../src/seal/key-ring.ts'
import { publicSealKey } from '../../src/seal/seal-key.ts'
import { runTogether } from '../../src/storage/connection/run-together.ts'
import { type Database, openDatabase } from '../../src/storage/database.ts'
import { claimDatabase } from '../../src/storage/schema/claim-database.ts'
import { derivedSealKey } from '../../src/wiring/derived-seal-key.ts'
import { openElsewhere } from '../../src/wiring/open-contents.ts'
import { refuseUnknownKeys } from '../../src/wiring/refuse-unknown-keys.ts'
import { sealAttests } from '../../src/wiring/trace-chain.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'
import { runDmp } from '../support/run-dmp.ts'
import { s3Store } from '../support/s3-store.ts'
import { documentWith, newUuid, store } from '../support/stored-documents.ts'
import { testChain } from '../support/test-chain.ts'

const [former, present, third] = [1, 2, 3].map(() => randomBytes(24).toString('base64'))
const secrets = { former: former ?? '', present: present ?? '', third: third ?? '' }

type World = AsyncDisposable & {
  readonly test: TestDatabase
  readonly db: Database
  readonly owner: pg.Client
  readonly contents: (secret: string, formerSecret?: string) => Contents
}

async function world(): Promise<World> {
  const test = await testDatabase()
  const db = openDatabase(test.server, () => undefined)
  const owner = new pg.Client(test.owner)
  await owner.connect()
  return {
    test,
    db,
    owner,
    contents: (secret, formerSecret) => createContents({ db, keys: masterKeys(secret, formerSecret) }),
    async [Symbol.asyncDispose]() {
      await owner.end()
      await db.close()
      await test[Symbol.asyncDispose]()
    },
  }
}

async function deposit(db: Database, contents: Contents, patientKey: Uuid, bytes: Buffer): Promise<Uuid> {
  const content = contentInMemory(bytes)
  const prepared = await contents.deposit(patientKey, [content], Date.now())
  const document = documentWith({ patientKey, id: newUuid(), sha256: content.sha256 })
  await db.transaction(async (transaction) => {
    await runTogether(transaction, await prepared.keep(transaction, await prepared.recordKey(transaction)))
    await store(transaction, [document])
  })
  return document.id
}

/** As releases before this one wrote it. */
async function depositPlain({ db, owner }: World, patientKey: Uuid, bytes: Buffer): Promise<Uuid> {
  const sha256 = createHash('sha256').update(bytes).digest()
  await owner.query('insert into content (patient_key, sha256, size, bytes) values ($1, $2, $3, $4)', [
    patientKey,
    sha256,
    bytes.length,
    bytes,
  ])
  const document = documentWith({ patientKey, id: newUuid(), sha256 })
  await store(db, [document])
  return document.id
}

function urlOf({ test }: World): string {
  const { host, port, user, database, password } = test.owner
  const login = `${user}${password ? `:${password}` : ''}`
  return `postgres://${login}@localhost:${port}/${database}?host=${encodeURIComponent(host ?? '')}`
}

async function read(contents: Contents, patientKey: Uuid, document: Uuid, start?: number): Promise<Buffer> {
  const content = await contents.open(patientKey, document)
  const pieces: Buffer[] = []
  for await (const piece of (await content?.bytes(start)) ?? []) pieces.push(piece)
  return Buffer.concat(pieces)
}

type Said = { readonly code: number; readonly out: string; readonly err: string }

async function rotated(
  { test }: Pick<World, 'test'>,
  secret: string,
  formerSecret: string | undefined,
  { batch = 3, stop = new AbortController().signal } = {},
): Promise<Said> {
  const said = { out: '', err: '' }
  const code = await rotate(
    test.owner,
    { masterKey: secret, formerMasterKey: formerSecret, dataDir: '' },
    batch,
    {
      out: (text) => {
        said.out += `${text}\n`
      },
      err: (text) => {
        said.err += `${text}\n`
      },
    },
    stop,
  )
  return { code, ...said }
}

t.test('a new master key takes over, batch after batch, and nothing is lost', async (t) => {
  await using w = await world()
  const old = w.contents(secrets.former)
  const both = w.contents(secrets.present, secrets.former)
  const documents: [Uuid, Uuid, Buffer][] = []
  for (let i = 0; i < 10; i++) {
    const [patientKey, bytes] = [newUuid(), randomBytes(50)]
    documents.push([patientKey, await deposit(w.db, old, patientKey, bytes), bytes])
  }
  const aside = newUuid()
  await deposit(w.db, both, aside, Buffer.from('by the new one'))
  const readAll = async (contents: Contents): Promise<number> => {
    let whole = 0
    for (const [patientKey, document, bytes] of documents)
      if ((await read(contents, patientKey, document)).equals(bytes)) whole++
    return whole
  }
  t.equal(await readAll(both), 10, 'a server that knows both reads what either sealed')
  const { rows: before } = await w.owner.query('select c.* from content c order by 1, 2')
  const said = await rotated(w, secrets.present, secrets.former)
  t.same([said.code, said.err], [0, ''])
  t.match(said.out, /^10 record key\(s\) wrapped anew by the master key [0-9a-f]{16}\n0 content/)
  t.match(said.out, 'DMP_MASTER_KEY_FORMER can be taken away')
  t.equal(await readAll(both), 10)
  t.equal(await readAll(w.contents(secrets.present)), 10, 'the former is not needed any more')
  await t.rejects(readAll(old), /not known here/)
  t.same(
    (await w.owner.query('select c.* from content c order by 1, 2')).rows,
    before,
    'no content was touched',
  )
  t.match((await rotated(w, secrets.present, secrets.former)).out, /^0 record key/)
})

t.test('stopped in the middle, run again, run twice at once: every key once', async (t) => {
  await using w = await world()
  const old = w.contents(secrets.former)
  const records = Array.from({ length: 20 }, () => newUuid())
  const documents = new Map<Uuid, Uuid>()
  for (const record of records) documents.set(record, await deposit(w.db, old, record, Buffer.from(record)))
  const stop = new AbortController()
  stop.abort()
  const said = await rotated(w, secrets.present, secrets.former, { stop: stop.signal })
  t.same([said.code, said.out.split('\n')[0]?.slice(0, 1)], [75, '0'], 'told to go on')
  const runs = await Promise.all(
    [1, 2, 3].map(() => rotated(w, secrets.present, secrets.former, { batch: 2 })),
  )
  t.equal(
    runs.reduce((sum, { out }) => sum + Number(/^\d+/.exec(out)?.[0]), 0),
    20,
  )
  const contents = w.contents(secrets.present)
  for (const [record, document] of documents) t.equal(String(await read(contents, record, document)), record)
})

t.test('seals of before are known without the former master key once it may be taken away', async (t) => {
  await using w = await world()
  const key = publicSealKey(derivedSealKey(secrets.former))
  const by = (masterKey: string) => sealAttests({ masterKey, formerMasterKey: undefined, dataDir: '' })
  await registerSealKey(w.db, key, by(secrets.former), Date.now())
  const known = async () => JSON.parse((await readKeyRing(w.db, by(secrets.present))).jwks).keys.length
  t.equal(await known(), 0)
  // No server has begun with both keys.
  t.match(await rotated(w, secrets.present, secrets.former), { code: 0, out: /taken away/ })
  t.equal(await known(), 1)
  t.equal((await rotated(w, secrets.present, secrets.former)).code, 0)
  t.equal((await w.owner.query('select from seal_key')).rowCount, 2, 'once')
})

t.test('what it cannot open is left as it is, and told', async (t) => {
  await using w = await world()
  const lost = newUuid()
  const [kept, damaged] = [newUuid(), newUuid()]
  await deposit(w.db, w.contents(secrets.third), lost, Buffer.from('a'))
  await deposit(w.db, w.contents(secrets.former), kept, Buffer.from('b'))
  await deposit(w.db, w.contents(secrets.former), damaged, Buffer.from('c'))
  await w.owner.query(
    'update record_key set wrapped = set_byte(wrapped, 30, get_byte(wrapped, 30) # 1) where patient_key = $1',
    [damaged],
  )
  const { rows: before } = await w.owner.query('select * from record_key where patient_key <> $1', [kept])
  const said = await rotated(w, secrets.present, secrets.former, { batch: 1 })
  t.equal(said.code, 1)
  t.match(said.out, /^1 record key/)
  t.match(said.err, /1 record key\(s\) are left, wrapped by the master key [0-9a-f]{16}/)
  t.match(said.err, damaged)
  t.notMatch(said.out, 'taken away')
  t.same((await w.owner.query('select * from record_key where patient_key <> $1', [kept])).rows, before)
})

t.test('contents of before are read as they lie, and sealed by the rotation', async (t) => {
  await using w = await world()
  const contents = w.contents(secrets.present)
  const patientKey = newUuid()
  const sizes = [5, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES + 7]
  const plain = new Map<Uuid, Buffer>()
  for (const size of sizes) {
    const bytes = randomBytes(size)
    plain.set(await depositPlain(w, patientKey, bytes), bytes)
  }
  const wrong = await depositPlain(w, patientKey, randomBytes(100))
  await w.owner.query(
    'update content set bytes = set_byte(bytes, 0, get_byte(bytes, 0) # 1) where size = 100',
  )
  for (const [document, bytes] of plain) {
    t.ok((await read(contents, patientKey, document)).equals(bytes), `${bytes.length} plain`)
    t.ok((await read(contents, patientKey, document, bytes.length - 3)).equals(bytes.subarray(-3)))
  }
  // Somebody is reading the largest while it is sealed.
  const [large = '' as Uuid] = [...plain.keys()].slice(-1)
  const reading = await (await contents.open(patientKey, large))?.bytes()
  const pieces: Buffer[] = []
  for await (const piece of reading ?? []) {
    if (pieces.push(piece) === 1) {
      const said = await rotated(w, secrets.present, undefined)
      t.same([said.code, /(\d+) content/.exec(said.out)?.[1]], [1, '4'])
      t.match(said.err, '1 content(s) in the clear do not have their SHA-256')
    }
  }
  t.ok(Buffer.concat(pieces).equals(plain.get(large) ?? Buffer.alloc(0)), 'and gets all of it')
  for (const [document, bytes] of plain)
    t.ok((await read(contents, patientKey, document)).equals(bytes), `${bytes.length} sealed`)
  t.equal((await w.owner.query('select from content where wrapped_key is null')).rowCount, 1)
  t.equal((await read(contents, patientKey, wrong)).length, 100, 'what is damaged is served as it lies')
  t.equal((await w.owner.query('select from content_chunk')).rowCount, 1 + 3)
})

t.test('a server whose master key opens nothing here does not start', async (t) => {
  await using w = await world()
  const config = (masterKey: string, formerMasterKey?: string) => ({
    masterKey,
    formerMasterKey,
    dataDir: '',
  })
  await refuseUnknownKeys(w.test.owner, config(secrets.third))
  await deposit(w.db, w.contents(secrets.former), newUuid(), Buffer.from('a'))
  await refuseUnknownKeys(w.test.owner, config(secrets.former))
  await refuseUnknownKeys(w.test.owner, config(secrets.present, secrets.former))
  await t.rejects(refuseUnknownKeys(w.test.owner, config(secrets.present)), {
    name: 'ConfigError',
    message: /^DMP_MASTER_KEY \([0-9a-f]{16}\) does not open contents .*DMP_MASTER_KEY_FORMER$/,
  })
  await t.rejects(refuseUnknownKeys(w.test.owner, config(secrets.present, secrets.third)), /does not open/)
  await claimDatabase(w.test.owner, 'dmp')
  const main = spawn(process.execPath, [assetPath('main.js')], {
    env: { DATABASE_URL: urlOf(w), DMP_MASTER_KEY: secrets.third, PORT: '0', PATH: process.env.PATH ?? '' },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  main.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  const [code] = await once(main, 'close')
  t.equal(code, 78, 'as a process')
  t.match(said, /^dmp-fhir-server: DMP_MASTER_KEY \([0-9a-f]{16}\) does not open contents [^\n]*\n$/)
  const { rows } = await w.owner.query('select master from record_key')
  t.notMatch(JSON.stringify(rows), secrets.former)
})

t.test('dmp key rotate, as a process', async (t) => {
  await using w = await world()
  await claimDatabase(w.test.owner, 'dmp')
  const patientKey = newUuid()
  const document = await deposit(w.db, w.contents(secrets.former), patientKey, Buffer.from('kept'))
  const url = urlOf(w)
  const environment = { ...process.env, DATABASE_URL: url, DMP_MASTER_KEY: secrets.present }
  const left = await runDmp(['key', 'rotate'], environment)
  t.same([left.code, left.out.split('\n')[0]?.slice(0, 1)], [1, '0'], left.err)
  const done = await runDmp(['key', 'rotate'], { ...environment, DMP_MASTER_KEY_FORMER: secrets.former })
  t.same([done.code, done.err], [0, ''])
  t.equal(String(await read(w.contents(secrets.present), patientKey, document)), 'kept')
  for (const args of [['key'], ['key', 'turn'], ['key', 'rotate', '--batch', '0']])
    t.equal((await runDmp(args, environment)).code, 64, args.join(' '))
  t.equal((await runDmp(['key', 'rotate'], { ...environment, DMP_MASTER_KEY: 'short' })).code, 78)
})

t.test('D10: with the key of a record its contents end, from copies of every other row too', async (t) => {
  for (const elsewhere of [false, true]) {
    await using w = await world()
    await using s3 = await s3Store()
    const settings = readConfig(s3.environment).contentStore
    const store = elsewhere && settings ? await openElsewhere(settings) : undefined
    const contents = createContents({ db: w.db, keys: masterKeys(secrets.present), elsewhere: store })
    const [ended, other] = [newUuid(), newUuid()]
    const bytes = randomBytes(2 * CHUNK_BYTES)
    const document = await deposit(w.db, contents, ended, bytes)
    const left = await deposit(w.db, contents, other, bytes)
    if (elsewhere) await contents.deposit(ended, [contentInMemory(randomBytes(9))], Date.now())
    await w.owner.query(
      `insert into record (patient_key, status, family_name, birth_date, sex, opened_at, closed_at, version)
        values ($1, 'closed', 'X', '1900-01-01', 'female', '2010-01-01', '2011-01-01', 1)`,
      [ended],
    )
    const copies = ['content', 'content_chunk', 'document']
    for (const table of copies)
      await w.owner.query(
        `create table copy_${table} as select * from ${table} where patient_key = '${ended}'`,
      )
    const objects = s3.objects()
    t.equal(objects.size, elsewhere ? 3 : 0)
    // The copies have no column that this would find them by.
    for (const table of copies)
      await w.owner.query(`alter table copy_${table} rename column patient_key to key`)
    const out: string[] = []
    t.equal(
      await purgeRecords(w.test.owner, new Date(), { chain: testChain(), atMost: 10 }, (line) =>
        out.push(line),
      ),
      0,
    )
    t.match(out.join(), '1 record(s)')
    t.equal((await w.owner.query('select from record_key where patient_key = $1', [ended])).rowCount, 0)
    for (const table of copies) await w.owner.query(`insert into ${table} select * from copy_${table}`)
    await t.rejects(read(contents, ended, document), /without a key/)
    t.ok((await read(contents, other, left)).equals(bytes), 'the record beside it is whole')
    if (!store) continue
    t.equal(s3.objects().size, 3, 'its objects are left over')
    t.equal(
      await removeLeftOvers((work) => w.db.transaction(work), store.objects, Date.now()),
      2,
      'and removed',
    )
    t.equal(s3.objects().size, 1)
    t.ok((await read(contents, other, left)).equals(bytes))
  }
})

t.test('the sandbox keeps its own master key, and it is one that opens', async (t) => {
  await using w = await world()
  const dataDir = mkdtempSync(join(tmpdir(), 'dmp-keys-'))
  t.teardown(() => rmSync(dataDir, { recursive: true }))
  const config = { masterKey: undefined, formerMasterKey: undefined, dataDir }
  await refuseUnknownKeys(w.test.owner, config)
  await refuseUnknownKeys(w.test.owner, config)
})
