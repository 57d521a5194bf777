/**
 * The delivery of notices on real PostgreSQL, with channels that do what a test tells them: at least once, in order, under
 * one id, whoever dies; tried again, given up, begun anew; withheld when what it tells is not to be told any more.
 * @see docs/notices.md, docs/policy.md A10
 */

import t from 'tap'
import { CommandError } from '../../src/cli/command.ts'
import { notices } from '../../src/cli/notices.ts'
import { encodeUuid, type Uuid } from '../../src/fhir/id.ts'
import {
  type DueNotice,
  deliverNotice,
  planOwedNotices,
  takeDueNotices,
  UndeliveredNotice,
} from '../../src/jobs/deliver-notices.ts'
import { forgetUndeliverable } from '../../src/jobs/forget-undeliverable.ts'
import type { Channel, Handed } from '../../src/notices/channel.ts'
import type { NoticeKind } from '../../src/policy/decision.ts'
import { withOwner } from '../../src/storage/connection/owner-connection.ts'
import { type Database, openDatabase } from '../../src/storage/database.ts'
import { readNoticeBacklog, reviveDeadNotices } from '../../src/storage/notices/notice-backlog.ts'
import { openRecord } from '../../src/storage/records/open-record.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'
import fc from '../support/draws.ts'
import { documentWith, newUuid, store } from '../support/stored-documents.ts'

const DAY = 86_400_000
const start = Date.parse('2026-03-10T09:30:00Z')
const never = new AbortController().signal
const received: Handed = { outcome: 'received' }
const failed: Handed = { outcome: 'failed', reason: 'http-503' }
const MT = 'ps:899700000001'

type Told = { readonly id: Uuid; readonly kind: NoticeKind; readonly at: number }

/** Answers as told; `crash`: the process is gone in the middle, after the receiver had it or before. */
function scripted(name: Channel['name'], answer: (tried: number) => Handed | 'crash before' | 'crash after') {
  const told: Told[] = []
  let tried = 0
  const channel: Channel = {
    name,
    async hand({ id, kind, recipient }, at) {
      const what = answer(tried++)
      if (what === 'crash after' || (typeof what === 'object' && what.outcome === 'received'))
        told.push({ id, kind, at })
      if (typeof what === 'string') throw new Crash(recipient)
      return what
    },
  }
  return { channel, told, tried: () => tried }
}

class Crash extends Error {}

type Setting = {
  readonly db: Database
  readonly test: TestDatabase
  readonly engine: { readonly db: Database; readonly newId: (at: number) => Uuid }
  record(changes?: { readonly birthDate?: string; readonly telecom?: readonly object[] }): Promise<Uuid>
  owe(patientKey: Uuid, notice: Partial<Owed> & { readonly key: string }): Promise<void>
  rows(): Promise<readonly Row[]>
  as(statement: string, values?: readonly unknown[]): Promise<void>
}
type Owed = { readonly kind: NoticeKind; readonly recipient: string; readonly recorded: number }
type Row = {
  readonly key: string
  readonly channel: string
  readonly state: string
  readonly failures: number
  readonly last_error: string
  readonly wait: number
}

async function setting(work: (s: Setting) => Promise<void>): Promise<void> {
  await using test = await testDatabase()
  const db = openDatabase(test.server, () => undefined)
  try {
    await work({
      db,
      test,
      engine: { db, newId: newUuid },
      async record({ birthDate = '1979-03-28', telecom = [] } = {}) {
        const patientKey = newUuid(start)
        await db.transaction((transaction) =>
          openRecord(transaction, {
            patientKey,
            identifiers: [{ system: 'urn:oid:1.2.250.1.213.1.4.10', value: patientKey }],
            familyName: 'TEST',
            traitsFolded: 'test',
            birthDate,
            sex: 'female',
            now: start,
            body: JSON.stringify({ resourceType: 'Patient', telecom }),
          }),
        )
        return patientKey
      },
      owe: (patientKey, { key, kind = 'depot', recipient = 'patient', recorded = start }) =>
        withOwner(test.owner, async (client) => {
          await client.query(
            `with n as (insert into notice (patient_key, key, id, recorded, recipient, kind, trace, person, organization,
                mode, motive, entities) values ($1, $2, $3, $4, $5, $6, $7, '', '', 'normal', '', '{}') returning 1)
              insert into notice_outbox (patient_key, key) select $1, $2 from n`,
            [patientKey, key, newUuid(), new Date(recorded), recipient, kind, newUuid()],
          )
        }),
      rows: () =>
        withOwner(test.owner, async (client) => {
          const { rows } = await client.query<Row>(
            `select key, channel, state, failures, last_error,
                round(extract(epoch from not_before - leased_until))::integer as wait
              from notice_delivery order by recorded, key, channel`,
          )
          return rows
        }),
      as: (statement, values = []) =>
        withOwner(test.owner, async (client) => {
          await client.query(statement, [...values])
        }),
    })
  } finally {
    await db.close()
  }
}

/** One look of one process: what is due, each delivered. @returns how many were tried */
async function look({ engine }: Setting, channels: readonly Channel[], now: number): Promise<number> {
  await planOwedNotices(engine, channels, now)
  let tried = 0
  for (const channel of channels)
    for (const due of await takeDueNotices(engine, channel, now, 8)) {
      tried++
      await deliverNotice(engine, channel, due, () => now, never).catch(onlyGivenUp)
    }
  return tried
}

function onlyGivenUp(error: unknown): void {
  if (!(error instanceof UndeliveredNotice)) throw error
}

t.test('owed, told once on each channel, and known to be told', async (t) => {
  await setting(async (s) => {
    const patientKey = await s.record()
    await s.owe(patientKey, { key: 'premier-acces ps:1', kind: 'premier-acces' })
    const [mail, webhook] = [scripted('mail', () => received), scripted('webhook', () => received)]
    const both = [mail.channel, webhook.channel]
    t.match(await readNoticeBacklog(s.db), [{ channel: '', state: 'owed', count: 1, oldest: start }])
    t.equal(await look(s, both, start + 1000), 2)
    t.equal(await look(s, both, start + 2000), 0)
    t.equal(mail.told.length, 1)
    t.same(
      webhook.told.map(({ id }) => id),
      mail.told.map(({ id }) => id),
      'under the same id',
    )
    t.same(
      (await s.rows()).map(({ channel, state }) => `${channel} ${state}`),
      ['mail sent', 'webhook sent'],
    )
    t.same(await readNoticeBacklog(s.db), [], 'nothing is left')
  })
})

t.test('who comes too late settles nothing', async (t) => {
  await setting(async (s) => {
    await s.owe(await s.record(), { key: 'depot x' })
    const hook = scripted('webhook', (tried) => (tried === 0 ? failed : received))
    await planOwedNotices(s.engine, [hook.channel], start)
    const [late] = await takeDueNotices(s.engine, hook.channel, start, 8)
    t.same(await takeDueNotices(s.engine, hook.channel, start + 29_000, 8), [], 'it is at it')
    const [other] = await takeDueNotices(s.engine, hook.channel, start + 31_000, 8)
    if (!late || !other) throw new Error('nothing was due')
    await deliverNotice(s.engine, hook.channel, late, () => start + 32_000, never)
    t.match(await s.rows(), [{ state: 'pending', failures: 0, last_error: '' }])
    t.same(
      await takeDueNotices(s.engine, hook.channel, start + 32_000, 8),
      [],
      'nor has it taken the other’s lease',
    )
    await deliverNotice(s.engine, hook.channel, other, () => start + 33_000, never)
    t.match(await s.rows(), [{ state: 'sent' }])
  })
})

t.test('what the server may do to what was told: nothing but settle it', async (t) => {
  await setting(async ({ db, record, owe, engine }) => {
    await owe(await record(), { key: 'depot x' })
    await planOwedNotices(engine, [scripted('mail', () => received).channel], start)
    const { sql } = await import('../../src/storage/sql.ts')
    await t.rejects(db.run(sql`delete from notice_delivery`), /permission denied/)
    await t.rejects(db.run(sql`update notice set recipient = ${'x'}::text`), /permission denied/)
  })
})

t.test('tried again, later and later; the next waits behind it, and other recipients do not', async (t) => {
  await setting(async (s) => {
    const [one, other] = [await s.record(), await s.record()]
    await s.owe(one, { key: 'depot a', recorded: start })
    await s.owe(one, { key: 'depot b', recorded: start + 1 })
    await s.owe(one, { key: 'bris_de_glace c MT', kind: 'bris_de_glace', recipient: MT, recorded: start + 2 })
    await s.owe(other, { key: 'depot d', recorded: start + 3 })
    await s.as('update record set medecin_traitant = $1 where patient_key = $2', [MT, one])
    let down = true
    const hook = scripted('webhook', () => (down ? failed : received))
    let now = start + 1000
    t.equal(await look(s, [hook.channel], now), 3, 'the oldest of each recipient')
    t.match(
      (await s.rows()).map(({ failures, wait }) => [failures, wait]),
      [
        [1, 5],
        [0, 5],
        [1, 5],
        [1, 5],
      ],
      'and behind it the next is not even looked at',
    )
    const waits = [10, 20, 40, 80]
    for (const wait of waits) {
      now += 5_000
      while ((await look(s, [hook.channel], now)) === 0) now += 5_000
      t.equal((await s.rows())[0]?.wait, wait)
    }
    t.match(await readNoticeBacklog(s.db), [
      { channel: 'webhook', state: 'pending', reason: 'http-503', count: 3 },
      { reason: '', count: 1 },
    ])
    down = false
    now += 3_600_000
    t.equal(await look(s, [hook.channel], now), 3)
    t.equal(await look(s, [hook.channel], now), 1)
    t.same(
      (await s.rows()).map(({ state }) => state),
      ['sent', 'sent', 'sent', 'sent'],
    )
  })
})

t.test('what comes while its queue waits, waits too; Retry-After is honoured, an hour at most', async (t) => {
  await setting(async (s) => {
    const one = await s.record()
    await s.owe(one, { key: 'depot a' })
    const answers = [
      { ...failed, retryAfterSeconds: 600 },
      { ...failed, retryAfterSeconds: 86_400 },
    ]
    const hook = scripted('webhook', (tried) => answers[tried] ?? received)
    await look(s, [hook.channel], start)
    t.equal((await s.rows())[0]?.wait, 600)
    await s.owe(one, { key: 'depot b', recorded: start + 1 })
    t.equal(await look(s, [hook.channel], start + 1000), 0)
    t.equal((await s.rows())[1]?.wait, 599)
    t.equal(await look(s, [hook.channel], start + 600_000), 1)
    t.equal((await s.rows())[0]?.wait, 3_600)
  })
})

t.test(
  'given up after days and attempts, or at once when refused for good; begun anew when asked',
  async (t) => {
    await setting(async (s) => {
      const [one, other] = [await s.record(), await s.record()]
      await s.owe(one, { key: 'depot a' })
      await s.owe(other, { key: 'depot b', recorded: start + 1 })
      await s.owe(other, { key: 'depot c', recorded: start + 2 })
      let answer: (tried: number) => Handed = (tried) =>
        tried === 1 ? { outcome: 'refused', reason: 'smtp-550' } : failed
      const mail = scripted('mail', (tried) => answer(tried))
      await look(s, [mail.channel], start + 1000)
      t.match(await s.rows(), [
        { state: 'pending' },
        { state: 'dead', last_error: 'smtp-550' },
        { state: 'pending' },
      ])
      // After an outage of ours: as old as can be, and tried a few times all the same.
      const late = start + 30 * DAY
      let now = late
      let looks = 0
      while ((await s.rows()).some(({ state }) => state === 'pending')) {
        await look(s, [mail.channel], now)
        now += 3_600_000
        looks++
        if (looks > 20) throw new Error('it is never given up')
      }
      t.equal((await s.rows())[0]?.last_error, 'http-503')
      t.equal((await s.rows())[0]?.failures, 7, 'eight attempts in all')
      t.match(await readNoticeBacklog(s.db), [
        { state: 'dead', reason: 'http-503' },
        { state: 'dead', reason: 'smtp-550' },
      ])
      answer = () => received
      t.equal(await reviveDeadNotices(s.db, now, 100), 3)
      await look(s, [mail.channel], now)
      await look(s, [mail.channel], now)
      t.same(
        (await s.rows()).map(({ state, failures }) => `${state} ${failures}`),
        ['sent 0', 'sent 0', 'sent 0'],
      )
    })
  },
)

t.test('dmp notices: numbers alone; --retry begins anew what was given up', async (t) => {
  await setting(async (s) => {
    const { host, port, user, password, database } = s.test.owner
    const at = `postgres://${user}:${encodeURIComponent(password)}@${encodeURIComponent(host)}:${port}/${database}`
    const run = async (...args: string[]): Promise<string> => {
      const said: string[] = []
      const out = (line: string): void => void said.push(line)
      const code = await notices(args, { out, err: out, env: { DATABASE_URL: at } })
      return `${code}: ${said.join('\n')}`
    }
    t.equal(await run(), '0: Nothing waits: all that is owed was told.')
    await s.owe(await s.record(), { key: 'depot a', recorded: Date.now() - 90 * 60_000 })
    t.equal(await run(), '0: -        owed     1, the oldest for 1 h')
    const mail = scripted('mail', (tried) =>
      tried === 0 ? { outcome: 'refused', reason: 'smtp-550' } : received,
    )
    await look(s, [mail.channel], Date.now())
    t.equal(await run(), '1: mail     dead     1, the oldest for 1 h, smtp-550')
    t.equal(await run('--retry'), '0: 1 begun anew\nmail     pending  1, the oldest for 1 h, smtp-550')
    await look(s, [mail.channel], Date.now() + 1000)
    t.equal(await run(), '0: Nothing waits: all that is owed was told.')
    t.match(await run('--help'), /^0: usage: dmp notices/)
    await t.rejects(run('--forget'), CommandError)
  })
})

t.test('five days are tried out, and no more', async (t) => {
  await setting(async (s) => {
    await s.owe(await s.record(), { key: 'depot a' })
    const hook = scripted('webhook', () => failed)
    let now = start
    while ((await s.rows())[0]?.state !== 'dead') {
      await look(s, [hook.channel], now)
      now += 3_600_000
      if (now > start + 10 * DAY) throw new Error('it is never given up')
    }
    t.ok(now - start > 5 * DAY && now - start <= 5 * DAY + 2 * 3_600_000, 'a little after five days')
    t.ok(hook.tried() > 100, `and often until then: ${hook.tried()}`)
  })
})

t.test(
  'withheld: turned off meanwhile, hidden meanwhile, a minor’s secret, no address, no longer the MT',
  async (t) => {
    await setting(async (s) => {
      const hook = scripted('webhook', () => received)
      const mail = scripted('mail', () => ({ outcome: 'no-address' }))
      const both = [mail.channel, hook.channel]
      const reasons = async (): Promise<string[]> =>
        (await s.rows()).map(({ channel, state, last_error }) => `${channel} ${state} ${last_error}`)
      const clear = () => s.as('delete from notice_delivery')
      const documentOf = async (patientKey: Uuid, labels: object): Promise<string> => {
        const document = documentWith({ patientKey, ...labels })
        await store(s.db, [document])
        return `depot DocumentReference/${encodeUuid(document.id)}/1`
      }
      const off = await s.record()
      await s.as('update record set notices_of_changes = false where patient_key = $1', [off])
      await s.owe(off, { key: await documentOf(off, {}) })
      await s.owe(off, { key: 'choix Consent/x/1', kind: 'choix', recorded: start + 1 })
      for (let i = 0; i < 2; i++) await look(s, both, start)
      t.same(await reasons(), [
        ...['mail withheld turned-off', 'webhook withheld turned-off'],
        ...['mail withheld no-address', 'webhook sent '],
      ])
      await clear()
      const adult = await s.record()
      await s.owe(adult, { key: await documentOf(adult, { invisiblePatient: true }) })
      await look(s, both, start)
      t.same(await reasons(), ['mail withheld hidden', 'webhook withheld hidden'])
      await clear()
      const minor = await s.record({ birthDate: '2012-01-01' })
      await s.owe(minor, { key: await documentOf(minor, { invisibleLegal: true }) })
      await s.owe(minor, { key: await documentOf(minor, {}), recorded: start + 1 })
      for (let i = 0; i < 2; i++) await look(s, [hook.channel], start)
      t.same(await reasons(), ['webhook withheld secret', 'webhook sent '])
      await clear()
      await s.owe(adult, { key: 'bris_de_glace x MT', kind: 'bris_de_glace', recipient: MT })
      await look(s, [hook.channel], start)
      t.same(await reasons(), ['webhook withheld not-medecin-traitant'])
      t.same(
        hook.told.map(({ kind }) => kind),
        ['choix', 'depot'],
        'and nothing of it was handed on',
      )
    })
  },
)

t.test('where there is no channel what is owed waits for one, and not for ever', async (t) => {
  await setting(async (s) => {
    const patientKey = await s.record()
    await s.owe(patientKey, { key: 'depot old', recorded: start })
    await s.owe(patientKey, { key: 'depot new', recorded: start + 4 * DAY })
    t.equal(await forgetUndeliverable(s.engine, start + 6 * DAY), 1)
    const keys = Array.from({ length: 1200 }, (_, n) => `acces ${String(n).padStart(4, '0')}`)
    for (const key of keys) await s.owe(patientKey, { key, recorded: start })
    t.equal(
      await forgetUndeliverable(s.engine, start + 6 * DAY),
      keys.length,
      'more than are looked at at once',
    )
    const hook = scripted('webhook', () => received)
    t.equal(await look(s, [hook.channel], start + 6 * DAY), 1)
    t.equal((await s.rows())[0]?.key, 'depot new')
  })
})

/** What a process does, step by step, so that steps of two processes can be put in any order. */
type Step = { readonly process: 0 | 1; readonly does: 'look' | 'finish'; readonly wait: number }

t.test(
  'at-least-once-and-in-order, whatever processes die and whatever is lost',
  { timeout: 180_000 },
  async (t) => {
    const seen = { twice: 0, crashed: 0, failed: 0, late: 0 }
    await setting(async (s) => {
      const record = fc.record({
        outcomes: fc.array(
          fc.constantFrom<Handed | 'crash before' | 'crash after'>(
            received,
            received,
            failed,
            'crash before',
            'crash after',
          ),
          { maxLength: 20 },
        ),
        steps: fc.array(
          fc.record<Step>({
            process: fc.constantFrom(0, 1),
            does: fc.constantFrom('look', 'finish'),
            wait: fc.constantFrom(0, 1_000, 20_000, 31_000),
          }),
          { maxLength: 40 },
        ),
        recipients: fc.array(fc.constantFrom('patient', MT), { minLength: 1, maxLength: 5 }),
      })
      await fc.assert(
        fc.asyncProperty(record, async ({ outcomes, steps, recipients }) => {
          const patientKey = await s.record()
          await s.as('update record set medecin_traitant = $1 where patient_key = $2', [MT, patientKey])
          const order = new Map<string, Uuid[]>()
          for (const [i, recipient] of recipients.entries())
            await s.owe(patientKey, {
              key: `bris_de_glace ${i}`,
              kind: 'bris_de_glace',
              recipient,
              recorded: start + i,
            })
          const hook = scripted('webhook', (tried) => outcomes[tried] ?? received)
          const channels = [hook.channel]
          let now = start + 60_000
          const held: DueNotice[][] = [[], []]
          const finish = async (due: DueNotice): Promise<void> => {
            await deliverNotice(s.engine, hook.channel, due, () => now, never).catch((error: unknown) => {
              if (!(error instanceof Crash)) throw error
              seen.crashed++
            })
          }
          for (const { process, does, wait } of steps) {
            now += wait
            const mine = held[process] ?? []
            if (does === 'look') {
              await planOwedNotices(s.engine, channels, now)
              mine.push(...(await takeDueNotices(s.engine, hook.channel, now, 2)))
              continue
            }
            const due = mine.shift()
            if (due && wait === 31_000) seen.late++
            if (due) await finish(due)
          }
          // Whoever is left goes on until there is nothing more.
          for (let idle = 0; idle < 3; ) {
            now += 3_600_000
            const tried = await look(s, channels, now).catch((error: unknown) => {
              if (error instanceof Crash) return 1
              throw error
            })
            idle = tried === 0 ? idle + 1 : 0
          }
          const ids = await withOwner(s.test.owner, async (client) => {
            const { rows } = await client.query<{ id: Uuid; recipient: string; state: string }>(
              `select n.id, n.recipient, d.state from notice n join notice_delivery d
              on d.patient_key = n.patient_key and d.key = n.key where n.patient_key = $1 order by n.recorded`,
              [patientKey],
            )
            return rows
          })
          for (const { id, recipient } of ids) order.set(recipient, [...(order.get(recipient) ?? []), id])
          const first = [...new Set(hook.told.map(({ id }) => id))]
          if (hook.told.length > first.length) seen.twice++
          if (outcomes.includes(failed)) seen.failed++
          if (ids.length !== recipients.length || ids.some(({ state }) => state !== 'sent')) return false
          return [...order.values()].every(
            (expected) => first.filter((id) => expected.includes(id)).join() === expected.join(),
          )
        }),
        { numRuns: 60 },
      )
    })
    for (const [what, count] of Object.entries(seen)) t.ok(count > 2, `not vacuous: ${what} ${count}`)
  },
)
