/**
 * Where reads go that need not be the primary's: a replica that follows it by streaming (DATABASE_READ_URL). What policy
 * decides by is never read here. Three promises, each kept by the databases themselves, since several servers share no
 * memory; where one cannot be kept at once, the primary answers (docs/decisions/0020).
 */

import {
  positionOf,
  type RecordPosition,
  type RecordState,
  rowsAsOf,
  unstreamed,
} from '../records/record-position.ts'
import type { Runner } from '../runner.ts'
import { type Sql, sql } from '../sql.ts'
import type { Replica } from './replica.ts'

/** Reads that went to a replica since the start, by what became of them. */
export type ReplicaLoad = { readonly answered: number; readonly behind: number; readonly failed: number }

export type ReadSide = {
  /**
   * The documents of a record exactly as they stand on the primary now, whoever has written them: the state of the record
   * and the rows are read in one snapshot.
   * @param facts as the primary has just told them
   */
  ofRecord(facts: RecordState): Runner
  /** Rows that nobody changes once they are written: what is not there yet is asked of the primary. */
  readonly unchanging: Runner
  /** Everything that was committed before this call. For what takes long, as it may wait for a few milliseconds. */
  upToDate(): Promise<Runner>
  /** Undefined: there is no replica. */
  load(): ReplicaLoad | undefined
  close(): Promise<void>
}

export function primaryReads(primary: Runner): ReadSide {
  return {
    ofRecord: () => primary,
    unchanging: primary,
    upToDate: async () => primary,
    load: () => undefined,
    close: async () => undefined,
  }
}

/** How long a replica may take to come to where the primary was. */
const PATIENCE_MS = 40
const POLL_MS = 4

export function replicaReads(primary: Runner, replica: Replica, onError: (error: Error) => void): ReadSide {
  const counts = { answered: 0, behind: 0, failed: 0 }
  let isToldUnstreamed = false

  /** @returns undefined when the replica did not answer */
  const ask = async <T>(work: (runner: Runner) => Promise<T>): Promise<T | undefined> => {
    const asked = await replica.attempt(work)
    if (asked === undefined) counts.failed++
    return asked?.value
  }
  const tellUnstreamed = (): void => {
    if (!isToldUnstreamed) onError(new Error(unstreamed))
    isToldUnstreamed = true
  }

  return {
    ofRecord({ patientKey, version }) {
      // Asked once for all statements of a request: they then agree with one another, too.
      let position: Promise<RecordPosition> | undefined
      return {
        async run<Row>(statement: Sql) {
          if (!replica.isThere()) return primary.run<Row>(statement)
          position ??= positionOf(primary, patientKey)
          const at = await position
          const answer = await ask((runner) => rowsAsOf<Row>(runner, { patientKey, version }, at, statement))
          if (answer?.isStreaming === false) tellUnstreamed()
          if (answer?.rows) {
            counts.answered++
            return answer.rows
          }
          if (answer) counts.behind++
          return primary.run<Row>(statement)
        },
      }
    },
    unchanging: {
      async run<Row>(statement: Sql) {
        const rows = replica.isThere() ? await ask((runner) => runner.run<Row>(statement)) : undefined
        if (rows && rows.length > 0) {
          counts.answered++
          return rows
        }
        if (rows) counts.behind++
        return primary.run<Row>(statement)
      },
    },
    async upToDate() {
      if (!replica.isThere()) return primary
      const [now] = await primary.run<{ at: string }>(sql`select pg_current_wal_insert_lsn()::text as at`)
      const caughtUp = now && (await ask((runner) => reaches(runner, now.at)))
      if (caughtUp === undefined) return primary
      if (!caughtUp) {
        counts.behind++
        return primary
      }
      return {
        async run<Row>(statement: Sql) {
          const rows = await ask((runner) => runner.run<Row>(statement))
          if (!rows) return primary.run<Row>(statement)
          counts.answered++
          return rows
        },
      }
    },
    load: () => ({ ...counts }),
    close: () => replica.close(),
  }
}

/** Whether the replica has all that the primary had written when it was at `at`; waits for it, but not long. */
async function reaches(replica: Runner, at: string): Promise<boolean> {
  const until = performance.now() + PATIENCE_MS
  for (;;) {
    const [there] = await replica.run<{ streaming: boolean; reached: boolean }>(
      sql`select pg_is_in_recovery() as streaming,
        coalesce(pg_last_wal_replay_lsn() >= ${at}::pg_lsn, false) as reached`,
    )
    if (there?.streaming !== true) return false
    if (there.reached) return true
    if (performance.now() >= until) return false
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}
