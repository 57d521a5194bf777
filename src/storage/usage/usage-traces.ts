/**
 * Traces for the counts of usage, each once: along the chain of each writer, up to its last checkpoint. A checkpoint is written
 * when all traces before it are there or never will be, so that behind the cursor nothing comes later.
 * @see docs/audit.md, docs/indicators.md
 */
import { timeOfUuid, type Uuid } from '../../fhir/id.ts'
import type { Runner } from '../database.ts'
import { type Sql, sql } from '../sql.ts'
import { interactionCodes } from '../traces/trace-codes.ts'
import {
  decodeTrace,
  type StoredTrace,
  type TraceColumns,
  traceColumnsWith,
} from '../traces/trace-columns.ts'

/** Traces of one writer that are complete and not counted: after `after`, up to `until`. */
export type Uncounted = { readonly writer: number; readonly after: number; readonly until: number }

/** One row for each writer: where its chain begins, its last checkpoint, and how far it is counted. */
const writers: Sql = sql`audit_checkpoint w
  left join usage_cursor u on u.writer = w.writer
  cross join lateral (select c.until_seq, c.final from audit_checkpoint c where c.writer = w.writer
    order by c.number desc limit 1) last`

export async function findUncounted(db: Runner): Promise<Uncounted[]> {
  return db.run<Uncounted>(
    sql`select w.writer, coalesce(u.seq, 0) as after, last.until_seq as until from ${writers}
      where w.number = 0 and last.until_seq > coalesce(u.seq, 0) order by w.writer`,
  )
}

/** Up to where a writer is counted, as this transaction sees it. */
export async function readCursor(transaction: Runner, writer: number): Promise<number> {
  const [row] = await transaction.run<{ seq: number }>(
    sql`select u.seq from usage_cursor u where u.writer = ${writer}::integer`,
  )
  return row?.seq ?? 0
}

/** When the first trace was made that is there and not counted, milliseconds since 1970; undefined: there is none. */
export async function firstUncountedTime(db: Runner): Promise<number | undefined> {
  const [row] = await db.run<{ id: Uuid }>(
    sql`select first.id from ${writers}
      cross join lateral (select a.id from audit a where a.writer = w.writer and a.seq > coalesce(u.seq, 0)
        order by a.seq limit 1) first
      where w.number = 0 and not (last.final and last.until_seq <= coalesce(u.seq, 0))
      order by first.id limit 1`,
  )
  return row && timeOfUuid(row.id)
}

/**
 * Of a span, the traces that may count: those of these interactions, and the refused.
 * @param interactions and whether what their traces name counts too; of the others nothing is named
 */
export async function readUncounted(
  transaction: Runner,
  { writer, after, until }: Uncounted,
  interactions: ReadonlyMap<string, { readonly named: boolean }>,
): Promise<StoredTrace[]> {
  const codes = codesOf([...interactions.keys()])
  const naming = codesOf([...interactions].flatMap(([name, { named }]) => (named ? [name] : [])))
  const entities = sql`case when a.interaction = any(${naming}::smallint[]) then a.entities else ''::bytea end`
  const rows = await transaction.run<TraceColumns>(
    sql`select ${traceColumnsWith(entities)} from audit a
      where a.writer = ${writer}::integer and a.seq > ${after}::integer and a.seq <= ${until}::integer
        and ((a.status < 400 and a.interaction = any(${codes}::smallint[])) or (a.status >= 400 and a.status < 500))
      order by a.seq`,
  )
  return rows.map(decodeTrace)
}

function codesOf(names: readonly string[]): number[] {
  return Object.entries(interactionCodes).flatMap(([name, code]) => (names.includes(name) ? [code] : []))
}
