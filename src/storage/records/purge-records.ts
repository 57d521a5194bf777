/**
 * D10: what is destroyed ten years after its closing: every row of every table that belongs to the record, whichever tables
 * there are. As the owner of the schema: the server's own role may not delete what was recorded.
 * With the row of record_key goes what opens its contents, wherever copies of them lie; objects in a store elsewhere are left
 * over by it, and removed.
 * @see docs/policy.md D10; CSP L.1111-18
 *
 * NOT reached: backups of record_key itself, which the operator lets expire; and a death that nobody has told, by closing the record.
 */
import type pg from 'pg'
import type { Uuid } from '../../fhir/id.ts'
import { inTransaction, type OwnerConnection, runnerOn, withOwner } from '../connection/owner-connection.ts'
import { leaveOver } from '../contents/content-uploads.ts'

export type ExpiredRecord = { readonly patientKey: Uuid; readonly closedAt: Date }
/** Rows of each table. */
export type Destroyed = Readonly<Record<string, number>>

/** Records closed then or before, the longest closed first. */
export async function findExpiredRecords(
  owner: OwnerConnection,
  closedBefore: Date,
  limit: number,
): Promise<ExpiredRecord[]> {
  return withOwner(owner, async (client) => {
    const { rows } = await client.query<{ patient_key: Uuid; closed_at: Date }>(
      `select r.patient_key, r.closed_at from record r
        where r.status = 'closed' and r.closed_at <= $1::timestamptz
        order by r.closed_at, r.patient_key limit $2::integer`,
      [closedBefore.toISOString(), limit],
    )
    return rows.map(({ patient_key: patientKey, closed_at: closedAt }) => ({ patientKey, closedAt }))
  })
}

/** Rows that belong to these records, by table. */
export async function countRecordRows(
  owner: OwnerConnection,
  patientKeys: readonly Uuid[],
): Promise<Destroyed> {
  return withOwner(owner, async (client) => {
    const counts: Record<string, number> = {}
    for (const table of await tablesOfRecords(client)) {
      const { rows } = await client.query<{ count: number }>(
        `select count(*)::integer as count from ${table} t where t.patient_key = any($1::uuid[])`,
        [patientKeys],
      )
      counts[table] = rows[0]?.count ?? 0
    }
    return counts
  })
}

/**
 * Destroys one record, and leaves a trace of it that belongs to nobody. A record that was reactivated meanwhile stays.
 * @param trace inserts the trace within the transaction
 * @returns rows of each table, undefined when the record is no longer one to destroy
 */
export async function destroyRecord(
  owner: OwnerConnection,
  patientKey: Uuid,
  closedBefore: Date,
  trace: (client: pg.Client) => Promise<void>,
): Promise<Destroyed | undefined> {
  return withOwner(owner, (client) =>
    inTransaction(client, async () => {
      const { rowCount } = await client.query(
        `select from record r where r.patient_key = $1::uuid and r.status = 'closed'
          and r.closed_at <= $2::timestamptz for update`,
        [patientKey, closedBefore.toISOString()],
      )
      if (rowCount !== 1) return undefined
      await leaveOver(runnerOn(client), patientKey)
      const destroyed: Record<string, number> = {}
      for (const table of await tablesOfRecords(client)) {
        const { rowCount } = await client.query(`delete from ${table} t where t.patient_key = $1::uuid`, [
          patientKey,
        ])
        destroyed[table] = rowCount ?? 0
      }
      await trace(client)
      return destroyed
    }),
  )
}

/**
 * The tables that have a patient_key, partitions by their parents, names quoted by PostgreSQL: a table that a later
 * migration adds is among them. Traces are not: they are kept as long as all others are, and stand in chains.
 */
async function tablesOfRecords(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select c.oid::regclass::text as name from pg_class c
      join pg_attribute a on a.attrelid = c.oid and a.attname = 'patient_key' and not a.attisdropped
      where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
        and c.relname <> 'audit'
      order by 1`,
  )
  return rows.map(({ name }) => name)
}
