/**
 * How delivery stands, for operators: numbers by channel, state and reason, and nothing of anybody. What was given up may be
 * tried anew, once its cause is gone.
 * @see docs/notices.md "Watching"
 */
import type { Runner } from '../database.ts'
import { sql } from '../sql.ts'
import { timestamp } from '../timestamp.ts'
import type { NoticeChannel } from './notice-delivery.ts'

export type NoticeStanding = {
  /** Empty: not yet given to a channel. */
  readonly channel: NoticeChannel | ''
  readonly state: 'owed' | 'pending' | 'dead'
  /** Why it failed last; empty for what was not tried yet. */
  readonly reason: string
  readonly count: number
  /** When the oldest of them happened, milliseconds since 1970. */
  readonly oldest: number
}

/** What is not settled well: owed, pending and dead. Read from partial indexes, however many were sent. */
export function readNoticeBacklog(runner: Runner): Promise<NoticeStanding[]> {
  return runner.run<NoticeStanding>(
    sql`select '' as channel, 'owed' as state, '' as reason, count(*)::integer as count, min(n.recorded) as oldest
        from notice_outbox o join notice n on n.patient_key = o.patient_key and n.key = o.key
        having count(*) > 0
      union all
      select d.channel, d.state, d.last_error, count(*)::integer, min(d.recorded)
        from notice_delivery d where d.state = 'pending' group by d.channel, d.state, d.last_error
      union all
      select d.channel, d.state, d.last_error, count(*)::integer, min(d.recorded)
        from notice_delivery d where d.state = 'dead' group by d.channel, d.state, d.last_error
      order by channel, state, count desc`,
  )
}

/** Begins anew what was given up. @returns how many */
export async function reviveDeadNotices(runner: Runner, nowMs: number, limit: number): Promise<number> {
  const rows = await runner.run(
    sql`with dead as (
        select d.patient_key, d.key, d.channel from notice_delivery d where d.state = 'dead'
        limit ${limit}::integer for no key update of d skip locked
      )
      update notice_delivery d set state = 'pending', failures = 0, settled_at = null,
          not_before = ${timestamp(nowMs)}::timestamptz
        from dead where d.patient_key = dead.patient_key and d.key = dead.key and d.channel = dead.channel
        returning d.key`,
  )
  return rows.length
}
