/**
 * The removal of traces whose time has come, as the owner of the schema: whole partitions, and what older rows lie in
 * `audit_default`. What is signed about it is made in the same transaction (src/audit/retain-traces.ts).
 */
import type { Uuid } from '../../fhir/id.ts'
import { advisoryLocks } from '../connection/owner-connection.ts'
import type { Runner } from '../database.ts'
import { name, type Sql, sql } from '../sql.ts'
import { timestamp } from '../timestamp.ts'

/** Rows of one writer that go, and those of as early a place that stay. */
export type DoomedWriter = { readonly writer: number; readonly last: number; readonly count: number }

const DEFAULT = 'audit_default'

/** One removal at a time, and none beside the making of partitions. */
export async function lockRetention(transaction: Runner): Promise<void> {
  await transaction.run(sql`select pg_advisory_xact_lock(${advisoryLocks.auditPartitions}::bigint)`)
}

/** The partitions all of whose rows are below an id, oldest first; the default one is never among them. */
export async function partitionsBelow(db: Runner, limit: Uuid): Promise<string[]> {
  const rows = await db.run<{ table: string }>(
    sql`select c.relname as "table" from pg_inherits i join pg_class c on c.oid = i.inhrelid
      where i.inhparent = 'audit'::regclass and c.relnamespace = 'public'::regnamespace
        and substring(pg_get_expr(c.relpartbound, c.oid) from 'TO [(]''([0-9a-f-]{36})''[)]')::uuid <= ${limit}::uuid
      order by 1`,
  )
  return rows.map(({ table }) => table)
}

/** By one look at each row that goes. */
export async function doomedWriters(
  db: Runner,
  tables: readonly string[],
  limit: Uuid,
): Promise<DoomedWriter[]> {
  const sums = new Map<number, DoomedWriter>()
  for (const table of [...tables, DEFAULT]) {
    const rows = await db.run<DoomedWriter>(
      sql`select a.writer, max(a.seq) as last, count(*)::integer as count from ${nameOf(table)} a
        where a.id < ${limit}::uuid group by a.writer`,
    )
    for (const { writer, last, count } of rows) {
      const before = sums.get(writer)
      sums.set(writer, {
        writer,
        last: Math.max(last, before?.last ?? 0),
        count: count + (before?.count ?? 0),
      })
    }
  }
  return [...sums.values()].sort((a, b) => a.writer - b.writer)
}

/** Places up to this one whose rows stay. */
export async function keptSeqs(db: Runner, writer: number, upTo: number, limit: Uuid): Promise<number[]> {
  const rows = await db.run<{ seq: number }>(
    sql`select a.seq from audit a where a.writer = ${writer}::integer and a.seq <= ${upTo}::integer
        and a.id >= ${limit}::uuid order by a.seq`,
  )
  return rows.map(({ seq }) => seq)
}

export type Interval = { readonly number: number; readonly above: number; readonly until: number }

/** The checkpoints of a writer that have places of their own, up to the one that this place lies under. */
export async function intervalsUpTo(db: Runner, writer: number, seq: number): Promise<Interval[]> {
  return db.run<Interval>(
    sql`select c.number, c.above, c.until_seq as until from (
        select c.number, c.until_seq, coalesce(lag(c.until_seq) over (order by c.number), 0) as above
          from audit_checkpoint c where c.writer = ${writer}::integer) c
      where c.number > 0 and c.above < ${seq}::integer order by c.number`,
  )
}

/** @throws of the database: the number is taken when another process was faster */
export async function insertRetention(
  db: Runner,
  row: { readonly number: number; readonly recorded: number; readonly jws: string },
): Promise<void> {
  await db.run(
    sql`insert into audit_retention (number, recorded, jws)
      values (${row.number}::integer, ${timestamp(row.recorded)}::timestamptz, ${row.jws}::text)`,
  )
}

/** Whoever waits for these locks holds up every trace behind it, hence a limit: the next run tries again. */
export async function dropTraces(transaction: Runner, tables: readonly string[], limit: Uuid): Promise<void> {
  await transaction.run(sql`set local lock_timeout = '3s'`)
  for (const table of tables) await transaction.run(sql`drop table ${nameOf(table)}`)
  await transaction.run(sql`delete from audit_default a where a.id < ${limit}::uuid`)
}

const MONTH = /^audit_\d{4}_\d\d$/

/** @throws for a table that is no partition of ours */
function nameOf(table: string): Sql {
  if (table === DEFAULT) return sql`audit_default`
  if (!MONTH.test(table)) throw new Error('A partition of audit has a name that is not of this server')
  return name(table)
}
