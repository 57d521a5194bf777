/**
 * The rows of `audit`: inserted, never changed. Many at once, because traces of concurrent requests share a commit. A trace
 * whose transaction was committed although its answer was lost is there already: it stays as it is.
 *
 * Each row has a place in the chain of the process that writes it, and what becomes of the row is told to the chain: a
 * place whose row was rolled back stays empty for ever (docs/audit.md).
 */

import { copyStatement } from '../connection/copy-in.ts'
import { runTogether, type Write } from '../connection/run-together.ts'
import { type Copying, type Runner, type Transaction, type TransactionEnd, wasRefused } from '../database.ts'
import { owedNotices } from '../notices/insert-notices.ts'
import { joinSql, type Sql, sql } from '../sql.ts'
import { sealOf } from './canonical-trace.ts'
import { encodeTrace } from './trace-columns.ts'
import type { Seat, TraceChain, TraceColumns, TraceRow } from './trace-row.ts'

export type { Seat, TraceChain, TraceRow }

export type SeatedTrace = {
  readonly row: TraceRow
  readonly columns: TraceColumns
  readonly seat: Seat
}

export function seatTrace(row: TraceRow): SeatedTrace {
  const columns = encodeTrace(row)
  return { row, columns, seat: row.chain.seat(columns) }
}

/** In a transaction the chain is told when that ends, else when the statement does. */
export async function insertTraces(
  runner: Runner & Partial<Pick<Transaction, 'onEnd'>>,
  rows: readonly TraceRow[],
): Promise<void> {
  const { onEnd } = runner
  if (onEnd) return runTogether(runner, traceInsertions({ onEnd }, rows))
  let told: ((end: TransactionEnd) => void) | undefined
  const writes = traceInsertions({ onEnd: (listener) => (told = listener) }, rows)
  await runTogether(runner, writes).then(
    () => told?.('committed'),
    (error: unknown) => {
      told?.(endOfRefused(error))
      throw error
    },
  )
}

/** For who writes them with other rows, in one statement of a transaction: its end settles their seats. */
export function traceInsertions({ onEnd }: Pick<Transaction, 'onEnd'>, rows: readonly TraceRow[]): Write[] {
  const seated: SeatedTrace[] = []
  const settle = (end: TransactionEnd): void => {
    for (const { seat } of seated) seat.settle(end)
  }
  onEnd(settle)
  try {
    for (const row of rows) seated.push(seatTrace(row))
  } catch (error) {
    // None of them was sent; a transaction that goes on without them has not inserted them either.
    settle('rolled back')
    seated.length = 0
    throw error
  }
  return writesOf(seated)
}

/** Of a statement on its own that has failed. */
export function endOfRefused(error: unknown): TransactionEnd {
  return wasRefused(error) ? 'rolled back' : 'unknown'
}

/** The statement alone: whoever calls settles the seats. */
export async function insertSeated(runner: Runner, seated: readonly SeatedTrace[]): Promise<void> {
  await runTogether(runner, writesOf(seated))
}

/**
 * The same for several that owe no notice: the very bytes that are sealed, as one COPY. It knows no `on conflict`: with one
 * that is there already all are refused.
 */
export function copySeated(runner: Copying, seated: readonly SeatedTrace[]): Promise<void> {
  return runner.copyIn(
    intoAudit,
    seated.map(({ seat }) => seat.tuple),
  )
}

function writesOf(seated: readonly SeatedTrace[]): Write[] {
  return [{ name: 'traced', statement: traceInsertion(seated) }, ...owedNotices(seated.map(({ row }) => row))]
}

const columns: Sql = sql`patient_key, id, writer, seq, interaction, status, resource_type, actor, authentication, mode,
  on_behalf, person, organization, profession, client, network, motive, rules, error, query, request_id, entities, seal`

const intoAudit = copyStatement(sql`copy audit (${columns}) from stdin (format binary)`)

/** One row as values; several as an array for each column, which is one statement for groups of any size. */
export function traceInsertion(seated: readonly SeatedTrace[]): Sql {
  const [only, another] = seated
  if (!only) throw new Error('No trace to insert')
  const rows = another ? sql`select * from unnest(${arraysOf(seated)})` : sql`values (${valuesOf(only)})`
  return sql`insert into audit (${columns}) ${rows} on conflict do nothing`
}

function valuesOf({ columns: c, seat }: SeatedTrace): Sql {
  return sql`${c.patient_key}::uuid, ${c.id}::uuid, ${seat.writer}::integer, ${seat.seq}::integer,
    ${c.interaction}::smallint, ${c.status}::smallint, ${c.resource_type}::smallint, ${c.actor}::"char",
    ${c.authentication}::"char", ${c.mode}::"char", ${c.on_behalf}::boolean, ${c.person}::text, ${c.organization}::text,
    ${c.profession}::text, ${c.client}::text, ${c.network}::text, ${c.motive}::text, ${c.rules}::text, ${c.error}::text,
    ${c.query}::text, ${c.request_id}::bytea, ${c.entities}::bytea, ${sealOf(seat.tuple)}::bytea`
}

function arraysOf(seated: readonly SeatedTrace[]): Sql {
  const all = <Value>(of: (columns: TraceColumns) => Value): Value[] =>
    seated.map(({ columns: each }) => of(each))
  const seats = seated.map(({ seat }) => seat)
  return joinSql(
    [
      sql`${all((c) => c.patient_key)}::uuid[], ${all((c) => c.id)}::uuid[]`,
      sql`${seats.map(({ writer }) => writer)}::integer[], ${seats.map(({ seq }) => seq)}::integer[]`,
      sql`${all((c) => c.interaction)}::smallint[], ${all((c) => c.status)}::smallint[]`,
      sql`${all((c) => c.resource_type)}::smallint[], ${all((c) => c.actor)}::"char"[]`,
      sql`${all((c) => c.authentication)}::"char"[], ${all((c) => c.mode)}::"char"[]`,
      sql`${all((c) => c.on_behalf)}::boolean[], ${all((c) => c.person)}::text[]`,
      sql`${all((c) => c.organization)}::text[], ${all((c) => c.profession)}::text[]`,
      sql`${all((c) => c.client)}::text[], ${all((c) => c.network)}::text[], ${all((c) => c.motive)}::text[]`,
      sql`${all((c) => c.rules)}::text[], ${all((c) => c.error)}::text[], ${all((c) => c.query)}::text[]`,
      sql`${all((c) => c.request_id)}::bytea[], ${all((c) => c.entities)}::bytea[]`,
      sql`${seats.map(({ tuple }) => sealOf(tuple))}::bytea[]`,
    ],
    ', ',
  )
}
