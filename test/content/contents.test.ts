/**
 * Contents kept and read back, the same over both stores: whole, in ranges, once in a record however many bring them at
 * once; nothing plain on a disk; nothing that has changed is ever served; a push that stops anywhere leaves nothing
 * dangling and loses nothing.
 * @see docs/decisions/0010
 */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import t from 'tap'
import { packageRoot } from '../../src/asset-path.ts'
import { readConfig } from '../../src/config/config.ts'
import { CHUNK_BYTES, openChunk, openPacked, sealChunk, sealPacked } from '../../src/content/chunk-cipher.ts'
import { type Contents, createContents } from '../../src/content/contents.ts'
import { type MasterKeys, masterKeys } from '../../src/content/master-key.ts'
import { packed, packedNow, unpacked } from '../../src/content/packed.ts'
import { contentInMemory } from '../../src/content/receive-content.ts'
import type { ReceivedContent } from '../../src/content/received-content.ts'
import { s3ObjectStore } from '../../src/content/s3-object-store.ts'
import { FhirError } from '../../src/fhir/fhir-error.ts'
import type { Uuid } from '../../src/fhir/id.ts'
import { runTogether } from '../../src/storage/connection/run-together.ts'
import { type Database, openDatabase } from '../../src/storage/database.ts'
import { sql } from '../../src/storage/sql.ts'
import { openElsewhere } from '../../src/wiring/open-contents.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'
import { contentNamed, type DepositOrder } from '../support/depositor.ts'
import fc from '../support/draws.ts'
import { type S3Store, s3Store } from '../support/s3-store.ts'
import { documentWith, newUuid, store } from '../support/stored-documents.ts'
import { until } from '../support/until.ts'

/** Written by support/depositor.ts. */
const DEPOSITOR = join(packageRoot(), '.build', 'test', 'support', 'depositor.js')
const HOUR = 60 * 60 * 1000
/** Long enough to be met by a kill. */
const HELD_MS = 60
const secret = randomBytes(32).toString('hex')

type Kept = AsyncDisposable & {
  readonly test: TestDatabase
  readonly db: Database
  readonly contents: Contents
  readonly s3: S3Store | undefined
  /** The same contents, as another server has them. */
  readonly with: (keys: MasterKeys) => Promise<Contents>
  /** As the owner. */
  readonly query: (text: string, values?: readonly unknown[]) => Promise<pg.QueryResultRow[]>
}

const stores = {
  PostgreSQL: async () => undefined,
  S3: async () => s3Store(),
  'S3 from 256 KiB on': async () => s3Store(CHUNK_BYTES),
} as const

async function keep(open: () => Promise<S3Store | undefined>): Promise<Kept> {
  const test = await testDatabase()
  const s3 = await open()
  const db = openDatabase(test.server, () => undefined)
  const owner = new pg.Client(test.owner)
  await owner.connect()
  const make = async (keys: MasterKeys): Promise<Contents> => {
    const settings = s3 && readConfig(s3.environment).contentStore
    return createContents({ db, keys, elsewhere: settings && (await openElsewhere(settings)) })
  }
  return {
    test,
    db,
    s3,
    contents: await make(masterKeys(secret)),
    with: make,
    query: async (text, values = []) => (await owner.query(text, [...values])).rows,
    async [Symbol.asyncDispose]() {
      await owner.end()
      await db.close()
      await s3?.[Symbol.asyncDispose]()
      await test[Symbol.asyncDispose]()
    },
  }
}

/** Brings contents into a record, each with a document that has it. @returns the documents */
async function deposit(
  { db, contents }: Pick<Kept, 'db' | 'contents'>,
  patientKey: Uuid,
  received: readonly ReceivedContent[],
  now = Date.now(),
): Promise<Uuid[]> {
  const prepared = await contents.deposit(patientKey, received, now)
  const documents = received.map(({ sha256 }) => documentWith({ patientKey, id: newUuid(), sha256 }))
  await db.transaction(async (transaction) => {
    await runTogether(transaction, await prepared.keep(transaction, await prepared.recordKey(transaction)))
    await store(transaction, documents)
  })
  return documents.map(({ id }) => id)
}

async function read(
  contents: Contents,
  patientKey: Uuid,
  document: Uuid,
  start?: number,
  end?: number,
): Promise<Buffer> {
  const content = await contents.open(patientKey, document)
  if (!content) throw new Error('no content')
  const pieces: Buffer[] = []
  for await (const piece of await content.bytes(start, end)) pieces.push(piece)
  return Buffer.concat(pieces)
}

const one = <T>([first]: readonly T[]): T => {
  if (first === undefined) throw new Error('none')
  return first
}

const sizes = [1, 100, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES + 17, 5 * CHUNK_BYTES]

for (const [name, open] of Object.entries(stores)) {
  t.test(`${name}: what goes in comes out, whole and in any range`, async (t) => {
    await using kept = await keep(open)
    const patientKey = newUuid()
    let ranges = 0
    for (const size of sizes) {
      const bytes = randomBytes(size)
      const document = one(await deposit(kept, patientKey, [contentInMemory(bytes)]))
      t.ok((await read(kept.contents, patientKey, document)).equals(bytes), `${size} bytes`)
      const place = fc.tuple(fc.nat(size - 1), fc.nat(size - 1))
      await fc.assert(
        fc.asyncProperty(place, async ([a, b]) => {
          const [start, end] = [Math.min(a, b), Math.max(a, b) + 1]
          const got = await read(kept.contents, patientKey, document, start, end)
          if (Math.floor(start / CHUNK_BYTES) < Math.floor((end - 1) / CHUNK_BYTES)) ranges++
          return got.equals(bytes.subarray(start, end))
        }),
        { numRuns: 12, examples: [[[0, size - 1]], [[size - 1, size - 1]]] },
      )
    }
    t.ok(ranges > 5, 'ranges over the ends of chunks were among them')
    t.equal(await kept.contents.open(patientKey, newUuid()), undefined)
    const [{ rows, chunks } = {}] = await kept.query(
      'select (select count(*)::integer from content) as rows, (select count(*)::integer from content_chunk) as chunks',
    )
    const here = name === 'PostgreSQL'
    t.same([rows, chunks], [sizes.length, here ? 1 + 3 + 4 : 0], 'one row up to 256 KiB')
    const elsewhere = name === 'PostgreSQL' ? 0 : name === 'S3' ? sizes.length : 4
    t.equal(kept.s3?.objects().size ?? 0, elsewhere)
    t.same(await kept.query('select from content_upload'), [], 'and nothing is on its way')
  })

  t.test(`${name}: what is written of a large content is in memory no more`, async (t) => {
    await using kept = await keep(open)
    const patientKey = newUuid()
    const bytes = randomBytes(64 * CHUNK_BYTES)
    const content = contentInMemory(bytes)
    const given: Buffer[] = []
    const watched: ReceivedContent = {
      ...content,
      async *sealed() {
        for await (const chunk of content.sealed()) {
          given.push(chunk)
          yield chunk
        }
      },
    }
    const before = process.memoryUsage().arrayBuffers
    let most = 0
    const watching = setInterval(() => {
      most = Math.max(most, process.memoryUsage().arrayBuffers - before)
    }, 1)
    const document = one(await deposit(kept, patientKey, [watched]))
    clearInterval(watching)
    t.ok(given.length >= content.chunkCount)
    t.same(
      given.slice(0, content.chunkCount).filter(({ length }) => length > 0),
      [],
      'not one is held',
    )
    // The object store of the tests is in this process too.
    if (!kept.s3) t.ok(most < 16 * CHUNK_BYTES, `${most} bytes at most, of ${bytes.length}`)
    t.ok((await read(kept.contents, patientKey, document)).equals(bytes))
  })

  t.test(`${name}: text takes less room, and comes out as it went in`, async (t) => {
    await using kept = await keep(open)
    const patientKey = newUuid()
    const line = '<!-- ligne relevée par le service et relue avant la sortie du patient -->\n'
    const cda = (size: number): Buffer =>
      Buffer.from(`\ufeff \n<ClinicalDocument>${line.repeat(Math.ceil(size / line.length))}`).subarray(
        0,
        size,
      )
    const carried = Buffer.from(`<ClinicalDocument>${randomBytes(15_000).toString('base64')}`)
    const noise = Buffer.concat([Buffer.from('<'), randomBytes(20_000)])
    const pdf = Buffer.from(`%PDF-1.7 ${line.repeat(300)}`)
    const cases = [
      { what: 'a CDA', bytes: cda(20_000), most: 2_000 },
      { what: 'a CDA of a whole chunk', bytes: cda(CHUNK_BYTES), most: 10_000 },
      { what: 'a CDA around a PDF', bytes: carried, most: 16_000 },
      { what: 'what begins as a text', bytes: noise, most: noise.length + 16 },
      { what: 'a PDF', bytes: pdf, most: pdf.length + 16 },
      { what: 'a short one', bytes: cda(500), most: 516 },
    ]
    for (const { what, bytes, most } of cases) {
      const document = one(await deposit(kept, patientKey, [contentInMemory(bytes)]))
      t.ok((await read(kept.contents, patientKey, document)).equals(bytes), what)
      const middle = await read(kept.contents, patientKey, document, 100, 300)
      t.ok(middle.equals(bytes.subarray(100, 300)), `a range of ${what}`)
      const { lying, location } = one(
        await kept.query(
          `select octet_length(c.bytes) as lying, c.location from content c join document d
             on d.patient_key = c.patient_key and d.content_sha256 = c.sha256 where d.id = $1`,
          [document],
        ),
      )
      if (location !== '') continue
      t.ok(lying <= most, `${what} of ${bytes.length} bytes takes ${lying}`)
      const packs = most < bytes.length
      t.equal(lying < bytes.length, packs, packs ? 'packed' : 'as it is')
    }
  })

  t.test(`${name}: a packed text that has changed, or is another's, does not open`, async (t) => {
    await using kept = await keep(open)
    const patientKey = newUuid()
    const bytes = Buffer.from(`<a>${'Lettre de liaison '.repeat(300)}</a>`)
    const document = one(await deposit(kept, patientKey, [contentInMemory(bytes)]))
    const changes = [
      (sealed: Buffer) => sealed.fill((sealed[3] ?? 0) ^ 1, 3, 4),
      (sealed: Buffer) => sealed.fill((sealed.at(-1) ?? 0) ^ 1, sealed.length - 1),
      (sealed: Buffer) => sealed.subarray(1),
      (sealed: Buffer) => sealed.subarray(0, 10),
      // As long as if it were not packed: it is opened as a chunk then.
      (sealed: Buffer) => Buffer.concat([sealed, Buffer.alloc(bytes.length + 16 - sealed.length)]),
    ]
    if (kept.s3 && name === 'S3') return t.pass('whole objects are never packed')
    const { bytes: sealed } = one(await kept.query('select bytes from content'))
    for (const [i, change] of changes.entries()) {
      await kept.query('update content set bytes = $1', [change(Buffer.from(sealed))])
      await t.rejects(read(kept.contents, patientKey, document), `change ${i}`)
    }
    await kept.query('update content set bytes = $1, size = size - 1', [sealed])
    await t.rejects(read(kept.contents, patientKey, document), 'larger than its row says')
    await kept.query('update content set size = size + 2')
    await t.rejects(read(kept.contents, patientKey, document), 'smaller than its row says')
    await kept.query('update content set size = size - 1')
    t.ok((await read(kept.contents, patientKey, document)).equals(bytes), 'put right again it opens')
  })

  t.test(`${name}: nothing of it lies anywhere in the clear`, async (t) => {
    await using kept = await keep(open)
    const words = 'Lettre de liaison à la sortie '
    const bytes = Buffer.from(words.repeat(20_000))
    const packed = Buffer.from(`<a>${words.repeat(100)}</a>`)
    const patientKey = newUuid()
    await deposit(kept, patientKey, [bytes, packed, Buffer.from(words)].map(contentInMemory))
    const rows = await kept.query('select bytes from content union all select bytes from content_chunk')
    const lying = [...rows.map((row): Buffer => row.bytes), ...(kept.s3?.objects().values() ?? [])]
    t.ok(lying.reduce((sum, each) => sum + each.length, 0) > bytes.length, 'all of it was looked at')
    t.same(
      lying.filter((each) => each.includes(words)),
      [],
    )
    t.ok(bytes.includes(words), 'who looks for them would find them')
    const keys = await kept.query('select wrapped from record_key union all select wrapped_key from content')
    t.equal(keys.length, 4)
  })

  t.test(`${name}: once in a record, once in each record`, async (t) => {
    await using kept = await keep(open)
    const [first, second] = [newUuid(), newUuid()]
    const bytes = randomBytes(2 * CHUNK_BYTES + 5)
    const again = (): ReceivedContent => contentInMemory(Buffer.from(bytes))
    const documents = [
      ...(await deposit(kept, first, [again(), again()])),
      ...(await deposit(kept, first, [again()])),
    ]
    const elsewhere = one(await deposit(kept, second, [again()]))
    for (const document of documents)
      t.ok((await read(kept.contents, first, document)).equals(bytes), 'read by each of its documents')
    t.ok((await read(kept.contents, second, elsewhere)).equals(bytes))
    t.equal((await kept.query('select from content')).length, 2)
    t.equal(kept.s3?.objects().size ?? 2, 2)
  })

  t.test(`${name}: the same bytes brought by many at once are kept once, by the key of one`, async (t) => {
    await using kept = await keep(open)
    const patientKey = newUuid()
    // The record has its key: nobody waits for it, and they meet at the contents.
    await deposit(kept, patientKey, [contentInMemory(randomBytes(1))])
    const contents = [randomBytes(3 * CHUNK_BYTES + 9), randomBytes(2 * CHUNK_BYTES), randomBytes(300)]
    // Each in its own order: they must not wait for each other in a circle.
    const turned = (i: number): ReceivedContent[] =>
      [...contents.slice(i % 3), ...contents.slice(0, i % 3)].map((bytes) =>
        contentInMemory(Buffer.from(bytes)),
      )
    const rounds = await Promise.all(
      Array.from({ length: 8 }, async (_, i) => {
        const received = turned(i)
        return { received, documents: await deposit(kept, patientKey, received) }
      }),
    )
    let compared = 0
    for (const { received, documents } of rounds) {
      for (const [i, document] of documents.entries()) {
        const expected = contents.find((bytes) =>
          contentInMemory(bytes).sha256.equals(received[i]?.sha256 ?? Buffer.alloc(0)),
        )
        const got = await read(kept.contents, patientKey, document)
        if (expected && got.equals(expected)) compared++
      }
    }
    t.equal(compared, 24, 'each document reads its own bytes')
    t.equal((await kept.query('select from content')).length, 4)
    t.equal((await kept.query('select from record_key')).length, 1)
    await kept.contents.removeLeftOvers(Date.now() + 3 * HOUR)
    const expected = name === 'PostgreSQL' ? 0 : name === 'S3' ? 4 : 2
    t.equal(kept.s3?.objects().size ?? 0, expected, 'objects of those who came second are removed')
    for (const { documents } of rounds.slice(0, 1))
      for (const document of documents) await read(kept.contents, patientKey, document)
  })

  t.test(`${name}: a changed byte, wherever it is, is found before it leaves`, async (t) => {
    await using kept = await keep(open)
    const patientKey = newUuid()
    const other = newUuid()
    const bytes = randomBytes(3 * CHUNK_BYTES + 100)
    const document = one(await deposit(kept, patientKey, [contentInMemory(bytes)]))
    const flip = (at: number) => (sealed: Buffer) => {
      sealed[at] = (sealed[at] ?? 0) ^ 1
    }
    /** What leaves until it is refused; undefined when nothing refuses it. */
    const leaves = async (): Promise<Buffer | undefined> => {
      const pieces: Buffer[] = []
      try {
        const content = await kept.contents.open(patientKey, document)
        for await (const piece of (await content?.bytes()) ?? []) pieces.push(piece)
        return undefined
      } catch {
        return Buffer.concat(pieces)
      }
    }
    const sealed = CHUNK_BYTES + 16
    const places = [0, CHUNK_BYTES, sealed + 5, 2 * sealed + CHUNK_BYTES, 3 * sealed + 99, 3 * sealed + 110]
    for (const place of places) {
      const change = flip(kept.s3 ? place : place % sealed)
      await changeSealed(kept, Math.floor(place / sealed), change)
      const left = await leaves()
      t.equal(
        left?.length,
        Math.floor(place / sealed) * CHUNK_BYTES,
        `byte ${place}: what is before it, no more`,
      )
      t.ok(left && bytes.subarray(0, left.length).equals(left))
      await changeSealed(kept, Math.floor(place / sealed), change)
    }
    t.ok((await read(kept.contents, patientKey, document)).equals(bytes), 'put right again it opens')
    for (const [column, table] of [
      ['wrapped_key', 'content'],
      ['wrapped', 'record_key'],
    ] as const) {
      const turn = `update ${table} set ${column} = set_byte(${column}, 20, get_byte(${column}, 20) # 1)`
      await kept.query(turn)
      t.equal((await leaves())?.length, 0, column)
      await kept.query(turn)
    }
    // Moved, with its key, into another record: it is bound to its own.
    await kept.query('update record_key set patient_key = $1', [other])
    await kept.query('update content set patient_key = $1', [other])
    await kept.query('update content_chunk set patient_key = $1', [other])
    await kept.query('update document set patient_key = $1', [other])
    await t.rejects(read(kept.contents, other, document))
  })

  t.test(`${name}: two chunks in each other's place, one too few`, async (t) => {
    await using kept = await keep(open)
    const patientKey = newUuid()
    const document = one(await deposit(kept, patientKey, [contentInMemory(randomBytes(3 * CHUNK_BYTES))]))
    if (kept.s3) {
      const object = one([...kept.s3.objects().keys()])
      kept.s3.damage(object, (bytes) => {
        const half = (CHUNK_BYTES + 16) as number
        const second = Buffer.from(bytes.subarray(half, 2 * half))
        bytes.copy(bytes, half, 2 * half, 3 * half)
        second.copy(bytes, 2 * half)
      })
    } else {
      await kept.query('update content_chunk set position = 3 - position + 10')
      await kept.query('update content_chunk set position = position - 10')
    }
    await t.rejects(read(kept.contents, patientKey, document))
    if (!kept.s3) {
      await kept.query('delete from content_chunk where position = 2')
      await t.rejects(read(kept.contents, patientKey, document), /missing|authenticate/)
    }
  })
}

t.test('texts stay as they are where DMP_PACK_CONTENTS says so, and are read by both', async (t) => {
  await using kept = await keep(stores.PostgreSQL)
  t.equal(readConfig({}).packContents, true)
  t.equal(readConfig({ DMP_PACK_CONTENTS: 'false' }).packContents, false)
  t.throws(() => readConfig({ DMP_PACK_CONTENTS: 'no' }), /DMP_PACK_CONTENTS is not one of true, false/)
  const unpacking = createContents({ db: kept.db, keys: masterKeys(secret), packs: false })
  const text = (number: number): Buffer => Buffer.from(`<a>${number} ${'Lettre de liaison '.repeat(300)}</a>`)
  const bothWays = [
    { writer: unpacking, reader: kept.contents, bytes: text(1), packs: false },
    { writer: kept.contents, reader: unpacking, bytes: text(2), packs: true },
  ]
  for (const { writer, reader, bytes, packs } of bothWays) {
    const patientKey = newUuid()
    const document = one(
      await deposit({ db: kept.db, contents: writer }, patientKey, [contentInMemory(bytes)]),
    )
    t.ok((await read(reader, patientKey, document)).equals(bytes))
    const [{ lying } = {}] = await kept.query(
      'select octet_length(bytes) as lying from content where patient_key = $1',
      [patientKey],
    )
    t.equal(lying === bytes.length + 16, !packs, `${lying} of ${bytes.length} bytes`)
  }
})

t.test('under one key, what is packed and a chunk have nothing in common', async (t) => {
  const key = randomBytes(32)
  const bytes = Buffer.alloc(200)
  const asPacked = sealPacked(key, bytes)
  t.ok(openPacked(key, asPacked).equals(bytes))
  for (const isLast of [true, false]) {
    const chunk = sealChunk(key, 0, isLast, bytes)
    // Of zeros, what is sealed is the key stream.
    t.notOk(chunk.subarray(0, 200).equals(asPacked.subarray(0, 200)), 'a key stream of its own')
    t.throws(() => openPacked(key, chunk), /authenticate/)
    t.throws(() => openChunk(key, 0, isLast, asPacked), /authenticate/)
  }
})

t.test('what is packed is unpacked, and takes a tenth less at least', async (t) => {
  const bytes = fc.tuple(
    fc.constantFrom('<a>', '{"a":"', ' \n<', '\ufeff<?xml?>', '%PDF-1.7 ', 'text '),
    fc.uint8Array({ maxLength: 300 }),
    fc.integer({ min: 20, max: 600 }),
    fc.boolean(),
  )
  let [smaller, same] = [0, 0]
  await fc.assert(
    fc.asyncProperty(bytes, async ([begin, piece, times, noise]) => {
      const repeated = Buffer.concat(Array.from({ length: times }, () => piece))
      const plain = Buffer.concat([Buffer.from(begin), noise ? randomBytes(times * 60) : repeated])
      const found = await packed(plain)
      if (!found) {
        same++
        return packedNow(plain) === undefined
      }
      smaller++
      const isMarkup = /^\ufeff?\s*[<{]/.test(begin)
      return isMarkup && found.length <= plain.length * 0.9 && unpacked(found, plain.length).equals(plain)
    }),
    { numRuns: 300 },
  )
  t.ok(smaller > 10 && same > 10, `${smaller} were packed, ${same} were not`)
})

async function changeSealed(kept: Kept, position: number, change: (bytes: Buffer) => void): Promise<void> {
  if (kept.s3) return kept.s3.damage(one([...kept.s3.objects().keys()]), change)
  const [table, where] = position === 0 ? ['content', 'true'] : ['content_chunk', `position = ${position}`]
  const { bytes } = one(await kept.query(`select bytes from ${table} where ${where}`))
  change(bytes)
  await kept.query(`update ${table} set bytes = $1 where ${where}`, [bytes])
}

t.test('S3: an upload whose transaction never comes is removed in time, and no other', async (t) => {
  await using kept = await keep(stores.S3)
  const patientKey = newUuid()
  const now = Date.now()
  const bytes = randomBytes(CHUNK_BYTES + 1)
  await kept.contents.deposit(patientKey, [contentInMemory(bytes)], now)
  const document = one(await deposit(kept, patientKey, [contentInMemory(randomBytes(10))], now))
  t.equal(kept.s3?.objects().size, 2)
  t.equal((await kept.query('select from content_upload')).length, 1, 'the upload is known')
  t.equal(await kept.contents.removeLeftOvers(now + HOUR), 0, 'it is given time')
  t.equal(await kept.contents.removeLeftOvers(now + 3 * HOUR), 1)
  t.equal(kept.s3?.objects().size, 1)
  t.equal((await read(kept.contents, patientKey, document)).length, 10, 'what was committed stays')
  t.same(await kept.query('select from content_upload'), [])
})

t.test('S3: a transaction that comes too late is refused, and keeps nothing', async (t) => {
  await using kept = await keep(stores.S3)
  const patientKey = newUuid()
  const now = Date.now()
  const late = await kept.contents.deposit(patientKey, [contentInMemory(randomBytes(10))], now)
  t.equal(await kept.contents.removeLeftOvers(now + 3 * HOUR), 1)
  const refused = kept.db.transaction(async (transaction) =>
    late.keep(transaction, await late.recordKey(transaction)),
  )
  await t.rejects(refused, /transient: indisponible/)
  t.same(await kept.query('select from content union all select from record_key'), [])
})

t.test('S3: an upload that a transaction holds is not removed under it', async (t) => {
  await using kept = await keep(stores.S3)
  const patientKey = newUuid()
  const now = Date.now()
  const bytes = randomBytes(1000)
  const content = contentInMemory(bytes)
  const prepared = await kept.contents.deposit(patientKey, [content], now)
  const document = documentWith({ patientKey, sha256: content.sha256 })
  await kept.db.transaction(async (transaction) => {
    await runTogether(transaction, await prepared.keep(transaction, await prepared.recordKey(transaction)))
    t.equal(await kept.contents.removeLeftOvers(now + 3 * HOUR), 0)
    await store(transaction, [document])
  })
  t.equal(await kept.contents.removeLeftOvers(now + 3 * HOUR), 0)
  t.ok((await read(kept.contents, patientKey, document.id)).equals(bytes))
})

t.test(
  'S3: a transaction that breaks leaves an upload, and the next push of the same is whole',
  async (t) => {
    await using kept = await keep(stores.S3)
    const patientKey = newUuid()
    const bytes = randomBytes(2 * CHUNK_BYTES)
    const broken = await kept.contents.deposit(patientKey, [contentInMemory(bytes)], Date.now())
    const cut = kept.db.transaction(async (transaction) => {
      await runTogether(transaction, await broken.keep(transaction, await broken.recordKey(transaction)))
      const [{ pid } = { pid: 0 }] = await transaction.run<{ pid: number }>(
        sql`select pg_backend_pid() as pid`,
      )
      await kept.query('select pg_terminate_backend($1)', [pid])
      await transaction.run(sql`select 1`)
    })
    await t.rejects(cut)
    t.same(await kept.query('select from content'), [])
    const document = one(await deposit(kept, patientKey, [contentInMemory(bytes)]))
    t.equal(await kept.contents.removeLeftOvers(Date.now() + 3 * HOUR), 1)
    t.ok((await read(kept.contents, patientKey, document)).equals(bytes))
    t.equal(kept.s3?.objects().size, 1)
  },
)

for (const name of ['PostgreSQL', 'S3'] as const) {
  t.test(
    `${name}: killed at any moment, again and again: nothing committed is lost, nothing dangles`,
    async (t) => {
      await using kept = await keep(stores[name])
      const { s3 } = kept
      const patientKey = newUuid()
      const committed: [Uuid, string][] = []
      const kills = s3 ? 9 : 4
      for (let kill = 0; kill < kills; kill++) {
        const order: DepositOrder = {
          connection: kept.test.server,
          environment: s3?.environment ?? {},
          secret,
          patientKey,
          heldMs: HELD_MS,
        }
        const child = spawn(process.execPath, [DEPOSITOR, JSON.stringify(order)], {
          stdio: ['ignore', 'pipe', 'inherit'],
        })
        // Not `exit`: what it said before may come behind that.
        const ended = once(child, 'close')
        child.stdout.setEncoding('utf8')
        let told = ''
        // A third of them as their upload is answered, a third in the transaction, the others anywhere.
        const end = (): boolean => child.kill('SIGKILL')
        let uploads = 0
        if (s3)
          s3.onAnswered = (method) => {
            if (method !== 'PUT' || ++uploads !== 2 + (kill % 2)) return
            if (kill % 3 === 0) end()
            else setTimeout(end, kill % 3 === 1 ? HELD_MS / 2 : Math.random() * 2 * HELD_MS)
          }
        child.stdout.on('data', (text: string) => {
          told += text
          if (!s3 && told.split('\n').length > 2) setTimeout(end, Math.random() * 2 * HELD_MS)
        })
        await ended
        for (const line of told.split('\n').slice(0, -1)) {
          const [id, ...words] = line.split(' ')
          committed.push([id as Uuid, words.join(' ')])
        }
      }
      t.ok(committed.length >= kills, `${committed.length} were told before ${kills} kills`)
      for (const [document, words] of committed)
        t.ok((await read(kept.contents, patientKey, document)).equals(contentNamed(words)), words)
      const documents = await kept.query('select id from document')
      for (const { id } of documents) await read(kept.contents, patientKey, id)
      t.equal(
        (await kept.query('select from content')).length,
        documents.length,
        'no content without a document',
      )
      if (!s3) return
      const dangling = (await kept.query('select from content_upload')).length
      t.ok(dangling > 0, `${dangling} uploads whose transaction never came`)
      t.equal(await kept.contents.removeLeftOvers(Date.now() + 3 * HOUR), dangling)
      const held = await kept.query("select location from content where location <> ''")
      t.same([...s3.objects().keys()].sort(), held.map(({ location }) => location).sort())
    },
  )
}

t.test('S3: a store that is down is 503, after trying again; nothing is kept, nothing is lost', async (t) => {
  await using kept = await keep(stores.S3)
  const { s3 } = kept
  if (!s3) throw new Error('no store')
  const patientKey = newUuid()
  const bytes = randomBytes(CHUNK_BYTES * 2)
  const document = one(await deposit(kept, patientKey, [contentInMemory(bytes)]))
  for (const fails of ['down', 'hang up'] as const) {
    s3.fails = fails
    s3.requests.length = 0
    await t.rejects(
      deposit(kept, patientKey, [contentInMemory(randomBytes(1000))]),
      /transient: indisponible/,
    )
    t.same(s3.requests, ['PUT', 'PUT', 'PUT'])
    await t.rejects(read(kept.contents, patientKey, document), /transient: indisponible/)
    await t.rejects(kept.contents.removeLeftOvers(Date.now() + 3 * HOUR), FhirError)
    t.equal((await kept.query('select from content')).length, 1)
  }
  s3.fails = undefined
  t.ok((await read(kept.contents, patientKey, document)).equals(bytes))
  t.equal((await kept.query('select from content_upload')).length, 2, 'what was begun is known')
  t.equal(await kept.contents.removeLeftOvers(Date.now() + 3 * HOUR), 2)
})

t.test('S3: silence is as good as refusal; a reader may take its time', async (t) => {
  await using s3 = await s3Store()
  const settings = readConfig(s3.environment).contentStore
  if (!settings) throw new Error('no store')
  const silence = 3_000
  const objects = s3ObjectStore(settings, silence)
  const bytes = randomBytes(6 * CHUNK_BYTES)
  async function* chunks(): AsyncIterable<Buffer> {
    yield Buffer.from(bytes)
  }
  await objects.put('one', { length: bytes.length, chunks })
  const read: Buffer[] = []
  for await (const piece of objects.get('one', 0, bytes.length)) {
    // Less than half of it can have come while nobody took it.
    if (read.push(piece) === 1) await sleep(1.5 * silence)
  }
  t.ok(Buffer.concat(read).equals(bytes))
  await t.rejects(async () => {
    for await (const _ of objects.get('none', 0, 10));
  }, /404 NoSuchKey/)
  await objects.remove('none')
  t.same(s3.requests, ['PUT', 'GET', 'GET', 'DELETE'], 'each at once')
  s3.fails = 'silent'
  const impatient = s3ObjectStore(settings, 150)
  await t.rejects(impatient.put('two', { length: bytes.length, chunks }), /transient: indisponible/)
  t.same(s3.requests.slice(4), ['PUT', 'PUT', 'PUT'])
})

t.test('S3: once it is able again within the attempts, nobody notices', async (t) => {
  await using kept = await keep(stores.S3)
  const { s3 } = kept
  if (!s3) throw new Error('no store')
  s3.fails = 'down'
  const able = until('the first attempt', () => s3.requests.length > 0, 5).then(() => {
    s3.fails = undefined
  })
  const bytes = randomBytes(1000)
  const patientKey = newUuid()
  const document = one(await deposit(kept, patientKey, [contentInMemory(bytes)]))
  await able
  t.ok((await read(kept.contents, patientKey, document)).equals(bytes))
})

t.test('a server without the store says so; contents in PostgreSQL are read beside it', async (t) => {
  await using kept = await keep(stores.S3)
  const patientKey = newUuid()
  const elsewhere = one(await deposit(kept, patientKey, [contentInMemory(Buffer.from('there'))]))
  const plain = createContents({ db: kept.db, keys: masterKeys(secret) })
  await t.rejects(read(plain, patientKey, elsewhere), /DMP_CONTENT_STORE/)
  const here = one(
    await deposit({ db: kept.db, contents: plain }, patientKey, [contentInMemory(Buffer.from('here'))]),
  )
  t.equal(String(await read(kept.contents, patientKey, here)), 'here')
})
