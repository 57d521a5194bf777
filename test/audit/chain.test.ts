/** Traces that nobody can alter unseen (T3): the row, its seal, the chain, and what a verification finds. */
import { createHash, createHmac, randomBytes } from 'node:crypto'
import t from 'tap'
import { assetPath } from '../../src/asset-path.ts'
import { type ChainKeeper, WRITER_OF_BEFORE } from '../../src/audit/chain-keeper.ts'
import {
  type Checkpoint,
  digestOf,
  MAX_ROWS,
  openSigned,
  readCheckpoint,
  signCheckpoint,
} from '../../src/audit/checkpoint.ts'
import type { FaultKind } from '../../src/audit/name-fault.ts'
import { hmac, traceSealKey } from '../../src/audit/trace-seal.ts'
import { type Verification, verifyTraces } from '../../src/audit/verify-traces.ts'
import { encodeUuid, isUuid, type Uuid } from '../../src/fhir/id.ts'
import type { DedicatedConnection } from '../../src/storage/connection/dedicated-connection.ts'
import { withOwner } from '../../src/storage/connection/owner-connection.ts'
import { type Database, openDatabase } from '../../src/storage/database.ts'
import { migrate } from '../../src/storage/schema/migrate.ts'
import { loadMigrations, type Migration, numberMigrations } from '../../src/storage/schema/migrations.ts'
import { type Sql, sql } from '../../src/storage/sql.ts'
import { copyRows, readHead } from '../../src/storage/traces/audit-checkpoints.ts'
import { canonicalTrace, sealOf } from '../../src/storage/traces/canonical-trace.ts'
import {
  insertTraces,
  seatTrace,
  type TraceChain,
  type TraceRow,
} from '../../src/storage/traces/insert-traces.ts'
import {
  actorCodes,
  authenticationCodes,
  interactionCodes,
  modeCodes,
  typeCodes,
} from '../../src/storage/traces/trace-codes.ts'
import {
  decodeTrace,
  encodeTrace,
  entityCondition,
  type TraceColumns,
  versionCondition,
} from '../../src/storage/traces/trace-columns.ts'
import { chainCheck, chainKey, chainSealer, openKeeper, openOwner, traceRow } from '../support/chains.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'
import fc from '../support/draws.ts'
import { dyingWriter } from '../support/dying-writer.ts'
import { newUuid } from '../support/stored-documents.ts'
import { storedTraces } from '../support/stored-traces.ts'
import { testChain } from '../support/test-chain.ts'

type World = {
  readonly test: TestDatabase
  readonly db: Database
  readonly owner: DedicatedConnection
  readonly keeper: ChainKeeper
  /** Another process on the same database. */
  readonly another: () => Promise<ChainKeeper>
  readonly verify: (options?: Partial<Parameters<typeof verifyTraces>[1]>) => Promise<Verification>
  readonly faults: unknown[]
}

async function withChain(work: (world: World) => Promise<void>): Promise<void> {
  await using test = await testDatabase()
  const db = openDatabase(test.server, (error) => t.fail(error.message))
  const owner = await openOwner(test)
  const faults: unknown[] = []
  const keepers: ChainKeeper[] = []
  const another = async (): Promise<ChainKeeper> => {
    const keeper = await openKeeper(test, (error) => faults.push(error))
    keepers.push(keeper)
    return keeper
  }
  try {
    await work({
      test,
      db,
      owner,
      keeper: await another(),
      another,
      verify: (options) => verifyTraces(owner, { check: chainCheck, sealKeys: [chainKey], ...options }),
      faults,
    })
  } finally {
    for (const keeper of keepers) await keeper.close()
    await owner.close()
    await db.close()
  }
}

async function write(db: Database, keeper: TraceChain, count: number): Promise<TraceRow[]> {
  const rows = Array.from({ length: count }, () => traceRow(keeper))
  for (let i = 0; i < rows.length; i += 500) await insertTraces(db, rows.slice(i, i + 500))
  return rows
}

/** Altered by who owns the database, looked at, and put right again. */
async function altered(
  { owner, verify }: World,
  statements: readonly Sql[],
  options: Partial<Parameters<typeof verifyTraces>[1]> = {},
): Promise<Verification> {
  await owner.run(sql`begin`)
  try {
    for (const statement of statements) await owner.run(statement)
    return await verify(options)
  } finally {
    await owner.run(sql`rollback`)
  }
}

async function places(owner: DedicatedConnection): Promise<{ id: Uuid; writer: number; seq: number }[]> {
  return owner.run(sql`select a.id, a.writer, a.seq from audit a order by a.writer, a.seq`)
}

/** Digests of the first eighty, as they were when migration 0010 was written. */
const CODES_OF_INTERACTIONS = 'ceb22fda7cc8dbfd'
const CODES_OF_TYPES = '67cd6779ed274a7d'

t.test('a row is in words what it was, and its sealed bytes are those that PostgreSQL sends', async (t) => {
  await withChain(async ({ db, owner, keeper }) => {
    const texts = fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\0', ''))
    const type = fc.constantFrom('', 'DocumentReference', 'Patient', 'VisionPrescription', 'NoTypeOfR4')
    const entity = fc.oneof(
      fc
        .tuple(fc.constantFrom('DocumentReference', 'Binary', 'Slot', 'Unknown'), fc.nat(1_000_000))
        .map(([of, version]) => `${of}/${newUuid().slice(0, 8)}-${version}/${version}`),
      fc.nat(99).map((version) => traceRow(keeper).entities[0]?.replace(/\d+$/, `${version}`) ?? ''),
      fc.nat(500).map((n) => `+${n}`),
      texts.filter((text) => text !== ''),
    )
    const given = fc.record({
      interaction: fc.constantFrom('search-traces', 'publish-document', 'everything'),
      status: fc.constantFrom(200, 201, 404, 503),
      actor: fc.constantFrom('PS', 'PATIENT', 'SYSTEME', ''),
      authentication: fc.constantFrom('DIRECTE', 'INDIRECTE_RENFORCEE', ''),
      mode: fc.constantFrom('normal', 'bris_de_glace', 'centre_15'),
      resource_type: type,
      entities: fc.array(entity, { maxLength: 30 }),
      rules: fc.array(fc.constantFrom('F10', 'A1', 'V5'), { maxLength: 4 }),
      person: texts,
      profession: fc.constantFrom('10', '', 'INFIRMIER'),
      client: texts,
      motive: texts,
      query: texts,
      request_id: fc.oneof(
        texts,
        fc.nat().map((n) => newUuid(n)),
      ),
      network: fc.constantFrom('192.0.2.7', '2001:db8::1', 'hub.example', ''),
    })
    let checked = 0
    await fc.assert(
      fc.asyncProperty(fc.array(given, { minLength: 1, maxLength: 5 }), async (all) => {
        const rows = all.map((one) => traceRow(keeper, one))
        const seated = rows.map(seatTrace)
        await insertTraces(db, rows)
        const tuples = new Map<string, Buffer>()
        const seqs = seated.map(({ seat }) => seat.seq)
        const range = { writer: keeper.writer, above: Math.min(...seqs) - 1, upTo: Math.max(...seqs) }
        await copyRows(owner, range, (tuple) => {
          tuples.set(tuple.subarray(26, 42).toString('hex'), Buffer.from(tuple))
        })
        for (const [i, row] of rows.entries()) {
          const [stored] = await db.run<TraceColumns>(
            sql`select a.* from audit a where a.patient_key = ${row.patient_key}::uuid and a.id = ${row.id}::uuid`,
          )
          const seat = seated[i]?.seat
          if (!stored || !seat) throw new Error('not stored')
          const { notices: _, chain: __, recorded: ___, ...logical } = row
          const { recorded: ____, ...back } = decodeTrace(stored)
          t.same(back, { ...logical, outcome: row.status < 400 ? '0' : row.status < 500 ? '4' : '8' })
          const expected = canonicalTrace(encodeTrace(row), seat.writer, seat.seq)
          const seal = sealOf(seat.tuple)
          seal.copy(expected, expected.length - seal.length)
          t.ok(tuples.get(row.id.replaceAll('-', ''))?.equals(expected), 'the same bytes')
          t.ok(seat.tuple.equals(expected))
          checked++
        }
      }),
      { numRuns: 60 },
    )
    t.ok(checked > 100, `${checked} rows`)
  })
})

t.test('what was written is sound: several processes, attempts that are rolled back, a crowd', async (t) => {
  await withChain(async ({ db, keeper, another, verify, faults }) => {
    const second = await another()
    let rolledBack = 0
    await Promise.all(
      Array.from({ length: 400 }, async (_, i) => {
        const row = traceRow(i % 3 === 0 ? second : keeper)
        const attempt = (fails: boolean) =>
          db.transaction(async (transaction) => {
            await insertTraces(transaction, [row])
            if (fails) throw new Error('a conflict')
          })
        if (i % 5 === 0) {
          await t.rejects(attempt(true), /a conflict/)
          rolledBack++
        }
        if (i % 10 !== 0) await attempt(false)
        if (i % 100 === 50) await keeper.sign()
      }),
    )
    await keeper.sign()
    await second.sign()
    const told = await verify()
    t.same(told.faults, [])
    t.equal(told.rows, 360)
    t.ok(
      told.voids > 0 && told.voids <= rolledBack,
      `${told.voids} of ${rolledBack} rolled back were not written again`,
    )
    t.equal(told.unsigned, 0)
    t.same(faults, [])
    const keyless = await verify({ sealKeys: [] })
    t.same([keyless.faults, keyless.rows], [[], 360], 'with public keys alone')
  })
})

t.test('who owns the database alters a trace: each way is found, and the first named', async (t) => {
  await withChain(async (world) => {
    const { db, owner, keeper, another, verify } = world
    await write(db, keeper, 40)
    await keeper.sign()
    await write(db, keeper, 40)
    const second = await another()
    await write(db, second, 20)
    await keeper.sign()
    await second.sign()
    t.same((await verify()).faults, [])
    const all = await places(owner)
    const own = all.filter(({ writer }) => writer === keeper.writer)
    const others = all.filter(({ writer }) => writer === second.writer)
    const [a, b, other, last] = [own[44], own[61], others[7], own[79]]
    if (!a || !b || !other || !last) throw new Error('too few')
    const cases: readonly [string, readonly Sql[], FaultKind, { id?: Uuid; seq: number; writer: number }][] =
      [
        ['a status', [sql`update audit set status = 200 + 1 where id = ${a.id}::uuid`], 'changed', a],
        [
          'who it was',
          [sql`update audit set person = 'ps:810000000001' where id = ${a.id}::uuid`],
          'changed',
          a,
        ],
        [
          'what was shown',
          [sql`update audit set entities = ''::bytea where id = ${a.id}::uuid`],
          'changed',
          a,
        ],
        [
          'another record',
          [sql`update audit set patient_key = gen_random_uuid() where id = ${a.id}::uuid`],
          'changed',
          a,
        ],
        [
          'the seal of another',
          [
            sql`update audit set seal = (select x.seal from audit x where x.id = ${b.id}::uuid) where id = ${a.id}::uuid`,
          ],
          'changed',
          a,
        ],
        ['no seal', [sql`update audit set seal = ''::bytea where id = ${a.id}::uuid`], 'changed', a],
        [
          'a removal',
          [sql`delete from audit where id = ${a.id}::uuid`],
          'removed',
          { writer: a.writer, seq: a.seq },
        ],
        [
          'the last one',
          [sql`delete from audit where id = ${last.id}::uuid`],
          'removed',
          { writer: last.writer, seq: last.seq },
        ],
        [
          'an insertion',
          [
            sql`insert into audit select gen_random_uuid(), x.id, x.writer, x.seq, x.interaction, x.status, x.resource_type,
            x.actor, x.authentication, x.mode, x.on_behalf, x.person, x.organization, x.profession, x.client, x.network,
            x.motive, x.rules, x.error, x.query, x.request_id, x.entities, x.seal from audit x where x.id = ${a.id}::uuid`,
          ],
          'inserted',
          a,
        ],
        [
          'an insertion behind the last one that is signed',
          [
            sql`insert into audit select gen_random_uuid(), x.id, x.writer, x.seq, x.interaction, x.status, x.resource_type,
            x.actor, x.authentication, x.mode, x.on_behalf, x.person, x.organization, x.profession, x.client, x.network,
            x.motive, x.rules, x.error, x.query, x.request_id, x.entities, x.seal from audit x where x.id = ${last.id}::uuid`,
          ],
          'inserted',
          last,
        ],
        [
          'two places exchanged',
          [
            sql`update audit set seq = ${a.seq + b.seq}::integer - seq where id in (${a.id}::uuid, ${b.id}::uuid)`,
          ],
          'reordered',
          // At the first of the two places stands the other now.
          { ...b, seq: a.seq },
        ],
        [
          'a row of another chain in its place',
          [
            sql`update audit set writer = ${a.writer}::integer, seq = ${a.seq}::integer where id = ${other.id}::uuid`,
            sql`update audit set writer = ${other.writer}::integer, seq = ${other.seq}::integer where id = ${a.id}::uuid`,
          ],
          'changed',
          { ...other, writer: a.writer, seq: a.seq },
        ],
        [
          'a place before the first',
          [sql`update audit set seq = 0 where id = ${a.id}::uuid`],
          'inserted',
          { ...a, seq: 0 },
        ],
        [
          'a writer that never was',
          [sql`update audit set writer = 77 where id = ${a.id}::uuid`],
          'inserted',
          { ...a, writer: 77 },
        ],
      ]
    for (const [what, statements, kind, { id, seq, writer }] of cases) {
      const { faults } = await altered(world, statements)
      const named = faults.find((one) => one.kind === kind && one.seq === seq && one.writer === writer)
      t.ok(named, `${what}: ${kind} at ${writer}/${seq}, of ${JSON.stringify(faults)}`)
      if (id !== undefined) t.equal(named?.id, id, `${what}: by its id`)
      t.ok(faults.length <= 4, `${what}: nothing else is blamed`)
      const keyless = await altered(world, statements, { sealKeys: [] })
      t.ok(keyless.faults.length > 0, `${what}: found without any secret`)
    }
    t.same((await verify()).faults, [], 'all as it was')
  })
})

t.test('who owns the database alters the chain itself', async (t) => {
  await withChain(async (world) => {
    const { db, owner, keeper, another, verify } = world
    for (let i = 0; i < 4; i++) {
      await write(db, keeper, 10)
      await keeper.sign()
    }
    const { writer } = keeper
    // It links the head of the first.
    const second = await another()
    await write(db, second, 3)
    await second.sign()
    t.same((await verify()).faults, [])
    const head = await readHead(owner, writer)
    if (!head) throw new Error('no head')
    const opened = openSigned(head.jws, chainCheck)
    const checkpoint = opened && readCheckpoint(opened.payload)
    if (!checkpoint) throw new Error('not readable')
    const claimed = { ...checkpoint, voids: [[checkpoint.from, checkpoint.from]] as const, count: 9 }
    const foreign = signCheckpoint(
      {
        ...chainSealer,
        seal: (text) => ({ kid: chainSealer.kid, signature: chainSealer.seal(`${text} `).signature }),
      },
      claimed,
    )
    const cases: readonly [string, readonly Sql[]][] = [
      ['one is gone', [sql`delete from audit_checkpoint where writer = ${writer}::integer and number = 2`]],
      [
        'the last is gone',
        [sql`delete from audit_checkpoint where writer = ${writer}::integer and number = 4`],
      ],
      [
        'the end is gone, with its rows',
        [
          sql`delete from audit_checkpoint where writer = ${writer}::integer and number >= 3`,
          sql`delete from audit where writer = ${writer}::integer and seq > 20`,
        ],
      ],
      [
        'the whole process is gone',
        [
          sql`delete from audit_checkpoint where writer = ${writer}::integer`,
          sql`delete from audit where writer = ${writer}::integer`,
        ],
      ],
      [
        'the table says that fewer are signed',
        [
          sql`update audit_checkpoint set until_seq = until_seq - 1 where writer = ${writer}::integer and number = 2`,
        ],
      ],
      [
        'the table says that the chain has ended',
        [sql`update audit_checkpoint set final = true where writer = ${writer}::integer and number = 4`],
      ],
      [
        'the table says another time',
        [
          sql`update audit_checkpoint set recorded = recorded - interval '1 hour'
            where writer = ${writer}::integer and number = 2`,
        ],
      ],
      [
        'another digest',
        [
          sql`update audit_checkpoint set digest = ${randomBytes(32)}::bytea
            where writer = ${writer}::integer and number = 2`,
        ],
      ],
      [
        'a real row is claimed to be none',
        [
          sql`update audit_checkpoint set jws = ${foreign}::text where writer = ${writer}::integer and number = 4`,
          sql`delete from audit where writer = ${writer}::integer and seq = ${checkpoint.from}::integer`,
        ],
      ],
      [
        'two writers exchanged',
        [
          sql`update audit set writer = case writer when ${writer}::integer then ${second.writer}::integer
            else ${writer}::integer end where writer in (${writer}::integer, ${second.writer}::integer)`,
        ],
      ],
      [
        'two checkpoints exchanged',
        [
          sql`update audit_checkpoint set number = 1002 - number where writer = ${writer}::integer and number in (1, 2)`,
          sql`update audit_checkpoint set number = number - 999 + 0 where writer = ${writer}::integer and number > 999`,
        ],
      ],
    ]
    for (const [what, statements] of cases) {
      for (const sealKeys of [[chainKey], []]) {
        const { faults } = await altered(world, statements, { sealKeys })
        t.ok(faults.length > 0, `${what}${sealKeys.length === 0 ? ', without any secret' : ''}`)
        t.ok(
          faults.every(({ writer: of }) => of === writer || of === second.writer),
          `${what}: whose chain`,
        )
      }
    }
    t.same((await verify()).faults, [])
  })
})

t.test('what is signed by the key itself, and does not follow what was signed before', async (t) => {
  await withChain(async (world) => {
    const { db, owner, keeper, another } = world
    for (let i = 0; i < 2; i++) {
      await write(db, keeper, 4)
      await keeper.sign()
    }
    const { writer } = keeper
    const head = await readHead(owner, writer)
    const opened = head && openSigned(head.jws, chainCheck)
    const last = opened && readCheckpoint(opened.payload)
    if (!last) throw new Error('not readable')
    const tuples: Buffer[] = []
    await copyRows(owner, { writer, above: 4, upTo: 8 }, (tuple) => tuples.push(Buffer.from(tuple)))
    const signed = (change: Partial<Checkpoint>, rows: readonly Buffer[] = tuples): Sql => {
      const { previous } = { ...last, ...change }
      const it: Checkpoint = { ...last, digest: digestOf(previous, rows), count: rows.length, ...change }
      return sql`insert into audit_checkpoint (writer, number, until_seq, recorded, final, digest, jws)
        values (${writer}::integer, ${it.number}::integer, ${it.until}::integer,
          ${new Date(it.at).toISOString()}::timestamptz, ${it.final}::boolean, ${it.digest}::bytea,
          ${signCheckpoint(chainSealer, it)}::text)`
    }
    const without = sql`delete from audit_checkpoint where writer = ${writer}::integer and number = 2`
    const end = { number: 3, from: 9, until: 8, previous: last.digest, final: true }
    const again = { ...end, number: 4, previous: digestOf(last.digest, []) }
    t.same((await altered(world, [without, signed({})])).faults, [], 'the same once more is sound')
    t.same((await altered(world, [signed(end, [])])).faults, [], 'and so is an end')
    const cases: readonly [string, readonly Sql[], RegExp][] = [
      ['of another past', [without, signed({ previous: randomBytes(32) })], /does not follow/],
      ['a row is left out', [without, signed({ from: 6 }, tuples.slice(1))], /numbers do not fit/],
      ['one less is counted', [without, signed({}, tuples.slice(1))], /numbers do not fit/],
      ['of another writer', [without, signed({ writer: writer - 1 })], /table says otherwise/],
      ['after the end', [signed(end, []), signed(again, [])], /had ended/],
    ]
    for (const [what, statements, told] of cases) {
      const { faults } = await altered(world, statements, { sealKeys: [] })
      t.ok(
        faults.some(({ kind, detail }) => kind === 'checkpoint' && told.test(detail)),
        `${what}: ${JSON.stringify(faults)}`,
      )
    }

    // Who has that key, and no seals of rows, writes another past: another process has signed what it was.
    const second = await another()
    await write(db, second, 1)
    await second.sign()
    const rewritten = sql`update audit set status = 404 where writer = ${writer}::integer and seq = 8`
    await owner.run(sql`begin`)
    await owner.run(rewritten)
    const now: Buffer[] = []
    await copyRows(owner, { writer, above: 4, upTo: 8 }, (tuple) => now.push(Buffer.from(tuple)))
    await owner.run(sql`rollback`)
    const { faults } = await altered(world, [rewritten, without, signed({}, now)], { sealKeys: [] })
    t.same(
      faults.map(({ writer: of, detail }) => [of, /has signed that this checkpoint was there/.test(detail)]),
      [[writer, true]],
    )
  })
})

t.test('a second row in a place that is not signed yet', async (t) => {
  await withChain(async (world) => {
    const { db, keeper } = world
    const [row] = await write(db, keeper, 3)
    const twice = sql`insert into audit select gen_random_uuid(), x.id, x.writer, x.seq, x.interaction, 404::smallint,
      x.resource_type, x.actor, x.authentication, x.mode, x.on_behalf, x.person, x.organization, x.profession, x.client,
      x.network, x.motive, x.rules, x.error, x.query, x.request_id, x.entities, x.seal from audit x
      where x.id = ${row?.id}::uuid`
    for (const sealKeys of [[chainKey], []]) {
      const { faults } = await altered(world, [twice], { sealKeys })
      t.match(faults, [{ kind: 'inserted', seq: 1 }], `${sealKeys.length} keys`)
    }
  })
})

t.test('any byte of any column of any row', async (t) => {
  await withChain(async (world) => {
    const { db, owner, keeper } = world
    const rows = await write(db, keeper, 12)
    await insertTraces(db, [
      traceRow(keeper, { motive: 'urgence vitale', query: 'status=current', error: 'x' }),
    ])
    await keeper.sign()
    const tail = traceRow(keeper, { motive: 'not signed yet' })
    await insertTraces(db, [tail])
    const columns = await owner.run<{ name: string; type: string }>(
      sql`select a.attname as name, format_type(a.atttypid, null) as type from pg_attribute a
        where a.attrelid = 'audit'::regclass and a.attnum > 0 and not a.attisdropped order by a.attnum`,
    )
    t.equal(columns.length, 23)
    /** Another value of the column, as little changed as can be. */
    const change = (type: string, name: string, n: number): string => {
      const c = `a.${name}`
      if (type === 'uuid')
        return `overlay(${c}::text placing (case substr(${c}::text, ${36 - (n % 12)}, 1) when '0' then '1' else '0' end) from ${36 - (n % 12)})::uuid`
      if (type === 'integer' || type === 'smallint') return `${c} # ${1 << (n % 8)}`
      if (type === 'boolean') return `not ${c}`
      if (type === '"char"') return `chr(ascii(${c}::text) # ${1 << (n % 4)})::"char"`
      if (type === 'bytea')
        return `case when length(${c}) = 0 then '\\x01'::bytea else set_byte(${c}, ${n} % length(${c}), get_byte(${c}, ${n} % length(${c})) # ${1 << (n % 8)}) end`
      return `case when ${c} = '' then 'x' else overlay(${c} placing chr(ascii(substr(${c}, 1 + ${n} % length(${c}), 1)) # 1) from 1 + ${n} % length(${c})) end`
    }
    const ids = [...rows.map(({ id }) => id), tail.id]
    let found = 0
    for (const { name, type } of columns) {
      for (let n = 0; n < 6; n++) {
        const id = ids[(n * 5 + found) % ids.length]
        await owner.run(sql`begin`)
        try {
          await owner.run(sql`create temporary table before on commit drop as select a.* from audit a`)
          await run(owner, `update audit a set ${name} = ${change(type, name, n)} where a.id = '${id}'`)
          const [changed] = await owner.run<{ n: number }>(
            sql`select count(*)::integer as n from (select * from audit except all select * from before) x`,
          )
          t.equal(changed?.n, 1, `${name} was changed`)
          const { faults } = await world.verify()
          t.ok(faults.length > 0, `${name}, ${n}`)
          found++
        } finally {
          await owner.run(sql`rollback`)
        }
      }
    }
    t.equal(found, 23 * 6)
    t.same((await world.verify()).faults, [])
  })
})

/** A statement made of a column's name. */
async function run(owner: DedicatedConnection, text: string): Promise<void> {
  await owner.run({ ...sql`select`, strings: [text], values: [] })
}

t.test('a process that dies: its rows are sound, and another ends its chain', async (t) => {
  await withChain(async ({ test, db, owner, keeper, verify, faults }) => {
    // Seated by a chain that nobody keeps, as after kill -9: signed up to a point, then rows and holes.
    const gone = await dyingWriter(test)
    await write(db, gone.chain, 5)
    await gone.sign()
    await write(db, gone.chain, 3)
    seatTrace(traceRow(gone.chain))
    await write(db, gone.chain, 2)
    await keeper.finishOthers(0)
    await keeper.finishOthers(0)
    t.equal(
      (await readHead(owner, gone.chain.writer))?.final,
      false,
      'as long as its session lives nobody touches it',
    )
    await gone.kill()
    const before = await verify()
    t.same(before.faults, [], 'rows without a checkpoint are verified by their seals')
    t.same([before.unsigned, before.open], [5, 1])
    await keeper.finishOthers(0)
    t.equal((await readHead(owner, gone.chain.writer))?.final, false, 'not at the first look')
    await keeper.finishOthers(0)
    const head = await readHead(owner, gone.chain.writer)
    t.same([head?.final, head?.until_seq], [true, 11])
    const after = await verify()
    t.same(after.faults, [])
    t.same([after.unsigned, after.voids, after.rows], [0, 1, 10])
    t.same(faults, [])
    t.equal((await readHead(owner, WRITER_OF_BEFORE))?.final, true, 'what was before the seal is signed too')
    // What comes under an ended chain was not written by it.
    await owner.run(sql`begin`)
    await owner.run(sql`update audit set seq = 12 where writer = ${gone.chain.writer}::integer and seq = 11`)
    const late = await verify()
    t.same(late.faults.map(({ kind, seq }) => `${kind} ${seq}`).sort(), ['inserted 12', 'removed 11'])
    await owner.run(sql`rollback`)
  })
})

t.test('an altered trace of a process that died is not signed by another', async (t) => {
  await withChain(async ({ test, db, owner, keeper, verify, faults }) => {
    const gone = await dyingWriter(test)
    const [row] = await write(db, gone.chain, 3)
    await gone.kill()
    await owner.run(sql`update audit set status = 404 where id = ${row?.id}::uuid`)
    await keeper.finishOthers(0)
    await keeper.finishOthers(0)
    t.match(String(faults[0]), /cannot be ended: a trace of it was altered/)
    t.equal((await readHead(owner, gone.chain.writer))?.final, false)
    const told = await verify()
    t.same(
      told.faults.map(({ kind, id }) => [kind, id]),
      [['changed', row?.id]],
    )
  })
})

t.test('a removal before the checkpoint is missed by whoever wrote it', async (t) => {
  await withChain(async ({ db, owner, keeper, verify }) => {
    const rows = await write(db, keeper, 10)
    await owner.run(sql`delete from audit where id = ${rows[4]?.id}::uuid`)
    t.equal((await verify()).open, 1, 'not yet: it could be under way')
    await keeper.sign()
    const { faults } = await verify()
    t.same(
      faults.map(({ kind, seq }) => [kind, seq]),
      [['removed', 5]],
    )
  })
})

t.test(
  'an attempt without an answer: the database is asked, and nothing is lost or counted twice',
  async (t) => {
    const chain = testChain()
    const row = traceRow(chain)
    const first = seatTrace(row)
    first.seat.settle('unknown')
    t.equal(chain.take(), undefined, 'nothing is signed past it')
    const again = seatTrace({ ...row, status: 500 })
    t.equal(again.seat.seq, first.seat.seq, 'the same place')
    again.seat.settle('committed')
    t.equal(chain.take(), undefined, 'one of the two is there: which, only the database knows')
    t.same(chain.unknownFor(-1), [1])
    chain.resolve(1, sealOf(first.seat.tuple))
    const [tuple] = chain.take()?.tuples ?? []
    t.ok(tuple?.equals(first.seat.tuple))
    chain.release(1)
    const lost = seatTrace(traceRow(chain))
    lost.seat.settle('unknown')
    chain.resolve(2, undefined)
    t.same(chain.take()?.voids, [[2, 2]])
    chain.release(2)
    t.ok(chain.isEmpty)
    const rolled = traceRow(chain)
    seatTrace(rolled).seat.settle('rolled back')
    const second = seatTrace(rolled)
    t.equal(second.seat.seq, 3, 'tried again before it was signed as empty')
    t.equal(chain.take(), undefined)
    second.seat.settle('committed')
    seatTrace(rolled).seat.settle('committed')
    t.equal(chain.take()?.tuples.length, 1)
    t.throws(() => seatTrace(traceRow(chain, { status: 99_999 })), RangeError)
    t.equal(chain.take()?.until, 3, 'what is no row takes no place')
  },
)

t.test(
  'a clock that is set ahead, or back, while a transaction is under way takes nothing from the chain',
  async (t) => {
    await withChain(async ({ test, db, verify, faults }) => {
      let offset = 0
      const keeper = await openKeeper(
        test,
        (error) => faults.push(error),
        () => Date.now() + offset,
      )
      try {
        for (const jump of [0, 86_400_000, -86_400_000]) {
          await db.transaction(async (transaction) => {
            await insertTraces(transaction, [traceRow(keeper)])
            offset = jump
            await keeper.sign()
          })
          await write(db, keeper, 3)
          await keeper.sign()
        }
      } finally {
        await keeper.close()
      }
      const { faults: wrong, rows } = await verify()
      t.same(wrong, [])
      t.equal(rows, 12)
      t.same(faults, [])
    })
  },
)

t.test('keys: one more of the past, one unknown, a checkpoint of a stranger', async (t) => {
  await withChain(async ({ db, keeper, verify }) => {
    await write(db, keeper, 5)
    await keeper.sign()
    await write(db, keeper, 2)
    const strange = traceSealKey(randomBytes(32))
    const told = await verify({ sealKeys: [strange] })
    t.same([told.faults, told.unchecked], [[], 2])
    t.same((await verify({ sealKeys: [strange, chainKey] })).unchecked, 0)
    const unknown = await verify({ check: () => 'unknown-key' })
    t.ok(unknown.faults.length > 0 && unknown.faults.every(({ kind }) => kind === 'checkpoint'))
  })
})

t.test('more rows than one checkpoint takes', async (t) => {
  await withChain(async ({ db, keeper, owner, verify }) => {
    await write(db, keeper, MAX_ROWS + 10)
    await keeper.sign()
    const head = await readHead(owner, keeper.writer)
    t.same([head?.number, head?.until_seq], [2, MAX_ROWS + 10])
    let told = 0
    const { rows, faults } = await verify({ onProgress: () => told++ })
    t.same([rows, faults], [MAX_ROWS + 10, []])
    t.ok(told > 0)
  })
})

/** The schema of an older server: `migrate` would grant on tables that are not there yet. */
async function applyFirst(
  test: TestDatabase,
  migrations: readonly Migration[],
  count: number,
): Promise<void> {
  await withOwner(test.owner, async (client) => {
    await client.query(`create table schema_migration (number integer primary key, name text not null,
      checksum text not null, applied_at timestamptz not null)`)
    for (const { number, name, checksum, sql: text } of numberMigrations(migrations).slice(0, count)) {
      await client.query(text)
      await client.query('insert into schema_migration values ($1, $2, $3, now())', [number, name, checksum])
    }
  })
}

t.test('traces of before the seal are kept whole, signed once, and nothing is added to them', async (t) => {
  await using test = await testDatabase({ empty: true })
  const migrations = loadMigrations(assetPath('migrations'))
  await applyFirst(test, migrations, 9)
  const owner = await openOwner(test)
  const at = Date.parse('2026-07-31T23:59:59.999Z')
  const [document, record] = [newUuid(at), newUuid(at)]
  const long = `Observation/${'x'.repeat(64)}/${'9'.repeat(60)}`
  const entities = [`DocumentReference/${encodeUuid(document)}/12`, 'Patient/own-id/1', long, '+7']
  await owner.run(
    sql`create table audit_2026_07 partition of audit for values from ('2026-07-01Z') to ('2026-08-01Z')`,
  )
  for (const [i, requestId] of [newUuid(), 'of-the-client', ''].entries())
    await owner.run(
      sql`insert into audit values (${record}::uuid, ${new Date(at + i).toISOString()}::timestamptz, ${newUuid(at + i)}::uuid,
        'search-document-references', 'E', '0', 200, '', 'PS', 'DIRECTE', 'ps:1', 'st:1', 'lgc', ${i === 1 ? record : null}::uuid,
        'bris_de_glace', 'un motif', '{F8,A1}', 'DocumentReference', ${entities}::text[], 'status=current?x', ${requestId}::text,
        '2001:db8::7')`,
    )
  await owner.run(
    sql`insert into audit select ${record}::uuid, ${new Date(at + 9).toISOString()}::timestamptz, gen_random_uuid(), i, 'R',
      '0', 200, '', 'SYSTEME', '', '', '', '', null, 'normal', '', '{}', '', '{}', '', '', ''
      from unnest(${Object.keys(interactionCodes).slice(0, 80)}::text[]) as u (i)`,
  )
  await migrate(test.owner, migrations)
  const db = openDatabase(test.server, (error) => t.fail(error.message))
  const traces = await storedTraces(db)
  t.equal(traces.length, 83)
  t.match(traces[1], {
    patient_key: record,
    recorded: at + 1,
    interaction: 'search-document-references',
    outcome: '0',
    authentication: 'DIRECTE',
    mode: 'bris_de_glace',
    on_behalf_of: record,
    rules: ['F8', 'A1'],
    resource_type: 'DocumentReference',
    entities,
    query: 'status=current?x',
    request_id: 'of-the-client',
    network: '2001:db8::7',
    profession: '',
  })
  t.ok(isUuid(traces[0]?.request_id ?? ''))
  t.same(
    traces
      .slice(3)
      .map(({ interaction }) => interaction)
      .sort(),
    Object.keys(interactionCodes).slice(0, 80).sort(),
    'each by its name',
  )
  t.ok(
    traces.slice(3).every(({ recorded }) => recorded === at + 9),
    'at the time they were made, whatever their ids',
  )
  const parts = await owner.run<{ name: string; rows: number }>(
    sql`select a.tableoid::regclass::text as name, count(*)::integer as rows from audit a group by 1 order by 1`,
  )
  t.same(parts, [
    { name: 'audit_2026_07', rows: 1 },
    { name: 'audit_2026_08', rows: 82 },
  ])
  const named = (condition: Sql) =>
    db.run(sql`select a.id from audit a where a.patient_key = ${record}::uuid and ${condition}`)
  t.equal((await named(entityCondition('DocumentReference', encodeUuid(document)))).length, 3)
  t.equal((await named(versionCondition('DocumentReference', encodeUuid(document), sql`12`))).length, 3)
  t.equal((await named(versionCondition('DocumentReference', encodeUuid(document), sql`1`))).length, 0)
  const keeper = await openKeeper(test, (error) => t.fail(String(error)))
  const verify = () => verifyTraces(owner, { check: chainCheck, sealKeys: [chainKey] })
  try {
    t.match(await verify(), { faults: [], unsealed: 83, unsigned: 83 })
    await keeper.finishOthers()
    t.match(await verify(), { faults: [], unsealed: 83, unsigned: 0 })
    await owner.run(sql`begin`)
    await owner.run(sql`update audit set person = 'ps:2' where seq = 2 and writer = 0`)
    t.match((await verify()).faults, [{ kind: 'altered', writer: 0 }])
    await owner.run(sql`rollback`)
    await owner.run(sql`update audit set seq = 84 where seq = 83 and writer = 0`)
    t.same((await verify()).faults.map(({ kind, seq }) => `${kind} ${seq}`).sort(), [
      'inserted 84',
      'removed 83',
    ])
  } finally {
    await keeper.close()
    await owner.close()
    await db.close()
  }
})

t.test(
  'codes are what they were when rows were first written by them, and each stands for one name',
  async (t) => {
    const first: readonly (readonly [Readonly<Record<string, number | string>>, string])[] = [
      [interactionCodes, CODES_OF_INTERACTIONS],
      [actorCodes, '- P N S H L A M U D Y'],
      [authenticationCodes, '- D I R'],
      [modeCodes, '- n b c'],
      [typeCodes, CODES_OF_TYPES],
    ]
    for (const [codes, digest] of first) {
      const values = Object.values(codes)
      t.equal(new Set(values).size, values.length)
      const begun = Object.entries(codes).filter(([, code]) => typeof code === 'string' || code <= 150)
      const text = typeof values[0] === 'string' ? values.join(' ') : begun.slice(0, 80).map(String).join(' ')
      const shown =
        typeof values[0] === 'string' ? text : createHash('sha256').update(text).digest('hex').slice(0, 16)
      t.equal(shown, digest, 'append-only: a row of before would say something else')
    }
  },
)

t.test('the seal is an HMAC like any other', async (t) => {
  for (const length of [0, 1, 55, 64, 300, 4_032, 4_033, 20_000]) {
    const [secret, bytes] = [randomBytes(32), randomBytes(length)]
    t.same(hmac(secret)(bytes), createHmac('sha256', secret).update(bytes).digest(), `${length} bytes`)
  }
  const twice = hmac(Buffer.alloc(32, 1))
  const first = twice(randomBytes(10_000))
  t.notSame(twice(Buffer.from('a')), first)
  t.same(twice(Buffer.from('a')), createHmac('sha256', Buffer.alloc(32, 1)).update('a').digest())
})

t.test('a chain read by two connections at once is as sound, and what was changed is found', async (t) => {
  await withChain(async ({ test, db, keeper, owner, verify }) => {
    const rows: TraceRow[] = []
    for (let interval = 0; interval < 90; interval++) {
      rows.push(...(await write(db, keeper, 2)))
      await keeper.sign()
    }
    const another = await openOwner(test)
    let copies = 0
    const watched: DedicatedConnection = {
      ...another,
      isLost: false,
      copy: (query, row) => {
        copies++
        return another.copy(query, row)
      },
    }
    try {
      const sound = await verify({ beside: [watched] })
      // 90 of these, the one that opened the chain, and the one of before.
      t.match(sound, { faults: [], rows: 180, checkpoints: 92 })
      t.ok(copies > 0, 'not vacuous: the other has read too')
      const changed = rows.filter((_, i) => i % 60 === 30)
      for (const { id } of changed)
        await owner.run(sql`update audit set person = 'ps:800000000000' where id = ${id}::uuid`)
      const { faults, more } = await verify({ beside: [watched] })
      t.same(
        faults.map(({ kind, id }) => [kind, id]),
        changed.map(({ id }) => ['changed', id]),
      )
      t.equal(more, 0)
    } finally {
      await another.close()
    }
  })
})
