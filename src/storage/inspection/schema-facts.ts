/** Which migrations this database has, and what stands in its schema that no migration makes. */
import type { Runner } from '../database.ts'
import { sql } from '../sql.ts'

export type SchemaFacts = {
  /** Undefined: the tables of this server are not there. */
  readonly applied:
    | readonly { readonly number: number; readonly name: string; readonly checksum: string }[]
    | undefined
  readonly profile: string | undefined
  /** Triggers, functions and sequences: none of ours. */
  readonly foreign: readonly string[]
}

export async function readSchemaFacts(db: Runner): Promise<SchemaFacts> {
  const [there] = await db.run<{ there: boolean }>(
    sql`select to_regclass('public.schema_migration') is not null as there`,
  )
  if (!there?.there) return { applied: undefined, profile: undefined, foreign: [] }
  const applied = await db.run<{ number: number; name: string; checksum: string }>(
    sql`select m.number, m.name, m.checksum from schema_migration m order by m.number`,
  )
  const [made] = await db.run<{ there: boolean }>(
    sql`select to_regclass('public.server_profile') is not null as there`,
  )
  const [claimed] = made?.there
    ? await db.run<{ profile: string }>(sql`select p.profile from server_profile p`)
    : []
  const foreign = await db.run<{ name: string }>(
    sql`select 'trigger ' || t.tgname || ' on ' || t.tgrelid::regclass as name from pg_trigger t
        join pg_class c on c.oid = t.tgrelid
        where not t.tgisinternal and c.relnamespace = 'public'::regnamespace
      union all
      select 'sequence ' || c.relname from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind = 'S'
      union all
      select 'function ' || p.oid::regprocedure from pg_proc p where p.pronamespace = 'public'::regnamespace
        and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')
      order by 1`,
  )
  return { applied, profile: claimed?.profile, foreign: foreign.map(({ name }) => name) }
}
