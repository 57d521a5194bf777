/**
 * The monthly partitions of `audit`, made ahead of time by the owner. Months are UTC, each a range of ids, for an id begins
 * with its time. Until a month has its partition its rows go to `audit_default`, so a late run loses nothing: it moves them.
 */
import type pg from 'pg'
import type { Uuid } from '../../fhir/id.ts'
import {
  advisoryLocks,
  inTransaction,
  type OwnerConnection,
  withOwner,
} from '../connection/owner-connection.ts'
import { firstIdOf } from './trace-columns.ts'

const MONTHS = 4
/**
 * Rows are only ever added, and found by their keys. A young month would be analysed with every tenth row more: as much work
 * for PostgreSQL as the inserts themselves (docs/decisions/0023).
 */
const storage = 'autovacuum_analyze_threshold = 100000, autovacuum_vacuum_insert_threshold = 100000'

export type Month = { readonly table: string; readonly from: Uuid; readonly until: Uuid }

/** @returns the partitions made now */
export async function createAuditPartitions(owner: OwnerConnection, now: Date): Promise<string[]> {
  return withOwner(owner, async (client) => {
    const made: string[] = []
    for (const month of monthsFrom(now, MONTHS)) {
      if (await inTransaction(client, () => createPartition(client, month))) made.push(month.table)
    }
    return made
  })
}

export function monthsFrom(now: Date, count: number): Month[] {
  const first = (offset: number): Date => new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + offset))
  return Array.from({ length: count }, (_, offset) => ({
    table: `audit_${first(offset).toISOString().slice(0, 7).replace('-', '_')}`,
    from: firstIdOf(first(offset).getTime()),
    until: firstIdOf(first(offset + 1).getTime()),
  }))
}

/** Names and bounds are made from a date above: DDL takes no parameters. */
async function createPartition(client: pg.Client, { table, from, until }: Month): Promise<boolean> {
  await client.query('select pg_advisory_xact_lock($1::bigint)', [advisoryLocks.auditPartitions])
  const { rows } = await client.query<{ exists: boolean }>('select to_regclass($1) is not null as exists', [
    table,
  ])
  if (rows[0]?.exists === true) return false
  // Whoever waits for this lock holds up every trace behind it, hence a limit: the next run tries again.
  await client.query(`set local lock_timeout = '3s'`)
  await client.query('lock table audit_default in access exclusive mode')
  await client.query(`create table ${table} (like audit including all) with (${storage})`)
  await client.query(
    `with late as (
       delete from audit_default a where a.id >= '${from}' and a.id < '${until}' returning a.*
     )
     insert into ${table} select late.* from late`,
  )
  await client.query(
    `alter table audit attach partition ${table} for values from ('${from}') to ('${until}')`,
  )
  return true
}
