/**
 * The monthly partitions of `audit`, made ahead of time by the owner. Months are UTC. Until a month has its partition its
 * rows go to `audit_default`, so a late run loses nothing: it moves them.
 */
import type pg from 'pg'
import { advisoryLocks, inTransaction, type OwnerConnection, withOwner } from './owner-connection.ts'

const MONTHS = 4

export type Month = { readonly table: string; readonly from: string; readonly until: string }

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
  const firstDay = (offset: number): string =>
    new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + offset)).toISOString().slice(0, 10)
  return Array.from({ length: count }, (_, offset) => {
    const from = firstDay(offset)
    return { table: `audit_${from.slice(0, 7).replace('-', '_')}`, from, until: firstDay(offset + 1) }
  })
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
  await client.query(`create table ${table} (like audit including all)`)
  await client.query(
    `with late as (
       delete from audit_default a where a.recorded >= '${from}Z' and a.recorded < '${until}Z' returning a.*
     )
     insert into ${table} select late.* from late`,
  )
  await client.query(
    `alter table audit attach partition ${table} for values from ('${from}Z') to ('${until}Z')`,
  )
  return true
}
