/**
 * From what is owed to what is to be sent: each notice gets one row for each channel, and leaves the outbox in the same
 * transaction. Over all records: on a distributed database it asks every shard, as every job does.
 * @see docs/notices.md
 */
import type { Uuid } from '../../fhir/id.ts'
import type { Runner } from '../database.ts'
import { sql } from '../sql.ts'
import { timestamp } from '../timestamp.ts'
import type { NoticeChannel } from './notice-delivery.ts'

/**
 * Behind a notice that waits to be tried again the next one waits as long: it is not looked at in vain.
 * @returns how many notices were given to the channels
 */
export async function planNotices(
  transaction: Runner,
  channels: readonly NoticeChannel[],
  nowMs: number,
  limit: number,
): Promise<number> {
  const now = sql`${timestamp(nowMs)}::timestamptz`
  // Taken by a statement of its own: joined with a part of unknown size, the outbox would be read whole for each part.
  const taken = await transaction.run<Owed>(
    sql`select o.patient_key, o.key from notice_outbox o limit ${limit}::integer for update skip locked`,
  )
  if (taken.length === 0) return 0
  await transaction.run(
    sql`with gone as (
        delete from notice_outbox o
          using unnest(${taken.map((each) => each.patient_key)}::uuid[], ${taken.map(({ key }) => key)}::text[])
            as t(patient_key, key)
          where o.patient_key = t.patient_key and o.key = t.key
          returning o.patient_key, o.key
      )
      insert into notice_delivery (patient_key, key, channel, recipient, recorded, state, failures, not_before,
          leased_until, last_error)
        select n.patient_key, n.key, c.channel, n.recipient, n.recorded, 'pending', 0,
          greatest(${now}, (select max(e.not_before) from notice_delivery e where e.patient_key = n.patient_key
            and e.recipient = n.recipient and e.channel = c.channel and e.state = 'pending')), ${now}, ''
        from gone g join notice n on n.patient_key = g.patient_key and n.key = g.key
        cross join unnest(${[...channels]}::text[]) as c(channel)
        on conflict do nothing`,
  )
  return taken.length
}

/** A notice that is owed. Ordered as the outbox is: by record, then key. */
export type Owed = { readonly patient_key: Uuid; readonly key: string }

/** The next that are owed, so that all of them are gone through once, however many there are. */
export function readOwed(runner: Runner, after: Owed | undefined, limit: number): Promise<Owed[]> {
  const beyond = after
    ? sql`(o.patient_key, o.key) > (${after.patient_key}::uuid, ${after.key}::text)`
    : sql`true`
  return runner.run<Owed>(
    sql`select o.patient_key, o.key from notice_outbox o where ${beyond}
      order by o.patient_key, o.key limit ${limit}::integer`,
  )
}

/** Where there is no channel nothing waits for ever; the notices themselves stay. @returns how many of these were let go */
export async function forgetUnplanned(
  runner: Runner,
  owed: readonly Owed[],
  before: number,
): Promise<number> {
  const rows = await runner.run(
    sql`delete from notice_outbox o
      using unnest(${owed.map((each) => each.patient_key)}::uuid[], ${owed.map(({ key }) => key)}::text[])
          as t(patient_key, key)
        join notice n on n.patient_key = t.patient_key and n.key = t.key
      where o.patient_key = t.patient_key and o.key = t.key and n.recorded < ${timestamp(before)}::timestamptz
      returning o.key`,
  )
  return rows.length
}
