/** What the server's role may do in this database, beside what it should: roles.ts. */
import type { Runner } from '../database.ts'
import { SERVER_ROLE } from '../schema/roles.ts'
import { sql } from '../sql.ts'

export type RoleFacts = {
  readonly exists: boolean
  /** Whether the login of the settings can become it. */
  readonly may_take: boolean
  readonly powerful: boolean
  /** Whether it may make objects of its own in the schema. */
  readonly creates: boolean
}

export async function readRoleFacts(db: Runner): Promise<RoleFacts> {
  const [facts] = await db.run<RoleFacts>(
    sql`select r.oid is not null as exists,
        coalesce(pg_has_role(session_user, r.oid,
          case when current_setting('server_version_num')::integer >= 160000 then 'SET' else 'MEMBER' end), false)
          as may_take,
        coalesce(r.rolsuper or r.rolcreaterole or r.rolcreatedb or r.rolreplication or r.rolbypassrls
          or exists (select from pg_class c where c.relowner = r.oid), false) as powerful,
        coalesce(has_schema_privilege(r.oid, 'public', 'create'), false) as creates
      from (select ${SERVER_ROLE}::text as name) n left join pg_roles r on r.rolname = n.name`,
  )
  return facts ?? { exists: false, may_take: false, powerful: false, creates: false }
}

export type TablePrivileges = { readonly table: string; readonly privileges: readonly string[] }

/** Of every table of the schema but the months of traces: what the server's role may do with it. */
export async function readPrivileges(db: Runner): Promise<TablePrivileges[]> {
  return db.run<TablePrivileges>(
    sql`select c.relname::text as table,
        array(select p.privilege from unnest(array['select', 'insert', 'update', 'delete', 'truncate']) p(privilege)
          where has_table_privilege(${SERVER_ROLE}::text, c.oid, p.privilege)) as privileges
      from pg_class c
      where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
      order by c.relname`,
  )
}
