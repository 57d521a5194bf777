/**
 * The records of a database many times over, in place of themselves: each row once for each clone, in the order in which
 * documents come in life, one here and one there. So the documents of a record lie far apart, as they do after years, and not
 * side by side.
 *
 * NOT as in life: names and birth dates are those of a few people; all traces are of one month and outside the chain; contents
 * do not open and seals do not verify; nothing waits in the outbox.
 */
import type pg from 'pg'
import type { MasterKeys } from '../../src/content/master-key.ts'
import { cloneColumns } from './clone-columns.ts'
import { type BaseRecord, makeCloneMap } from './clone-map.ts'
import { indexesOf } from './indexes.ts'

/** Parts in which the rows of each record come. */
const SLICES = 20
/** Rows that would be worked off, counted or verified as if they were true. */
const emptied = ['notice_outbox', 'audit_checkpoint', 'usage_cursor', 'usage_count', 'usage_first_reading']

export type ClonePlan = {
  /** Those of the server that is to work on them. */
  readonly keys: MasterKeys
  readonly clones: number
  /** Statements on the base rows, in the schema `growth`, before they are cloned. */
  readonly narrowing: readonly string[]
}

/** Leaves the base rows in a schema `growth`, to be dropped when all is done. @returns the tables to clone, the largest first */
export async function prepareClones(
  client: pg.Client,
  { keys, clones, narrowing }: ClonePlan,
): Promise<string[]> {
  await client.query('create schema growth')
  const filled: { readonly name: string; readonly bytes: number }[] = []
  for (const name of await tablesOfRecords(client)) {
    await client.query(
      `create unlogged table growth.${name} as
        select r.*, ntile(${SLICES}) over (partition by r.patient_key order by r.ctid)::smallint as slice from ${name} r`,
    )
    const { rows } = await client.query<{ bytes: string }>(
      `select pg_total_relation_size('growth.${name}')::text as bytes where exists (select from growth.${name})`,
    )
    if (rows[0]) filled.push({ name, bytes: Number(rows[0].bytes) })
  }
  const { rows: base } = await client.query<BaseRecord>(
    `select distinct on (i.patient_key) i.patient_key as "patientKey", i.value as matricule
      from growth.patient_identifier i order by i.patient_key`,
  )
  await client.query(`truncate ${emptied.join(', ')}`)
  await makeCloneMap(client, base, clones, keys)
  for (const statement of narrowing) await client.query(statement)
  return filled.sort((a, b) => b.bytes - a.bytes).map(({ name }) => name)
}

async function tablesOfRecords(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'patient_key'
      where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
        and c.relname <> all($1::text[])
      order by c.relname`,
    [emptied],
  )
  return rows.map(({ name }) => name)
}

/** In one transaction. Without its indexes meanwhile: each is built by one sort. */
export async function cloneTable(client: pg.Client, table: string): Promise<void> {
  const columns = await cloneColumns(client, table, new Date())
  const indexes = await indexesOf(client, table)
  await client.query('begin')
  await client.query(`truncate ${table}`)
  for (const { drop } of indexes) await client.query(drop)
  for (let slice = 1; slice <= SLICES; slice++) {
    await client.query(
      `insert into ${table} (${columns.map(({ name }) => name)})
        select ${columns.map(({ expression }) => expression)}
        from growth.clone k join growth.${table} b on b.patient_key = k.base_key where b.slice = ${slice}`,
    )
  }
  for (const { create } of indexes) await client.query(create)
  await client.query('commit')
}
