/** How far a replica is behind, as it says itself. */
import type { Runner } from '../database.ts'
import { sql } from '../sql.ts'

export type ReplicaFacts = {
  readonly in_recovery: boolean
  /** All that it has received is replayed. */
  readonly caught_up: boolean
  /** Seconds since the last transaction that it has replayed; null: none yet. */
  readonly behind: number | null
}

export async function readReplicaFacts(db: Runner): Promise<ReplicaFacts> {
  const [facts] = await db.run<ReplicaFacts>(
    sql`select pg_is_in_recovery() as in_recovery,
        coalesce(pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn(), false) as caught_up,
        extract(epoch from clock_timestamp() - pg_last_xact_replay_timestamp())::double precision as behind`,
  )
  return facts ?? { in_recovery: false, caught_up: false, behind: null }
}
