/**
 * The statements of a transaction: each gets its own answer, all are written or none, and the connection is as good as
 * before, whatever became of them.
 */
import assert from 'node:assert/strict'
import t from 'tap'
import { copyStatement } from '../../src/storage/connection/copy-in.ts'
import { withOwner } from '../../src/storage/connection/owner-connection.ts'
import { type Database, openDatabase, type TransactionEnd } from '../../src/storage/database.ts'
import { type Sql, sql } from '../../src/storage/sql.ts'
import { testDatabase } from '../support/database.ts'
import fc from '../support/draws.ts'

async function withDatabase(work: (db: Database) => Promise<void>): Promise<void> {
  await using test = await testDatabase()
  await withOwner(test.owner, (owner) =>
    owner
      .query('create table noted (n integer primary key, word text, bytes bytea)')
      .then(() => owner.query(`grant select, insert on noted to ${test.server.role}`)),
  )
  const db = openDatabase(test.server, () => undefined)
  try {
    await work(db)
  } finally {
    await db.close()
  }
}

const note = (n: number): Sql => sql`insert into noted (n) values (${n}::integer)`
const noted = async (db: Database): Promise<number[]> =>
  (await db.run<{ n: number }>(sql`select n from noted order by n`)).map(({ n }) => n)
const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : String(error)

t.test('rows are the same when their shape is told and when it is known', () =>
  withDatabase(async (db) => {
    const row = {
      n: 1,
      word: null,
      bytes: Buffer.from([0, 255]),
      at: Date.UTC(2026, 10, 23),
      words: ['a', 'b,'],
    }
    const asked = sql`select 1 as n, null::text as word, '\\x00ff'::bytea as bytes,
      '2026-11-23 00:00:00+00'::timestamptz as at, array['a', 'b,'] as words`
    const rows = await db.transaction(async (tx) => [
      ...(await Promise.all([tx.run(asked), tx.run(asked)])),
      await tx.run(asked),
    ])
    assert.deepEqual(rows, [[row], [row], [row]])
    assert.deepEqual(await Promise.all([db.run(asked), db.run(asked)]), [[row], [row]])
    assert.deepEqual(await db.run(asked), [row])
  }),
)

t.test('all of a transaction is written or none, and the next one finds its connection sound', () =>
  withDatabase(async (db) => {
    // Several shapes of statements, so that some are new to their connection where another fails.
    const writes = fc.array(
      fc.record({
        n: fc.integer({ min: 0, max: 9 }),
        shape: fc.integer({ min: 0, max: 2 }),
        waits: fc.boolean(),
      }),
      { minLength: 1, maxLength: 6 },
    )
    let [done, refused] = [0, 0]
    await fc.assert(
      fc.asyncProperty(writes, async (all) => {
        const before = await noted(db)
        const shapes = [note, (n: number) => sql`insert into noted values (${n}::integer)`]
        const write = ({ n, shape }: (typeof all)[number]): Sql =>
          shapes[shape]?.(n) ?? sql`insert into noted (n) select ${n}::integer returning n`
        const numbers = all.map(({ n }) => n)
        const sound = new Set(numbers).size === numbers.length && !numbers.some((n) => before.includes(n))
        const ends: TransactionEnd[] = []
        const work = db.transaction(async (tx) => {
          tx.onEnd((end) => ends.push(end))
          for (const each of all) {
            if (each.waits) await tx.run(write(each))
            else tx.beforeCommit(tx.run(write(each)))
          }
        })
        const code = await work.then(() => undefined, codeOf)
        assert.equal(code, sound ? undefined : '23505', JSON.stringify(all))
        assert.deepEqual(ends, [sound ? 'committed' : 'rolled back'])
        const after = sound ? [...before, ...numbers].sort((a, b) => a - b) : before
        assert.deepEqual(await noted(db), after)
        if (sound) done++
        else refused++
      }),
      { numRuns: 80 },
    )
    t.ok(done > 0 && refused > 0, `not vacuous: ${done} written, ${refused} refused`)
  }),
)

t.test('what was given to a transaction that is given up at once is not written after it', () =>
  withDatabase(async (db) => {
    const givenUp = db.transaction(async (tx) => {
      await tx.run(sql`select 1 as n`)
      tx.beforeCommit(tx.run(note(1)))
      throw new Error('given up')
    })
    await assert.rejects(givenUp, /given up/)
    assert.deepEqual(await noted(db), [])
    await db.transaction((tx) => tx.run(note(2)))
    assert.deepEqual(await noted(db), [2])
  }),
)

t.test('a connection is kept, though what was given to it fails and is given up in the same turn', () =>
  withDatabase(async (db) => {
    const backend = (): Promise<{ pid: number }[]> =>
      db.transaction((tx) => tx.run<{ pid: number }>(sql`select pg_backend_pid() as pid`))
    const before = await backend()
    const givenUp = db.transaction(async (tx) => {
      await tx.run(sql`select 1 as n`)
      tx.beforeCommit(tx.run(note(1)), tx.run(note(1)))
      throw new Error('given up')
    })
    await assert.rejects(givenUp, /given up/)
    assert.deepEqual(await backend(), before)
    assert.deepEqual(await noted(db), [])
  }),
)

t.test('one connection answers in turn, and a COPY that is refused leaves it as it was', () =>
  withDatabase(async (db) => {
    const backend = (): Promise<{ pid: number }[]> =>
      db.apart.run<{ pid: number }>(sql`select pg_backend_pid() as pid`)
    const copied = (table: Sql, n: number): Promise<void> =>
      db.apart.copyIn(copyStatement(sql`copy ${table} from stdin (format binary)`), [tupleOf(n)])
    const before = await backend()
    const ends = await Promise.allSettled([
      copied(sql`noted (n)`, 1),
      db.apart.run(note(1)),
      copied(sql`noted (n)`, 1),
      copied(sql`nowhere (n)`, 2),
      db.apart.run(sql`select n from noted`),
      copied(sql`noted (n)`, 3),
    ])
    assert.deepEqual(
      ends.map((end) => (end.status === 'fulfilled' ? end.value : codeOf(end.reason))),
      [undefined, '23505', '23505', '42P01', [{ n: 1 }], undefined],
    )
    assert.deepEqual(await backend(), before)
    assert.deepEqual(await noted(db), [1, 3])
  }),
)

/** One column, of four bytes. */
function tupleOf(n: number): Buffer {
  const tuple = Buffer.alloc(10)
  tuple.writeInt16BE(1, 0)
  tuple.writeInt32BE(4, 2)
  tuple.writeInt32BE(n, 6)
  return tuple
}

t.test('what stands before a failure is answered, and who gave the work says what it means', () =>
  withDatabase(async (db) => {
    await db.transaction((tx) => tx.run(note(1)))
    const work = db.transaction(async (tx) => {
      const [before, refused, behind] = await Promise.allSettled([
        tx.run<{ n: number }>(sql`select n from noted`),
        tx.run(note(1)),
        tx.run(sql`select 1 as n`),
      ])
      assert.deepEqual(before, { status: 'fulfilled', value: [{ n: 1 }] })
      assert.deepEqual(
        [refused, behind].map((end) => (end.status === 'rejected' ? codeOf(end.reason) : end.status)),
        ['23505', '23505'],
        'it is told of what aborted the transaction, not that it was aborted',
      )
      throw new Error('noted already')
    })
    await assert.rejects(work, /noted already/)
    assert.deepEqual(await db.transaction((tx) => tx.run(sql`select 1 as n`)), [{ n: 1 }])
    await db.transaction((tx) => tx.run(note(2)))
    assert.deepEqual(await noted(db), [1, 2])
  }),
)

t.test('a search within a transaction stands behind what was asked for before it', () =>
  withDatabase(async (db) => {
    const found = await db.transaction(async (tx) => {
      const [, rows] = await Promise.all([
        tx.run(note(1)),
        tx.run<{ n: number }>(sql`select n from noted`, 'custom'),
      ])
      return rows
    })
    assert.deepEqual(found, [{ n: 1 }])
    const refused = db.transaction(async (tx) => {
      await Promise.all([tx.run(note(1)), tx.run(sql`select n from noted`, 'custom')])
    })
    assert.equal(await refused.then(() => undefined, codeOf), '23505')
    assert.deepEqual(await noted(db), [1])
  }),
)

t.test('a search, planned for its values, stays without a name on whatever connection it is asked', () =>
  withDatabase(async (db) => {
    const search = (word: string): Sql =>
      sql`select n, ${word}::text as word, pg_backend_pid() as pid from noted`
    const kept = sql`select (select count(*)::integer from pg_prepared_statements) as kept`
    const counts = await db.transaction(async (tx) => {
      const found: number[] = []
      for (const shape of [search('a'), sql`select 1 as one`, sql`select 2 as two`]) {
        await tx.run(shape, 'custom')
        found.push(...(await tx.run<{ kept: number }>(kept)).map((row) => row.kept))
      }
      return found
    })
    // Those of the first are the settings around it, and the count itself.
    assert.equal(counts[1], counts[0])
    assert.equal(counts[2], counts[0])
    const outside = await Promise.all([db.run(search('b'), 'custom'), db.run(search('c'), 'custom')])
    assert.deepEqual(outside, [[], []])
    assert.equal(
      await db.run(sql`select n / 0 from generate_series(1, 1) n`, 'custom').then(String, codeOf),
      '22012',
    )
    assert.deepEqual(await db.run(sql`select 1 as n`, 'custom'), [{ n: 1 }], 'a refusal costs no connection')
  }),
)

t.test('a connection that is lost on the way fails all that waits for it', () =>
  withDatabase(async (db) => {
    const ends: TransactionEnd[] = []
    const lost = db.transaction(async (tx) => {
      tx.onEnd((end) => ends.push(end))
      tx.beforeCommit(
        tx.run(note(1)),
        tx.run(sql`select pg_terminate_backend(pg_backend_pid())`),
        tx.run(note(2)),
      )
    })
    await assert.rejects(lost)
    t.not(ends[0], 'committed')
    assert.deepEqual(await noted(db), [])
    await db.transaction((tx) => tx.run(note(3)))
    assert.deepEqual(await noted(db), [3])
  }),
)
