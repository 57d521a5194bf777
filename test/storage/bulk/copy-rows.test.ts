/** Rows in the binary form of COPY: what PostgreSQL makes of them is what was given; and what becomes of a transaction. */
import assert from 'node:assert/strict'
import t from 'tap'
import type { Uuid } from '../../../src/fhir/id.ts'
import { type BulkConnection, isTaken, openBulk } from '../../../src/storage/bulk/bulk-connection.ts'
import { CopyRows, type RowWriter } from '../../../src/storage/bulk/copy-rows.ts'
import { type Mark, templatesWith } from '../../../src/storage/bulk/row-template.ts'
import type { TransactionEnd } from '../../../src/storage/database.ts'
import { sql } from '../../../src/storage/sql.ts'
import { testDatabase } from '../../support/database.ts'
import fc from '../../support/draws.ts'

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

const MARKS = {
  id: '0aaaaaaa-aaaa-7aaa-8aaa-aaaaaaaaaaaa' as Uuid,
  text: 'Qfirst',
  other: '(Q[second]',
} as const
const TEXT_AT = Date.UTC(1971, 1, 3, 4, 5, 6, 789)

/** What follows the header: rows alone. */
function rowOf(row: Row): Buffer {
  const rows = new CopyRows()
  const start = rows.length
  write(rows, row)
  return Buffer.from(rows.since(start))
}

function write(to: RowWriter, row: Row): void {
  to.row(9).int4(1).int4(row.whole).boolean(row.yes).uuid(row.id).text(row.words).bytes(row.bytes)
  to.timestamp(row.at).texts(row.texts).uuids(row.ids)
}

t.test('a row filled in is the row that would have been written', async (t) => {
  const time = (at: number): Buffer => {
    const rows = new CopyRows()
    const start = rows.length
    rows.timestamp(at)
    return Buffer.from(rows.since(start + 4))
  }
  const key = (id: Uuid): Buffer => Buffer.from(id.replaceAll('-', ''), 'hex')
  const marks: Mark[] = [
    { bytes: key(MARKS.id), isFixed: true },
    { bytes: Buffer.from(MARKS.text), isFixed: false },
    { bytes: Buffer.from(MARKS.other), isFixed: false },
    { bytes: time(TEXT_AT), isFixed: true },
  ]
  const templates = templatesWith(marks)
  const pieces = fc.array(fc.constantFrom<keyof typeof MARKS | 'é"x' | ''>('text', 'other', 'é"x', ''), {
    maxLength: 5,
  })
  const shapes = fc.record({
    ...{ whole: fc.integer({ min: 0, max: 9 }), yes: fc.boolean(), hasId: fc.boolean(), words: pieces },
    ...{
      bytes: fc.option(pieces),
      hasTime: fc.option(fc.boolean()),
      texts: fc.array(pieces, { maxLength: 3 }),
    },
    ids: fc.array(fc.boolean(), { maxLength: 3 }),
  })
  const values = fc.record({ id: uuids, text: texts, other: texts, at: fc.integer({ min: 0, max: 4e12 }) })
  let filled = 0
  fc.assert(
    fc.property(shapes, values, (shape, value) => {
      const like = (v: { id: Uuid; text: string; other: string; at: number }): Row => {
        const put = (all: readonly string[]): string =>
          all.map((each) => (each === 'text' || each === 'other' ? v[each] : each)).join('')
        return {
          ...{ whole: shape.whole, yes: shape.yes, id: shape.hasId ? v.id : null, words: put(shape.words) },
          bytes: shape.bytes && Buffer.from(put(shape.bytes)),
          at: shape.hasTime === null ? undefined : shape.hasTime ? v.at : 86_400_000,
          ...{ texts: shape.texts.map(put), ids: shape.ids.map((is) => (is ? v.id : ZERO)) },
        }
      }
      const fill = templates.ofRow((to) => write(to, like({ ...MARKS, at: TEXT_AT })))
      const rows = new CopyRows()
      const start = rows.length
      for (const v of [value, { ...MARKS, at: TEXT_AT }]) {
        const at = rows.length
        fill(rows, [key(v.id), Buffer.from(v.text), Buffer.from(v.other), time(v.at)])
        assert.ok(rows.since(at).equals(rowOf(like(v))), JSON.stringify(like(v)))
      }
      if (rows.length > start && shape.words.length > 0) filled++
    }),
  )
  t.ok(filled > 30)
  const fill = templates.ofBytes(Buffer.from(`a ${MARKS.text} b`))
  t.throws(() => fill(new CopyRows(), []), /value 1 of a template/)
  const keyed = templates.ofRow((to) => void to.row(1).uuid(MARKS.id))
  t.throws(() => keyed(new CopyRows(), [Buffer.alloc(15)]), 'a key of another length')
})

const ZERO = '00000000-0000-7000-8000-000000000000' as Uuid

t.test('marks that could be mistaken are refused', async (t) => {
  for (const wrong of [
    ['a', ''],
    ['a', 'a'],
    ['ab', 'b'],
  ])
    t.throws(() => templatesWith(wrong.map((text) => ({ bytes: Buffer.from(text), isFixed: false }))))
})
