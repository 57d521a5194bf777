/**
 * How the database stands besides requests, for who operates it: numbers and times, nothing of anybody. Each is answered from
 * an index or the catalogue, however large the tables are.
 */
import type { Database } from './database.ts'
import type { Runner } from './runner.ts'
import { sql } from './sql.ts'

/** Notifications of subscriptions that nobody has numbered and sent yet. @returns `oldest` in milliseconds since 1970 */
export async function readPendingEvents(
  db: Runner,
): Promise<{ readonly count: number; readonly oldest: number | undefined }> {
  const [row] = await db.run<{ count: number; oldest: number | null }>(
    sql`select count(*)::integer as count, min(e.recorded) as oldest from subscription_event e where e.state = 'pending'`,
  )
  return { count: row?.count ?? 0, oldest: row?.oldest ?? undefined }
}

/** Months after this one that have a partition of `audit` (audit-partitions.ts). @param thisMonth `2026_11` */
export async function readPartitionsAhead(db: Runner, thisMonth: string): Promise<number> {
  const [row] = await db.run<{ ahead: number }>(
    sql`select count(*)::integer as ahead from pg_inherits i join pg_class c on c.oid = i.inhrelid
      where i.inhparent = 'audit'::regclass and c.relname ~ '^audit_[0-9]{4}_[0-9]{2}$'
        and substr(c.relname, 7) > ${thisMonth}::text`,
  )
  return row?.ahead ?? 0
}

/**
 * How far the replica is behind, in seconds: 0 when all that it received is replayed, since a primary that is asked nothing
 * sends nothing. Undefined: it does not answer, or is none.
 */
export async function readReplicaLag({ reads }: Pick<Database, 'reads'>): Promise<number | undefined> {
  if (reads.load() === undefined) return undefined
  const [row] = await reads.unchanging.run<{ replays: boolean; lag: number | null }>(
    sql`select pg_is_in_recovery() as replays,
      case when pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() then 0
        else extract(epoch from clock_timestamp() - pg_last_xact_replay_timestamp()) end::float8 as lag`,
  )
  return row?.replays ? (row.lag ?? undefined) : undefined
}
