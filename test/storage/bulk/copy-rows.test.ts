/** Rows in the binary form of COPY: what PostgreSQL makes of them is what was given; and what becomes of a transaction. */
import fc from 'fast-check'
import t from 'tap'
import type { Uuid } from '../../../src/fhir/id.ts'
import { type BulkConnection, isTaken, openBulk } from '../../../src/storage/bulk/bulk-connection.ts'
import { CopyRows } from '../../../src/storage/bulk/copy-rows.ts'
import type { TransactionEnd } from '../../../src/storage/database.ts'
import { sql } from '../../../src/storage/sql.ts'
import { testDatabase } from '../../support/database.ts'

type Row = {
  readonly whole: number
  readonly yes: boolean
  readonly id: Uuid | null
  readonly words: string
  readonly bytes: Buffer | null
  readonly at: number | undefined
  readonly texts: readonly string[]
  readonly ids: readonly Uuid[]
}

const uuids = fc.uuid().map((text) => text as Uuid)
/** PostgreSQL holds no U+0000, and half a character is none in UTF-8. */
const texts = fc.string({ unit: 'grapheme', maxLength: 300 }).filter((text) => !text.includes('\0'))
const times = fc.oneof(
  fc.constantFrom(Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, undefined),
  fc.integer({ min: Date.UTC(1, 0, 1), max: Date.UTC(9999, 11, 31) }),
  fc.integer({ min: Date.UTC(1999, 11, 31), max: Date.UTC(2000, 0, 2) }),
)
const rows: fc.Arbitrary<Row> = fc.record({
  whole: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  yes: fc.boolean(),
  id: fc.option(uuids),
  words: fc.oneof(texts, fc.constant('é'.repeat(70_000))),
  bytes: fc.option(fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes))),
  at: times,
  texts: fc.array(texts, { maxLength: 5 }),
  ids: fc.array(uuids, { maxLength: 5 }),
})

/** A pool of one: a connection of a test that sees its own temporary table. */
async function withTable(work: (bulk: BulkConnection) => Promise<void>): Promise<void> {
  await using database = await testDatabase()
  const { role: _, ...owner } = database.server
  const bulk = await openBulk(owner)
  try {
    await bulk.transaction(async ({ run }) => {
      await run(sql`create table copied (n integer primary key, whole integer, yes boolean, id uuid, words text,
        bytes bytea, at timestamptz, texts text[], ids uuid[])`)
    })
    await work(bulk)
  } finally {
    await bulk.close()
  }
}

const into = sql`copy copied (n, whole, yes, id, words, bytes, at, texts, ids) from stdin (format binary)`

function copied(given: readonly Row[], from = 0): CopyRows {
  const copy = new CopyRows()
  given.forEach((row, n) => {
    copy
      .row(9)
      .int4(from + n)
      .int4(row.whole)
      .boolean(row.yes)
      .uuid(row.id)
      .text(row.words)
      .bytes(row.bytes)
    copy.timestamp(row.at).texts(row.texts).uuids(row.ids)
  })
  return copy
}

t.test('what is copied is what is there', async (t) => {
  await withTable(async (bulk) => {
    let [count, large] = [0, 0]
    await fc.assert(
      fc.asyncProperty(fc.array(rows, { minLength: 1, maxLength: 12 }), async (given) => {
        count += given.length
        large += given.filter(({ words }) => words.length > 60_000).length
        await bulk.transaction(async (transaction) => {
          await transaction.run(sql`delete from copied`)
          await transaction.copy(into, copied(given))
        })
        const found = await bulk.transaction(({ run }) =>
          run<Row & { at: number | null }>(
            sql`select c.whole, c.yes, c.id, c.words, c.bytes, c.at, c.texts, c.ids from copied c order by c.n`,
          ),
        )
        const expected = given.map((row) => ({ ...row, at: row.at ?? null }))
        // As text: to find where large values differ takes tap minutes.
        const plain = (all: readonly object[]): string =>
          JSON.stringify(all, (_, value) =>
            Number.isFinite(value) ? value : typeof value === 'number' ? `${value}` : value,
          )
        if (plain(found.map(inOrder)) !== plain(expected.map(inOrder)))
          throw new Error(`${plain(found).slice(0, 500)} is not ${plain(expected).slice(0, 500)}`)
      }),
      { numRuns: 40 },
    )
    t.ok(count > 100 && large > 10, `${count} rows, ${large} of them large`)
  })
})

function inOrder({ whole, yes, id, words, bytes, at, texts, ids }: Omit<Row, 'at'> & { at: number | null }) {
  return { whole, yes, id, words, bytes: bytes?.toString('hex'), at, texts, ids: [...ids] }
}

t.test('a transaction is all there or not at all, and says how it ended', async (t) => {
  const row: Row = {
    ...{ whole: 1, yes: true, id: null, words: '', bytes: null, at: undefined },
    ...{ texts: [], ids: [] },
  }
  await withTable(async (bulk) => {
    const ends: TransactionEnd[] = []
    const count = async (): Promise<number> => {
      const [found] = await bulk.transaction(({ run }) =>
        run<{ count: number }>(sql`select count(*)::integer as count from copied`),
      )
      return found?.count ?? -1
    }
    const two = (from: number) =>
      bulk.transaction(async ({ copy, onEnd }) => {
        onEnd((end) => ends.push(end))
        await copy(into, copied([row, row], from))
      })
    await two(0)
    t.equal(await count(), 2)
    const taken = await two(1).catch((error: unknown) => error)
    t.ok(isTaken(taken), 'the row 1 is there')
    t.equal(await count(), 2, 'and the row 2 is not')
    const given = await bulk
      .transaction(async ({ copy, onEnd }) => {
        onEnd((end) => ends.push(end))
        await copy(into, copied([row], 7))
        throw new RangeError('given up')
      })
      .catch((error: unknown) => error)
    t.ok(given instanceof RangeError && !isTaken(given))
    const late = await bulk
      .transaction(async ({ run, beforeCommit, onEnd }) => {
        onEnd((end) => ends.push(end))
        beforeCommit(run(sql`select 1 / 0`))
      })
      .catch((error: unknown) => error)
    t.match(late, { code: '22012' })
    t.equal(await count(), 2, 'the connection goes on')
    t.same(ends, ['committed', 'rolled back', 'rolled back', 'rolled back'])
  })
})
