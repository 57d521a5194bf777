/** Group commit on real PostgreSQL: durable when resolved, few statements, and a failure that stays where it happened. */
import t from 'tap'
import { TraceWriter } from '../../src/audit/trace-writer.ts'
import { type Copying, type Database, openDatabase, type Runner } from '../../src/storage/database.ts'
import { compileSql, sql } from '../../src/storage/sql.ts'
import type { TraceRow } from '../../src/storage/traces/insert-traces.ts'
import { testDatabase } from '../support/database.ts'
import { patientKey } from '../support/questions.ts'
import { newUuid } from '../support/stored-documents.ts'
import { testChain } from '../support/test-chain.ts'

const chain = testChain()

function row(given: Partial<TraceRow> = {}): TraceRow {
  return {
    patient_key: patientKey,
    recorded: new Date().toISOString(),
    id: newUuid(),
    interaction: 'read-document-reference',
    outcome: '0',
    status: 200,
    error: '',
    actor: 'PS',
    authentication: 'DIRECTE',
    person: 'ps:810000000001',
    organization: '',
    profession: '10',
    client: 'test',
    on_behalf_of: null,
    mode: 'normal',
    motive: '',
    rules: ['F8', 'A1'],
    resource_type: 'DocumentReference',
    entities: [],
    query: '',
    request_id: '',
    network: '192.0.2.7',
    notices: [],
    chain,
    ...given,
  }
}

async function withDatabase(work: (db: Database) => Promise<void>): Promise<void> {
  await using test = await testDatabase()
  const db = openDatabase(test.server, (error) => t.fail(error.message))
  try {
    await work(db)
  } finally {
    await db.close()
  }
}

/** Counts statements, and lets a test stand in the way of one. */
function watched(db: Database, before: (n: number, rows: number) => Promise<void> = async () => {}) {
  const state = { statements: 0, copies: 0, underWay: 0, mostUnderWay: 0 }
  const watch = async <T>(rows: number, work: () => Promise<T>): Promise<T> => {
    state.statements++
    state.underWay++
    state.mostUnderWay = Math.max(state.mostUnderWay, state.underWay)
    try {
      await before(state.statements, rows)
      return await work()
    } finally {
      state.underWay--
    }
  }
  const runner: Runner & Copying = {
    run: (statement) => {
      // One trace is a list of values, several are an array for each column.
      const [keys] = compileSql(statement).values
      return watch(Array.isArray(keys) ? keys.length : 1, () => db.run(statement))
    },
    copyIn: (statement, tuples) => {
      state.copies++
      return watch(tuples.length, () => db.apart.copyIn(statement, tuples))
    },
  }
  return { runner, state }
}

async function durable(db: Database): Promise<Set<string>> {
  return new Set((await db.run<{ id: string }>(sql`select a.id from audit a`)).map(({ id }) => id))
}

t.test('1,000 concurrent writes: each durable when it resolves, in few statements', async (t) => {
  await withDatabase(async (db) => {
    const { runner, state } = watched(db)
    const writer = new TraceWriter(runner)
    const rows = Array.from({ length: 1000 }, () => row())
    let early = 0
    await Promise.all(
      rows.map(async (one, i) => {
        await writer.write(one)
        // Asked on another connection, at once, by some of them: too many would only wait for each other.
        if (i % 50 === 0 && !(await durable(db)).has(one.id)) early++
      }),
    )
    t.equal(early, 0, 'none was said to be durable before it was')
    t.equal((await durable(db)).size, 1000)
    t.ok(state.statements <= 4, `${state.statements} statements`)
    t.ok(state.copies > 0, 'not vacuous: by COPY')
    t.ok(state.mostUnderWay <= 2, 'few at once')
  })
})

t.test('writes that come one after the other do not wait for company', async (t) => {
  await withDatabase(async (db) => {
    const { runner, state } = watched(db)
    const writer = new TraceWriter(runner)
    for (let i = 0; i < 20; i++) await writer.write(row())
    t.equal(state.statements, 20)
    t.equal((await durable(db)).size, 20)
  })
})

t.test('writes that arrive while statements are under way go together in the next', async (t) => {
  await withDatabase(async (db) => {
    let release = (): void => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    const sizes: number[] = []
    const { runner, state } = watched(db, async (_n, rows) => {
      sizes.push(rows)
      await held
    })
    const writer = new TraceWriter(runner)
    const turn = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
    const writes: Promise<void>[] = []
    for (const arriving of [1, 1, 700]) {
      for (let i = 0; i < arriving; i++) writes.push(writer.write(row()))
      await turn()
    }
    const began = state.statements
    t.ok(began <= 2, 'few under way')
    release()
    await Promise.all(writes)
    t.equal(state.statements, began + 2, 'all that waited went in two')
    t.equal(Math.max(...sizes), 500, 'for one statement is bounded')
    t.equal((await durable(db)).size, 702)
  })
})

t.test('a failing insert rejects exactly its batch; those behind it go on', async (t) => {
  await withDatabase(async (db) => {
    const { runner } = watched(db, async (n) => {
      if (n === 1) throw new Error('the disk is full')
    })
    const writer = new TraceWriter(runner)
    const failing = Array.from({ length: 5 }, () => row())
    const outcomes = Promise.allSettled(failing.map((one) => writer.write(one)))
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
    const later = Array.from({ length: 5 }, () => row())
    await Promise.all(later.map((one) => writer.write(one)))
    t.ok((await outcomes).every((o) => o.status === 'rejected' && o.reason.message === 'the disk is full'))
    const there = await durable(db)
    t.same(
      [...there].sort(),
      later.map(({ id }) => id).sort(),
      'what was rejected was not written, nor the reverse',
    )
    await writer.write(row())
    t.equal((await durable(db)).size, 6, 'the writer goes on')
  })
})

t.test('a trace PostgreSQL cannot take fails alone', async (t) => {
  await withDatabase(async (db) => {
    const writer = new TraceWriter(db.apart)
    // U+0000, half a surrogate pair, a number too great: each would fail the whole statement.
    const bad = [row({ query: 'a\0b' }), row({ motive: '\ud800' }), row({ status: 99_999 })]
    const good = Array.from({ length: 10 }, () => row())
    const outcomes = await Promise.allSettled(
      [...good.slice(0, 5), ...bad, ...good.slice(5)].map((one) => writer.write(one)),
    )
    const there = await durable(db)
    t.ok(
      good.every(({ id }) => there.has(id)),
      'the others do not pay for it',
    )
    outcomes.forEach((outcome, i) => {
      const expected = [...good.slice(0, 5), ...bad, ...good.slice(5)][i]
      t.equal(outcome.status === 'fulfilled', there.has(expected?.id ?? ''), 'told as it is')
    })
    t.ok(
      outcomes.some(({ status }) => status === 'rejected'),
      'not vacuous',
    )
  })
})

t.test('memory is bounded: past the limit a write fails at once, and recovers', async (t) => {
  await withDatabase(async (db) => {
    let release = (): void => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    const { runner } = watched(db, () => held)
    const writer = new TraceWriter(runner, 10)
    const outcomes = Promise.allSettled(Array.from({ length: 25 }, () => writer.write(row())))
    await t.rejects(writer.write(row()), { message: /Too many/ })
    release()
    const kept = (await outcomes).filter(({ status }) => status === 'fulfilled').length
    t.equal(kept, 10)
    t.equal((await durable(db)).size, 10)
    await writer.write(row())
    t.equal((await durable(db)).size, 11)
  })
})

t.test('of a group one that is there already stays as it is, and the others are there', async (t) => {
  await withDatabase(async (db) => {
    const { runner, state } = watched(db)
    const writer = new TraceWriter(runner)
    const first = row()
    await writer.write(first)
    const others = Array.from({ length: 9 }, () => row())
    // The commit of the first was not answered, say: the same trace comes again.
    await Promise.all([...others.slice(0, 4), first, ...others.slice(4)].map((one) => writer.write(one)))
    t.same([...(await durable(db))].sort(), [first, ...others].map(({ id }) => id).sort())
    t.equal(state.copies, 1, 'not vacuous: COPY was tried, and refused')
    t.equal(state.statements, 3)
  })
})

t.test('what owes notices is inserted with them, beside the COPY of the others', async (t) => {
  await withDatabase(async (db) => {
    const { runner, state } = watched(db)
    const writer = new TraceWriter(runner)
    const key = `bris:${newUuid()}`
    const owing = row({
      mode: 'bris_de_glace',
      notices: [{ key, kind: 'bris_de_glace', recipient: 'patient' }],
    })
    const others = Array.from({ length: 5 }, () => row())
    await Promise.all([owing, ...others].map((one) => writer.write(one)))
    t.equal((await durable(db)).size, 6)
    t.same(await db.run(sql`select n.key, n.trace from notice n`), [{ key, trace: owing.id }])
    t.equal(state.copies, 1)
    t.equal(state.statements, 2)
  })
})

t.test(
  'a group waits for requests that are being served, but neither for one that lasts nor for nobody',
  async (t) => {
    await withDatabase(async (db) => {
      const { runner, state } = watched(db)
      const writer = new TraceWriter(runner)
      const turn = () => new Promise((resolve) => setImmediate(resolve))
      await Promise.all(
        Array.from({ length: 12 }, async (_, i) => {
          await writer.expecting(async () => {
            // Each ends in another turn of the event loop: without waiting there would be a group for nearly each.
            for (let turns = 0; turns < i; turns++) await turn()
          })
          await writer.write(row())
        }),
      )
      t.ok(state.statements <= 3, `${state.statements} statements for twelve`)
      let end = (): void => {}
      const long = writer.expecting(() => new Promise<void>((resolve) => (end = resolve)))
      const before = state.statements
      await writer.write(row())
      t.equal(state.statements, before + 1, 'it left though one is still being served')
      end()
      await long
      t.equal((await durable(db)).size, 13)
    })
  },
)

t.test('as many as are still being served leave without waiting for these', async (t) => {
  await withDatabase(async (db) => {
    const { runner, state } = watched(db)
    const writer = new TraceWriter(runner)
    const turn = () => new Promise((resolve) => setImmediate(resolve))
    const ends: (() => void)[] = []
    const served = Array.from({ length: 40 }, () =>
      writer.expecting(() => new Promise<void>((resolve) => ends.push(resolve))),
    )
    const end = (count: number): Promise<unknown> => {
      for (const each of ends.splice(0, count)) each()
      return turn()
    }
    const write = async (count: number): Promise<number> => {
      const writes = Array.from({ length: count }, () => writer.write(row()))
      // No timer comes before the end of this turn.
      await turn()
      const begun = state.statements
      await Promise.all(writes)
      return begun
    }
    t.equal(await write(24), 1, 'enough of them, however many are served')
    await end(30)
    t.equal(await write(10), 2, 'ten, and ten are served')
    await end(10)
    t.equal(await write(1), 3, 'one, and nobody is served')
    await Promise.all(served)
    t.equal((await durable(db)).size, 35)
    t.equal(state.statements, 3)
  })
})
