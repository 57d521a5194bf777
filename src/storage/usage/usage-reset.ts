/**
 * Takes counts of usage back, to count them anew: all of them, or what was counted of the traces that are still there. As the
 * owner of the schema: the server only ever adds.
 */

import { advisoryLocks } from '../connection/owner-connection.ts'
import type { Runner } from '../database.ts'
import { sql } from '../sql.ts'
import { timestamp } from '../timestamp.ts'

/**
 * @param since the first instant of the month from which on traces are there, milliseconds since 1970: months before stay as
 * they were counted; -Infinity: none was removed
 * @param delayHours the bounds between which delays of first readings are counted
 */
export async function resetUsage(
  transaction: Runner,
  since: number,
  delayHours: readonly number[],
): Promise<void> {
  // Whoever counts now ends its batch first; who comes next finds nothing counted.
  await transaction.run(sql`select pg_advisory_xact_lock(${advisoryLocks.usage}::bigint)`)
  const from = timestamp(since)
  await transaction.run(
    sql`delete from usage_count u
      where u.measure <> 'delai' and u.month >= (${from}::timestamptz at time zone 'UTC')::date`,
  )
  // A document of a month that stays may have been read since: that reading alone is taken back.
  await transaction.run(
    sql`with gone as (
        delete from usage_first_reading r where r.read_at >= ${from}::timestamptz
        returning r.read_at, to_timestamp(
          ('x' || substr(replace(r.document::text, '-', ''), 1, 12))::bit(48)::bigint / 1000.0) as deposited
      ), lost as (
        select date_trunc('month', g.deposited at time zone 'UTC')::date as month,
          array[width_bucket(greatest(0, extract(epoch from g.read_at - g.deposited) / 3600.0)::float8,
            ${delayHours}::float8[])::text] as stratum, count(*) as count
        from gone g group by 1, 2
      )
      update usage_count u set count = u.count - l.count from lost l
        where u.measure = 'delai' and u.month = l.month and u.stratum = l.stratum`,
  )
  await transaction.run(sql`delete from usage_cursor`)
  await transaction.run(sql`update usage_progress set counted_until = '-infinity' where single`)
}
