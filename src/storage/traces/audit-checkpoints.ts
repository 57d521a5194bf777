/** The chains of traces: their checkpoints, which are only ever added to, and the rows of one of them. */

import type { DedicatedConnection } from '../connection/dedicated-connection.ts'
import type { Runner } from '../database.ts'
import { name, type Sql, sql } from '../sql.ts'
import { timestamp } from '../timestamp.ts'

export type CheckpointRow = {
  readonly writer: number
  readonly number: number
  readonly until_seq: number
  /** Milliseconds since 1970. */
  readonly recorded: number
  readonly final: boolean
  readonly digest: Buffer
  readonly jws: string
}

/** First of two keys of a lock: what the second is about. */
const WRITER_LOCK = 1_144_877

/** As they stand in the table; the seal comes last. */
const tupleColumns =
  'a.patient_key, a.id, a.writer, a.seq, a.interaction, a.status, a.resource_type, a.actor, a.authentication, a.mode, ' +
  'a.on_behalf, a.person, a.organization, a.profession, a.client, a.network, a.motive, a.rules, a.error, a.query, ' +
  'a.request_id, a.entities, a.seal'

/** @returns whether it was added: another process may have gone on with this chain */
export async function insertCheckpoint(db: Runner, row: CheckpointRow): Promise<boolean> {
  const added = await db.run(
    sql`insert into audit_checkpoint (writer, number, until_seq, recorded, final, digest, jws)
      values (${row.writer}::integer, ${row.number}::integer, ${row.until_seq}::integer,
        ${timestamp(row.recorded)}::timestamptz, ${row.final}::boolean, ${row.digest}::bytea, ${row.jws}::text)
      on conflict do nothing returning writer`,
  )
  return added.length > 0
}

/** Of one writer, in order. @param after 0 leaves out the one that opens the chain; -1 none */
export async function readCheckpoints(
  db: Runner,
  writer: number,
  after: number,
  limit: number,
): Promise<CheckpointRow[]> {
  return db.run<CheckpointRow>(
    sql`select c.writer, c.number, c.until_seq, c.recorded, c.final, c.digest, c.jws from audit_checkpoint c
      where c.writer = ${writer}::integer and c.number > ${after}::integer order by c.number limit ${limit}::integer`,
  )
}

/** The newest of a writer's. */
export async function readHead(db: Runner, writer: number): Promise<CheckpointRow | undefined> {
  const [head] = await db.run<CheckpointRow>(
    sql`select c.writer, c.number, c.until_seq, c.recorded, c.final, c.digest, c.jws from audit_checkpoint c
      where c.writer = ${writer}::integer order by c.number desc limit 1`,
  )
  return head
}

export type Head = Pick<CheckpointRow, 'writer' | 'number' | 'recorded' | 'final' | 'digest'>

/** Where the chains stand that were begun last. */
export async function readHeads(db: Runner, limit: number): Promise<Head[]> {
  return db.run<Head>(
    sql`select h.writer, h.number, h.recorded, h.final, h.digest
      from (select o.writer from audit_checkpoint o where o.number = 0 order by o.recorded desc limit ${limit}::integer) o,
        lateral (select c.writer, c.number, c.recorded, c.final, c.digest from audit_checkpoint c
          where c.writer = o.writer order by c.number desc limit 1) h`,
  )
}

/** Chains that were begun and have not ended. */
export async function openWriters(db: Runner): Promise<number[]> {
  const rows = await db.run<{ writer: number }>(
    sql`select o.writer from audit_checkpoint o where o.number = 0
        and not exists (select from audit_checkpoint f where f.writer = o.writer and f.final)
      order by o.writer`,
  )
  return rows.map(({ writer }) => writer)
}

/** All who have rows, known or not. */
export function writersOfRows(db: Runner): Promise<number[]> {
  return writersIn(db, name('audit'))
}

export function writersOfCheckpoints(db: Runner): Promise<number[]> {
  return writersIn(db, name('audit_checkpoint'))
}

/** By one look into the index for each. */
async function writersIn(db: Runner, table: Sql): Promise<number[]> {
  const rows = await db.run<{ writer: number }>(
    sql`with recursive w (writer) as (
        select min(t.writer) from ${table} t
        union all
        select (select min(t.writer) from ${table} t where t.writer > w.writer) from w where w.writer is not null
      ) select w.writer from w where w.writer is not null order by w.writer`,
  )
  return rows.map(({ writer }) => writer)
}

/** Whole rows of a writer in the order of their numbers, as PostgreSQL sends them. */
export async function copyRows(
  connection: DedicatedConnection,
  { writer, above, upTo }: { readonly writer: number; readonly above: number; readonly upTo: number },
  row: (tuple: Buffer) => void,
): Promise<void> {
  const bounds = [writer, above, upTo].map(wholeNumber)
  await connection.copy(
    `select ${tupleColumns} from audit a where a.writer = ${bounds[0]} and a.seq > ${bounds[1]} and a.seq <= ${bounds[2]}
      order by a.seq`,
    row,
  )
}

/** COPY takes no parameters. */
function wholeNumber(value: number): string {
  if (!Number.isSafeInteger(value)) throw new Error('Not a whole number')
  return `(${value})`
}

export async function sealInTable(db: Runner, writer: number, seq: number): Promise<Buffer | undefined> {
  const [row] = await db.run<{ seal: Buffer }>(
    sql`select a.seal from audit a where a.writer = ${writer}::integer and a.seq = ${seq}::integer`,
  )
  return row?.seal
}

/** The place of the last row of a writer, and when it was made. */
export async function lastRow(
  db: Runner,
  writer: number,
): Promise<{ readonly seq: number; readonly id: string } | undefined> {
  const [row] = await db.run<{ seq: number; id: string }>(
    sql`select a.seq, a.id from audit a where a.writer = ${writer}::integer order by a.seq desc limit 1`,
  )
  return row
}

/** Held as long as the session lasts: a writer that is paused keeps it, one that died does not. */
export async function lockWriter(db: Runner, writer: number): Promise<boolean> {
  const [row] = await db.run<{ locked: boolean }>(
    sql`select pg_try_advisory_lock(${WRITER_LOCK}::integer, ${writer}::integer) as locked`,
  )
  return row?.locked === true
}

export async function unlockWriter(db: Runner, writer: number): Promise<void> {
  await db.run(sql`select pg_advisory_unlock(${WRITER_LOCK}::integer, ${writer}::integer)`)
}

/** Several processes may find the same chain to go on with. */
export async function rowsOfRetention(
  db: Runner,
): Promise<{ readonly number: number; readonly jws: string }[]> {
  return db.run<{ number: number; jws: string }>(
    sql`select r.number, r.jws from audit_retention r order by r.number desc limit 1`,
  )
}
