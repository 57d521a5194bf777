/** Reads of many requests that leave together: each gets its own answer, as if it had been asked alone. */
import assert from 'node:assert/strict'
import t from 'tap'
import { textOf } from '../../../src/fhir/served-text.ts'
import { BackendMessages } from '../../../src/storage/connection/backend-messages.ts'
import { withOwner } from '../../../src/storage/connection/owner-connection.ts'
import { type Database, openDatabase } from '../../../src/storage/database.ts'
import { compileSql, type Sql, sql } from '../../../src/storage/sql.ts'
import { timestamp } from '../../../src/storage/timestamp.ts'
import { type TestDatabase, testDatabase } from '../../support/database.ts'
import fc from '../../support/draws.ts'
import { until } from '../../support/until.ts'

async function withDatabase(work: (db: Database, test: TestDatabase) => Promise<void>): Promise<void> {
  await using test = await testDatabase()
  await withOwner(test.owner, (owner) =>
    owner
      .query('create table counted (n integer not null); insert into counted values (1)')
      .then(() => owner.query(`grant select, update on counted to ${test.server.role}`)),
  )
  const db = openDatabase(test.server, () => undefined)
  try {
    await work(db, test)
  } finally {
    await db.close()
  }
}

/** What a statement gives: its rows, or the code of the error. */
type Outcome = { readonly rows: unknown } | { readonly code: unknown }

async function outcome(asked: Promise<unknown[][]>): Promise<Outcome> {
  try {
    return { rows: await asked }
  } catch (error) {
    return { code: error instanceof Error && 'code' in error ? error.code : String(error) }
  }
}

const values = fc.oneof(
  fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0')),
  fc.constant(null),
)
const texts = fc.array(values.filter((value) => value !== null))
/** Sound ones of several shapes, and some that PostgreSQL refuses when it runs them or when it parses them. */
const statements: fc.Arbitrary<{
  readonly statement: Sql
  readonly rows?: unknown[]
  readonly code?: string
}> = fc.oneof(
  { weight: 4, arbitrary: values.map((x) => ({ statement: sql`select ${x}::text as x`, rows: [{ x }] })) },
  {
    weight: 2,
    arbitrary: texts.map((x) => ({
      statement: sql`select ${x}::text[] as x, true as y`,
      rows: [{ x, y: true }],
    })),
  },
  {
    weight: 2,
    arbitrary: fc.array(values).map((x) => ({ statement: sql`select ${x}::text[] as x`, rows: [{ x }] })),
  },
  {
    weight: 1,
    arbitrary: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }).map((n) => ({
      statement: sql`select ${n}::integer as n, ${n % 32_768}::smallint as s, ${n}::bigint as b, ${n}::float8 as f`,
      rows: [{ n, s: n % 32_768, b: String(n), f: n }],
    })),
  },
  {
    weight: 2,
    arbitrary: fc
      .oneof(
        fc.integer({ min: Date.UTC(1000, 0, 1), max: Date.UTC(9999, 11, 31) }),
        fc.integer({ min: Date.UTC(2000, 0, 1), max: Date.UTC(2999, 11, 31) }),
        fc
          .integer({ min: Date.UTC(2026, 0, 1) / 1000, max: Date.UTC(2027, 0, 1) / 1000 })
          .map((s) => s * 1000),
        fc.constantFrom(
          Number.POSITIVE_INFINITY,
          Number.NEGATIVE_INFINITY,
          Date.UTC(10_000, 0, 1),
          -62_167_219_200_001,
        ),
      )
      .map((at) => ({ statement: sql`select ${timestamp(at)}::timestamptz as at`, rows: [{ at }] })),
  },
  {
    weight: 2,
    arbitrary: fc.uint8Array({ maxLength: 300 }).map((bytes) => ({
      statement: sql`select ${Buffer.from(bytes)}::bytea as x, 7 as n, ${null}::bytea as none`,
      rows: [{ x: Buffer.from(bytes), n: 7, none: null }],
    })),
  },
  {
    // Longer than what comes in one piece.
    weight: 1,
    arbitrary: fc.integer({ min: 0, max: 200_000 }).map((n) => ({
      statement: sql`select repeat('é', ${n}::integer) as x`,
      rows: [{ x: 'é'.repeat(n) }],
    })),
  },
  {
    weight: 2,
    arbitrary: fc.integer({ min: 0, max: 40 }).map((n) => ({
      statement: sql`select g as n from generate_series(1, ${n}::integer) g`,
      rows: Array.from({ length: n }, (_, i) => ({ n: i + 1 })),
    })),
  },
  { weight: 1, arbitrary: fc.constant({ statement: sql`select 1 / ${0}::integer as x`, code: '22012' }) },
  { weight: 1, arbitrary: fc.constant({ statement: sql`select nothing from counted`, code: '42703' }) },
)

t.test('each of many gets its own answer, whatever fails beside it', async (t) => {
  await withDatabase(async (db) => {
    let failed = 0
    let answered = 0
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(statements, { minLength: 1, maxLength: 3 }), { minLength: 10, maxLength: 150 }),
        async (requests) => {
          const outcomes = await Promise.all(
            requests.map((each) => outcome(db.together(...each.map(({ statement }) => statement)))),
          )
          requests.forEach((each, i) => {
            const code = each.find((one) => one.code !== undefined)?.code
            if (code === undefined) {
              answered++
              assert.deepEqual(outcomes[i], { rows: each.map(({ rows }) => rows) })
            } else {
              failed++
              assert.deepEqual(outcomes[i], { code })
            }
          })
        },
      ),
      { numRuns: 40 },
    )
    t.ok(failed > 100 && answered > 100, `${failed} that failed, ${answered} answered`)
  })
})

t.test('together is one snapshot: what another commits in between is not half seen', async (t) => {
  await withDatabase(async (db, test) => {
    const n = sql`select n from counted, pg_sleep(0.01)`
    let differing = 0
    let seen = new Set<number>()
    await withOwner(test.owner, async (owner) => {
      const ended = new AbortController()
      const counting = (async () => {
        while (!ended.signal.aborted) await owner.query('update counted set n = n + 1')
      })()
      for (let i = 0; i < 60; i++) {
        const [[first], [second]] = await db.together<[{ n: number }, { n: number }]>(n, n)
        if (first?.n !== second?.n) differing++
        seen = seen.add(first?.n ?? 0)
      }
      ended.abort()
      await counting
    })
    t.equal(differing, 0)
    t.ok(seen.size > 10, 'and the other did commit meanwhile')
  })
})

t.test('a varchar comes as its bytes, from a batch and from a batch that failed beside it', async (t) => {
  await withDatabase(async (db) => {
    const text = `"Élodie" ${'ß€😀'.repeat(30_000)}`
    const [[row], [none]] = await db.together<[{ x: Buffer }, { x: unknown }]>(
      sql`select ${text}::text::varchar as x`,
      sql`select null::varchar as x`,
    )
    t.ok(Buffer.isBuffer(row?.x))
    t.equal(row && textOf(row.x), text)
    t.same(none, { x: null })
  })
})

t.test('messages are the same in whatever pieces they come', async (t) => {
  const message = fc.tuple(
    fc.constantFrom('D', 'C', 'Z'),
    fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  )
  let cutThrough = 0
  fc.assert(
    fc.property(fc.array(message), fc.array(fc.nat(), { maxLength: 12 }), (sent, cuts) => {
      const bytes = Buffer.concat(
        sent.flatMap(([kind, body]) => {
          const head = Buffer.from([kind.charCodeAt(0), 0, 0, 0, 0])
          head.writeInt32BE(4 + body.length, 1)
          return [head, body]
        }),
      )
      const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b)
      if (places.some((place) => place > 0 && place < bytes.length)) cutThrough++
      const got: (readonly [string, Buffer])[] = []
      const messages = new BackendMessages((kind, from, begin, end) =>
        got.push([String.fromCharCode(kind), Buffer.from(from.subarray(begin, end))]),
      )
      let at = 0
      for (const place of [...places, bytes.length]) {
        messages.add(Buffer.from(bytes.subarray(at, place)))
        at = place
      }
      assert.deepEqual(got, sent)
    }),
    { numRuns: 500 },
  )
  t.ok(cutThrough > 100)
  const messages = new BackendMessages(() => undefined)
  t.throws(() => messages.add(Buffer.from('HTTP/1.1 400')), /no message/)
})

t.test('nothing is written this way', async (t) => {
  await withDatabase(async (db) => {
    t.same(await outcome(db.together(sql`update counted set n = 7`)), { code: '25006' })
    t.same(await db.run(sql`select n from counted`), [{ n: 1 }])
  })
})

t.test('what waits on a connection that is lost is asked once more, on another', async (t) => {
  await withDatabase(async (db, test) => {
    await withOwner(test.owner, async (owner) => {
      await owner.query('select pg_advisory_lock(7)')
      const behind = sql`select 1 as x from pg_advisory_xact_lock_shared(7)`
      const slow = Array.from({ length: 8 }, () => outcome(db.together(behind)))
      await until('what waits is ended', async () => {
        const ended = await owner.query(`select pg_terminate_backend(pid) from pg_stat_activity
          where datname = current_database() and wait_event_type = 'Lock'`)
        return (ended.rowCount ?? 0) > 0
      })
      await owner.query('select pg_advisory_unlock(7)')
      for (const each of await Promise.all(slow)) t.same(each, { rows: [[{ x: 1 }]] })
    })
    t.same(await outcome(db.together(sql`select 1 as x`)), { rows: [[{ x: 1 }]] })
  })
})

t.test('templates put together have the text of what was put in, whichever was first', async (t) => {
  const fragment = fc.constantFrom(sql`a`, sql`b = ${1}`, sql`c = ${2} and d = ${3}`)
  const parts = fc.tuple(fc.oneof(fragment, fc.integer()), fc.oneof(fragment, fc.integer()))
  let mixed = 0
  fc.assert(
    fc.property(parts, ([x, y]) => {
      const plain = (part: Sql | number, at: number): string =>
        typeof part === 'number'
          ? `$${at}`
          : compileSql(part).text.replace(/\$(\d)/g, (_, n) => `$${Number(n) + at - 1}`)
      const count = typeof x === 'number' ? 1 : x.values.length
      if (typeof x !== typeof y) mixed++
      const { text, values } = compileSql(sql`select ${x} or ${y} end`)
      t.equal(text, `select ${plain(x, 1)} or ${plain(y, count + 1)} end`)
      t.equal(values.length, count + (typeof y === 'number' ? 1 : y.values.length))
    }),
  )
  t.ok(mixed > 20)
})
