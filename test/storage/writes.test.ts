/** What is written stays whole: whatever arrives together, fails half-way, or tries to be SQL. */

import t from 'tap'
import type { InsIdentifier } from '../../src/policy/caller.ts'
import { withOwner } from '../../src/storage/connection/owner-connection.ts'
import { type Database, openDatabase } from '../../src/storage/database.ts'
import { claim, findClaims } from '../../src/storage/documents/store-documents.ts'
import { insertResource, replaceResource, writeFacts } from '../../src/storage/records/change-record.ts'
import { findSubject } from '../../src/storage/records/find-subject.ts'
import { addIdentifiers, openRecord } from '../../src/storage/records/open-record.ts'
import { readResource } from '../../src/storage/records/read-resource.ts'
import { findPatientKey, findRecord, lockRecord } from '../../src/storage/records/record-facts.ts'
import { compileSql, isSql, joinSql, name, sql } from '../../src/storage/sql.ts'
import { milliseconds, timestamp } from '../../src/storage/timestamp.ts'
import { codePoint } from '../support/code-point.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'
import fc from '../support/draws.ts'
import { newUuid } from '../support/stored-documents.ts'

const PARALLEL = 20
const now = Date.parse('2026-11-22T10:00:00Z')
const NIR = 'urn:oid:1.2.250.1.213.1.4.10'

async function withDatabase(work: (db: Database, test: TestDatabase) => Promise<void>): Promise<void> {
  await using test = await testDatabase()
  const db = openDatabase(test.server, () => undefined)
  try {
    await work(db, test)
  } finally {
    await db.close()
  }
}

function recordOf(identifiers: readonly InsIdentifier[], patientKey = newUuid()) {
  return {
    patientKey,
    identifiers,
    familyName: 'TEST',
    traitsFolded: 'test/',
    birthDate: '1990-02-28',
    sex: 'female',
    now,
    body: '{"resourceType":"Patient"}',
  }
}

class GivenUp extends Error {}

/** Commits when `work` says true, gives up when it says false: what callers of these functions do. */
async function attempt(db: Database, work: Parameters<Database['transaction']>[0]): Promise<boolean> {
  try {
    await db.transaction(async (transaction) => {
      if (!(await work(transaction))) throw new GivenUp()
    })
    return true
  } catch (error) {
    if (error instanceof GivenUp) return false
    throw error
  }
}

async function countOf(db: Database, table: string): Promise<number> {
  const [row] = await db.run<{ count: number }>(sql`select count(*)::integer as count from ${name(table)}`)
  return row?.count ?? -1
}

t.test('one INS opens one record, however many openings arrive together', async (t) => {
  await withDatabase(async (db) => {
    // So many, and in either order, that without one order for all these would deadlock.
    const many = Array.from({ length: 300 }, (_, i) => ({ system: NIR, value: `${i}` }))
    for (let round = 0; round < 5; round++) {
      const mine = many.map((p) => ({ ...p, system: `${NIR}.${round}` }))
      const won = await Promise.all(
        Array.from({ length: PARALLEL }, (_, i) =>
          attempt(db, (tx) => openRecord(tx, recordOf(i % 2 ? mine : [...mine].reverse()))),
        ),
      )
      t.equal(won.filter(Boolean).length, 1, `round ${round}`)
    }
    t.same([await countOf(db, 'record'), await countOf(db, 'resource')], [5, 5])
    t.equal(await countOf(db, 'patient_identifier'), 1500, 'and those that gave up left nothing')
  })
})

t.test('overlapping sets of identifiers go to one record each, and no other half of them', async (t) => {
  await withDatabase(async (db) => {
    const numbers = Array.from({ length: 8 }, (_, i) => ({ system: NIR, value: `${i}` }))
    const keys = Array.from({ length: PARALLEL }, () => newUuid())
    const sets = keys
      .map((_, i) => [0, 1, 2].map((step) => numbers[(i * 3 + step * (i + 1)) % 8]))
      .map((set) => [...new Map(set.flatMap((n) => (n ? [[n.value, n] as const] : []))).values()])
    const won = await Promise.all(
      keys.map((key, i) => attempt(db, (tx) => addIdentifiers(tx, key, sets[i] ?? [], now))),
    )
    t.ok(won.some(Boolean) && won.some((w) => !w), 'not vacuous')
    for (const [i, key] of keys.entries()) {
      const rows = await db.run(sql`select from patient_identifier p where p.patient_key = ${key}::uuid`)
      t.equal(rows.length, won[i] ? sets[i]?.length : 0, 'all or none')
    }
  })
})

t.test('a business identifier is claimed once, in whatever order and company it comes', async (t) => {
  await withDatabase(async (db) => {
    const patientKey = newUuid()
    const claimsOf = (values: readonly string[]) =>
      values.map((value) => ({ type: 'document' as const, value, id: newUuid() }))
    for (const key of [patientKey, newUuid(), newUuid(), newUuid(), newUuid()]) {
      const won = await Promise.all(
        Array.from({ length: PARALLEL }, (_, i) => {
          const values = ['shared', `own-${i}`, ...Array.from({ length: 800 }, (_, n) => `shared-${n}`)]
          return attempt(db, (tx) => claim(tx, key, claimsOf(i % 2 ? values : [...values].reverse())))
        }),
      )
      t.equal(won.filter(Boolean).length, 1)
    }
    t.equal(await countOf(db, 'business_identifier'), 5 * 802)
    const known = await findClaims(db, patientKey, [
      { type: 'document', value: 'shared' },
      { type: 'submissionset', value: 'shared' },
      { type: 'document', value: 'never' },
    ])
    t.same(
      known.map(({ type, value, version }) => [type, value, version]),
      [['document', 'shared', null]],
    )
    t.ok(await attempt(db, (tx) => claim(tx, newUuid(), claimsOf(['shared']))), 'another record has its own')
  })
})

t.test('changes of one record come one after the other: none is lost', async (t) => {
  await withDatabase(async (db) => {
    const record = recordOf([{ system: NIR, value: '1' }])
    await db.transaction((tx) => openRecord(tx, record))
    await Promise.all(
      Array.from({ length: PARALLEL }, (_, i) =>
        db.transaction(async (tx) => {
          const known = await lockRecord(tx, record.patientKey, {}, 'change')
          if (!known) throw new Error('the record is gone')
          const mine = { actor: `ps:${i}` as const, until: now + i }
          await writeFacts(tx, { ...known.facts, authorisations: [...known.facts.authorisations, mine] }, now)
        }),
      ),
    )
    const known = await findRecord(db, record.patientKey, { holder: { system: NIR, value: '1' } })
    t.equal(known?.facts.version, PARALLEL + 1)
    t.same(
      known?.facts.authorisations.map(({ actor, until }) => `${actor} ${until}`).sort(),
      Array.from({ length: PARALLEL }, (_, i) => `ps:${i} ${now + i}`).sort(),
    )
    t.equal(known?.holder, true)
    t.equal((await findRecord(db, record.patientKey, { holder: { system: NIR, value: '2' } }))?.holder, false)
  })
})

t.test(
  'facts come back as they were written, names that look like array syntax and far times too',
  async (t) => {
    await withDatabase(async (db) => {
      const record = recordOf([{ system: NIR, value: '1' }])
      await db.transaction((tx) => openRecord(tx, record))
      const odd = [`ps:"`, `st:{a,b}`, `ps:\\`, `st:NULL`, `ps:' or true --`] as const
      const times = ['9999-12-31T23:59:59Z', '2026-11-22T10:00:00.123Z', '0050-06-01T00:00:00Z'].map(
        Date.parse,
      )
      const facts = {
        patientKey: record.patientKey,
        status: 'open' as const,
        authorisations: odd.map((actor, i) => ({ actor, until: (times[i % 3] ?? 0) + 1000 })),
        blocked: odd,
        medecinTraitant: 'ps:1',
        careTeams: [
          { team: 'a"b', members: odd, until: times[1] ?? 0, byPatient: true },
          { team: 'c', members: [], until: null, byPatient: false },
        ],
        emergency: { brisDeGlace: false, centre15: true, masked: true },
        maskedByDefault: true,
        noticesOfChanges: false,
        birthDate: '1990-02-28',
        version: 1,
      }
      await db.transaction((tx) => writeFacts(tx, facts, now))
      t.same((await findRecord(db, record.patientKey, {}))?.facts, { ...facts, version: 2 })
    })
  },
)

t.test('an INS of the past leads to the record too (I2)', async (t) => {
  await withDatabase(async (db) => {
    const [past, present] = [
      { system: NIR, value: 'nia' },
      { system: NIR, value: 'nir' },
    ] as const
    const record = recordOf([past])
    await db.transaction((tx) => openRecord(tx, record))
    await db.transaction((tx) => addIdentifiers(tx, record.patientKey, [present], now))
    for (const ins of [past, present]) {
      t.equal(await findPatientKey(db, ins), record.patientKey)
      const subject = await findSubject(db, { ins }, { holder: ins })
      t.same(subject?.ins, [past, present])
      t.same(subject?.traits, { family: 'TEST', gender: 'female', birthDate: '1990-02-28' })
      t.equal(subject?.record.holder, true)
    }
    t.equal(await findPatientKey(db, { system: NIR, value: "' or ''='" }), undefined)
  })
})

t.test(
  'lost-update-refused: of updates that read the same version one is kept, and history is whole',
  async (t) => {
    await withDatabase(async (db) => {
      const patientKey = newUuid()
      const id = newUuid()
      const resource = (body: string) => ({ patientKey, type: 'List', id, lastUpdated: now, body })
      const record = recordOf([{ system: NIR, value: '1' }], patientKey)
      await db.transaction(async (tx) => {
        await openRecord(tx, record)
        await insertResource(tx, resource('"1"'))
      })
      for (let version = 1; version <= 3; version++) {
        const bodies = Array.from({ length: PARALLEL }, (_, i) => `"${version + 1} by ${i}"`)
        const won = await Promise.all(
          bodies.map((body) => attempt(db, (tx) => replaceResource(tx, resource(body), version))),
        )
        t.equal(won.filter(Boolean).length, 1, `version ${version + 1}`)
        const read = await readResource(db, 'List', { patientKey, id }, undefined, {})
        t.equal(read?.resource?.version, version + 1)
        t.equal(read?.resource?.body, bodies[won.indexOf(true)])
      }
      const seen: (string | undefined)[] = []
      for (let version = 1; version <= 5; version++) {
        seen.push((await readResource(db, 'List', { patientKey, id }, version, {}))?.resource?.body)
      }
      t.equal(seen[0], '"1"')
      t.ok(
        seen.slice(1, 4).every((body, i) => body?.startsWith(`"${i + 2} by`)),
        'each version as it was',
      )
      t.equal(seen[4], undefined)
      t.equal(
        await attempt(db, (tx) => replaceResource(tx, resource('x'), 9)),
        false,
        'a version not reached yet',
      )
      t.equal(
        await attempt(db, (tx) => replaceResource(tx, { ...resource('x'), id: newUuid() }, 1)),
        false,
        'nothing to replace',
      )
      t.equal(await countOf(db, 'resource_version'), 3, 'a refused update leaves no version behind')
    })
  },
)

t.test('a transaction that throws leaves nothing; its connection serves the next', async (t) => {
  await withDatabase(async (db) => {
    for (let i = 0; i < PARALLEL; i++) {
      await t.rejects(
        db.transaction(async (tx) => {
          await openRecord(tx, recordOf([{ system: NIR, value: '1' }]))
          throw new Error('half-way')
        }),
        { message: 'half-way' },
      )
    }
    t.equal(await countOf(db, 'record'), 0)
    await t.rejects(
      db.transaction((tx) => tx.run(sql`select 1 / ${0}::integer`)),
      { code: '22012' },
    )
    t.same(await db.transaction((tx) => tx.run(sql`select 1 as one`)), [{ one: 1 }])
  })
})

t.test('a commit that PostgreSQL turned into a rollback is reported, not taken for one', async (t) => {
  await withDatabase(async (db) => {
    await t.rejects(
      db.transaction(async (tx) => {
        await openRecord(tx, recordOf([{ system: NIR, value: '1' }]))
        // Swallowed, as careless code would: the transaction is aborted all the same.
        await tx.run(sql`select 1 / ${0}::integer`).catch(() => undefined)
      }),
      { message: /rolled back/ },
    )
    t.equal(await countOf(db, 'record'), 0)
  })
})

t.test('connections that break fail the requests on them, and no more', async (t) => {
  await withDatabase(async (db, test) => {
    let failed = 0
    await withOwner(test.owner, async (client) => {
      for (let round = 0; round < 10; round++) {
        await Promise.all(Array.from({ length: 8 }, () => db.transaction((tx) => tx.run(sql`select 1`))))
        await Promise.all(Array.from({ length: 8 }, () => db.run(sql`select 1`)))
        await client.query(
          'select pg_terminate_backend(a.pid) from pg_stat_activity a where a.datname = $1 and a.pid <> pg_backend_pid()',
          [test.owner.database],
        )
        // At once, while this process may not know yet. An unhandled rejection would end it.
        const outcomes = await Promise.allSettled([
          ...Array.from({ length: 8 }, () => db.transaction((tx) => tx.run(sql`select 1`))),
          ...Array.from({ length: 8 }, () => db.run(sql`select 1`)),
        ])
        failed += outcomes.filter(({ status }) => status === 'rejected').length
      }
      t.ok(failed > 0, `not vacuous: ${failed} requests failed`)
      for (let i = 0; i < 8; i++) {
        t.same(await db.transaction((tx) => tx.run(sql`select 1 as one`)), [{ one: 1 }])
        t.same(await db.run(sql`select 1 as one`), [{ one: 1 }])
      }
      const { rows } = await client.query(
        'select count(*)::integer as open from pg_stat_activity a where a.datname = $1 and a.pid <> pg_backend_pid()',
        [test.owner.database],
      )
      t.ok(rows[0].open <= 12, 'and none was left behind')
    })
  })
})

t.test('a closed database answers no more', async (t) => {
  await using test = await testDatabase()
  const db = openDatabase(test.server, (error) => t.fail(error.message))
  await db.run(sql`select 1`)
  await db.close()
  await t.rejects(db.run(sql`select 1`), { message: /closed/ })
  await t.rejects(db.transaction((tx) => tx.run(sql`select 1`)))
})

// --- the tag ---

const hostile = fc.oneof(
  fc.string(),
  fc.string({ unit: codePoint }),
  fc.constantFrom(
    `'; drop table audit; --`,
    '$1',
    '$$',
    `\\'`,
    `" or ""="`,
    '/*',
    ';',
    `'`,
    '%s',
    '{}',
    'null',
  ),
)

t.test('a value never becomes text: what is sent depends on the template alone', async (t) => {
  const build = (a: unknown, b: unknown, c: unknown) => {
    const inner = sql`d.id = ${b}::uuid`
    return compileSql(
      sql`select ${a}::text from document d where ${joinSql([inner, sql`d.type = any (${c}::text[])`], ' and ')}`,
    )
  }
  const expected = build(1, 2, 3).text
  t.equal(expected, 'select $1::text from document d where d.id = $2::uuid and d.type = any ($3::text[])')
  const lookalike = { strings: ['; drop table audit'], values: [], raw: ['; drop table audit'] }
  const value = fc.oneof(hostile, fc.array(hostile), fc.constant(lookalike), fc.object())
  fc.assert(
    fc.property(value, value, value, (a, b, c) => {
      const { text, values } = build(a, b, c)
      return text === expected && values[0] === a && values[1] === b && values[2] === c
    }),
  )
  t.notOk(isSql(lookalike))
  t.notOk(isSql(JSON.parse(JSON.stringify(sql`select 1`))), 'a fragment does not survive JSON')
})

/** PostgreSQL takes no U+0000, and UTF-8 no half of a surrogate pair. */
const storable = hostile.map((text) => text.replace(/\0|\p{Cs}/gu, ''))

t.test('hostile values come back from PostgreSQL as they were sent', async (t) => {
  await withDatabase(async (db) => {
    let compared = 0
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(storable, fc.constantFrom('', 'NULL', '{a,b}', '"', '\\')), { minLength: 1 }),
        async (texts) => {
          const [row] = await db.run<{ one: string; all: string[] }>(
            sql`select ${texts[0]}::text as one, ${texts}::text[] as all`,
          )
          compared++
          return row?.one === texts[0] && JSON.stringify(row?.all) === JSON.stringify(texts)
        },
      ),
      { numRuns: 300 },
    )
    t.equal(compared, 300)
  })
})

t.test('name() takes plain names and nothing else', async (t) => {
  for (const plain of ['a', 'period_from', 'x9', `a${'b'.repeat(62)}`])
    t.equal(compileSql(sql`${name(plain)}`).text, plain)
  const odd = ['', 'A', '9a', '_a', 'a b', 'a"', "a'", 'a;', 'a.b', 'a-b', 'é', 'a\n', `a${'b'.repeat(63)}`]
  for (const text of odd) t.throws(() => name(text), JSON.stringify(text))
  let refused = 0
  fc.assert(
    fc.property(hostile, (text) => {
      const plain = [...text].every((c) => 'abcdefghijklmnopqrstuvwxyz0123456789_'.includes(c))
      if (plain && /^[a-z]/.test(text)) return
      refused++
      t.throws(() => name(text))
    }),
  )
  t.ok(refused > 50, 'not vacuous')
})

t.test('arrays of bytes and of whole numbers arrive as they were', async (t) => {
  await withDatabase(async (db) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes))),
        fc.array(fc.integer()),
        async (bytes, numbers) => {
          const [row] = await db.run<{ bytes: Buffer[]; numbers: number[] }>(
            sql`select ${bytes}::bytea[] as bytes, ${numbers}::integer[] as numbers`,
          )
          const same =
            row?.bytes.every((each, i) => bytes[i]?.equals(each)) && row.bytes.length === bytes.length
          return same === true && JSON.stringify(row?.numbers) === JSON.stringify(numbers)
        },
      ),
      { numRuns: 300 },
    )
  })
  t.pass('300 of them')
})

t.test('joining nothing is an error: a condition was lost', async (t) => {
  t.throws(() => joinSql([], ' and '), { message: /lost/ })
  t.equal(compileSql(joinSql([sql`a`], ' or ')).text, 'a')
})

t.test('times go to PostgreSQL and back over the whole span of FHIR dates', async (t) => {
  await withDatabase(async (db) => {
    const edges = [
      '0001-01-01T00:00:00Z',
      '0099-12-31T23:59:59.999Z',
      '1883-01-01T00:00:00Z',
      '9999-12-31T23:59:59.999Z',
    ].flatMap((text) => [Date.parse(text) - 50_400_000, Date.parse(text), Date.parse(text) + 50_400_001])
    const times = fc.oneof(
      fc.constantFrom(...edges, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
      // The ids of traces, which a client may make up, hold times to the year 10889.
      fc.integer({ min: Date.parse('0001-01-01T00:00:00Z') - 86_400_000, max: 2 ** 48 - 1 }),
    )
    await fc.assert(
      fc.asyncProperty(times, times, async (a, b) => {
        const [row] = await db.run<{ at: number; before: boolean }>(
          sql`select ${timestamp(a)}::timestamptz as at,
            ${timestamp(a)}::timestamptz < ${timestamp(b)}::timestamptz as before`,
        )
        return row?.at === a && row.before === a < b
      }),
      { numRuns: 400 },
    )
    t.throws(() => timestamp(Number.NaN))
    t.throws(() => milliseconds('2026-11-22 10:00:00+01'), 'another time zone is a fault of the connection')
  })
})
