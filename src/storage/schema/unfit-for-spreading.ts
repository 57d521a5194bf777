/**
 * What in the schema would keep Citus from spreading it, read from PostgreSQL's own catalogue, in words: nothing, as long as
 * the rules for migrations are kept (CONTRIBUTING.md).
 * @see https://docs.citusdata.com/en/stable/develop/reference_ddl.html
 */
import type pg from 'pg'
import { type Placement, tablePlacement } from './table-placement.ts'

/** The column by which rows are spread. */
export const SPREAD_BY = 'patient_key'

export async function unfitForSpreading(client: pg.ClientBase): Promise<string[]> {
  const placements: Readonly<Record<string, Placement>> = tablePlacement
  const tables = await client.query<{ name: string; hasKey: boolean }>(
    `select c.relname as name, exists (select from pg_attribute a
         where a.attrelid = c.oid and a.attname = '${SPREAD_BY}' and a.attnotnull
           and a.atttypid = 'uuid'::regtype) as "hasKey"
       from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
         and not c.relispartition order by 1`,
  )
  const constraints = await client.query<{ name: string; of: string; hasKey: boolean }>(
    `select i.indexrelid::regclass::text as name, c.relname as of, exists (select from unnest(i.indkey) k
         join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k where a.attname = '${SPREAD_BY}') as "hasKey"
       from pg_index i join pg_class c on c.oid = i.indrelid
      where i.indisunique and c.relnamespace = 'public'::regnamespace and not c.relispartition order by 1`,
  )
  const foreign = await client.query<{ name: string; hasKey: boolean }>(
    `select n.conname as name, exists (select from unnest(n.conkey) k join pg_attribute a
         on a.attrelid = n.conrelid and a.attnum = k where a.attname = '${SPREAD_BY}') as "hasKey"
       from pg_constraint n where n.contype = 'f' and n.connamespace = 'public'::regnamespace`,
  )
  const others = await client.query<{ what: string }>(
    `select 'trigger ' || t.tgname || ' of ' || t.tgrelid::regclass as what from pg_trigger t where not t.tgisinternal
     union all select 'sequence ' || c.relname from pg_class c
       where c.relkind = 'S' and c.relnamespace = 'public'::regnamespace
     union all select 'deferred constraint ' || n.conname from pg_constraint n
       where n.condeferrable and n.connamespace = 'public'::regnamespace
     union all select 'generated column ' || a.attname || ' of ' || c.relname from pg_attribute a
       join pg_class c on c.oid = a.attrelid where (a.attidentity <> '' or a.attgenerated <> '')
         and c.relnamespace = 'public'::regnamespace
     union all select 'row-level security of ' || c.relname from pg_class c
       where c.relrowsecurity and c.relnamespace = 'public'::regnamespace`,
  )
  const known = new Set(tables.rows.map(({ name }) => name))
  return [
    ...tables.rows.flatMap(({ name, hasKey }) => {
      const placement = placements[name]
      if (placement === undefined)
        return [`${name}: nothing says where it lies (src/storage/schema/table-placement.ts)`]
      if (placement === 'record' && !hasKey) return [`${name}: no column ${SPREAD_BY} of type uuid, not null`]
      return []
    }),
    ...Object.keys(placements)
      .filter((name) => !known.has(name))
      .map((name) => `${name}: there is no such table`),
    ...constraints.rows
      .filter(({ of, hasKey }) => placements[of] === 'record' && !hasKey)
      .map(({ name }) => `${name}: unique without ${SPREAD_BY}`),
    ...foreign.rows
      .filter(({ hasKey }) => !hasKey)
      .map(({ name }) => `${name}: a reference without ${SPREAD_BY}`),
    ...others.rows.map(({ what }) => `${what}: not to be spread`),
  ]
}
