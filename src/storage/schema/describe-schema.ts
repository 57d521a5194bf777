/**
 * The schema as text, read back from PostgreSQL's catalog: the golden dump `migrations/schema.sql` (no pg_dump here).
 * Deterministic: sorted by name, and without the monthly partitions, which depend on the day.
 *
 * NOT described: comments, publications, the extension's own objects. Triggers, functions, sequences and
 * views are named, because there should be none.
 */
import type pg from 'pg'

type Table = {
  readonly oid: number
  readonly name: string
  readonly partition_key: string | null
  readonly parent: string | null
  readonly bound: string | null
}

export async function describeSchema(client: pg.Client): Promise<string> {
  const { rows: tables } = await client.query<Table>(`
    select c.oid::integer as oid, c.relname as name, pg_get_partkeydef(c.oid) as partition_key,
           i.inhparent::regclass::text as parent, pg_get_expr(c.relpartbound, c.oid) as bound
      from pg_class c left join pg_inherits i on i.inhrelid = c.oid
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and c.relname !~ '^audit_\\d{4}_\\d{2}$'
     order by c.relname collate "C"`)
  const parts: string[] = []
  for (const table of tables) parts.push(await describeTable(client, table))
  parts.push(...(await linesOf(client, otherObjects)))
  return `-- Golden dump of the migrated schema: test/storage/schema/migrate.test.ts compares it; UPDATE_GOLDEN=1 rewrites it.\n\n${parts.join('\n\n')}\n`
}

async function describeTable(client: pg.Client, table: Table): Promise<string> {
  const inside = [
    ...(await linesOf(client, columns, table.oid)),
    ...(await linesOf(client, constraints, table.oid)),
  ]
  const head = table.parent
    ? `create table ${table.name} partition of ${table.parent} ${table.bound}`
    : `create table ${table.name} (\n  ${inside.join(',\n  ')}\n)`
  const statements = [
    `${head}${table.partition_key ? ` partition by ${table.partition_key.toLowerCase()}` : ''}`,
    ...(await linesOf(client, settings, table.oid)),
    ...(await linesOf(client, storage, table.oid)),
    ...(await linesOf(client, indexes, table.oid)),
    ...(await linesOf(client, statistics, table.oid)),
    ...(await linesOf(client, grants, table.oid)),
  ]
  return statements.map((statement) => `${statement};`).join('\n')
}

async function linesOf(client: pg.Client, query: string, oid?: number): Promise<string[]> {
  const { rows } = await client.query<{ line: string }>(query, oid === undefined ? [] : [oid])
  return rows.map(({ line }) => line)
}

const columns = `
  select concat_ws(' ', a.attname, format_type(a.atttypid, a.atttypmod),
           case when a.attcollation <> t.typcollation then 'collate ' || a.attcollation::regcollation end, case when a.attnotnull then 'not null' end,
           'default ' || pg_get_expr(d.adbin, d.adrelid), nullif('generated ' || a.attgenerated::text, 'generated '),
           nullif('identity ' || a.attidentity::text, 'identity ')) as line
    from pg_attribute a join pg_type t on t.oid = a.atttypid
    left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
   where a.attrelid = $1::oid and a.attnum > 0 and not a.attisdropped
   order by a.attnum`

/** From PostgreSQL 18 on, not-null is a constraint too ('n'); the columns tell it already. */
const constraints = `
  select 'constraint ' || k.conname || ' ' || pg_get_constraintdef(k.oid) as line
    from pg_constraint k where k.conrelid = $1::oid and k.contype <> 'n'
   order by k.contype desc, k.conname collate "C"`

const settings = `
  select 'alter table ' || c.oid::regclass || ' set (' || array_to_string(c.reloptions, ', ') || ')' as line
    from pg_class c where c.oid = $1::oid and c.reloptions is not null`

const storage = `
  select 'alter table ' || a.attrelid::regclass || ' alter column ' || a.attname || ' set storage ' ||
         case a.attstorage when 'p' then 'plain' when 'e' then 'external' when 'm' then 'main' else 'extended' end as line
    from pg_attribute a join pg_type t on t.oid = a.atttypid
   where a.attrelid = $1::oid and a.attnum > 0 and not a.attisdropped and a.attstorage <> t.typstorage
   order by a.attnum`

const indexes = `
  select pg_get_indexdef(x.indexrelid) as line
    from pg_index x join pg_class c on c.oid = x.indexrelid
   where x.indrelid = $1::oid and not exists (select from pg_constraint k where k.conindid = x.indexrelid)
   order by c.relname collate "C"`

const statistics = `
  select s.line from (
    select pg_get_statisticsobjdef(x.oid) as line from pg_statistic_ext x where x.stxrelid = $1::oid
    union all
    select 'alter table ' || a.attrelid::regclass || ' alter column ' || a.attname || ' set statistics ' || a.attstattarget
      from pg_attribute a where a.attrelid = $1::oid and a.attnum > 0 and not a.attisdropped and a.attstattarget >= 0
  ) as s (line) order by s.line collate "C"`

const grants = `
  select 'grant ' || lower(string_agg(g.privilege_type, ', ' order by g.privilege_type)) || ' on ' || c.relname || ' to ' ||
         coalesce(r.rolname, 'public') as line
    from pg_class c cross join aclexplode(c.relacl) g left join pg_roles r on r.oid = g.grantee
   where c.oid = $1::oid and g.grantee <> c.relowner
   group by c.relname, r.rolname order by r.rolname collate "C"`

const otherObjects = `
  select o.line from (
    select 'create function ' || p.oid::regprocedure from pg_proc p where p.pronamespace = 'public'::regnamespace
       and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')
    union all
    select 'create trigger ' || t.tgname || ' on ' || t.tgrelid::regclass from pg_trigger t where not t.tgisinternal
    union all
    select 'create ' || case c.relkind when 'S' then 'sequence ' else 'view ' end || c.relname
      from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('S', 'v', 'm')
    union all
    select 'create extension ' || e.extname from pg_extension e where e.extname <> 'plpgsql'
  ) as o (line) order by o.line collate "C"`
