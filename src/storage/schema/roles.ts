/**
 * The server's database role. The login of the process owns the schema and migrates it; each connection that serves
 * requests takes this role instead (`role` of ConnectionSettings), which owns nothing, changes no schema and cannot
 * rewrite what was recorded. design.md §4.
 *
 * The role is a nologin role that the login is granted, so one DATABASE_URL is enough. A stricter operator gives the
 * server a login that is only a member of this role, and migrates with another.
 *
 * NOT covered: SQL slipped into a statement could leave the role (`set role none`) where the login is the owner.
 * Against that stands `sql.ts`.
 */
import pg from 'pg'
import { MigrationError } from './migrations.ts'

export const SERVER_ROLE = 'dmp_server'

type Privilege = 'select' | 'insert' | 'update' | 'delete'

/**
 * Every table has its line; a test compares. INVARIANT: what is recorded is only ever added to — `audit`,
 * `audit_checkpoint`, `resource_version`, `content`, `content_chunk`, `record_key`. Destroying after ten years (rule D10) is a job of the owner.
 */
export const serverPrivileges: Readonly<Record<string, readonly Privilege[]>> = {
  audit: ['select', 'insert'],
  audit_checkpoint: ['select', 'insert'],
  audit_retention: ['select'],
  business_identifier: ['select', 'insert'],
  content: ['select', 'insert'],
  content_chunk: ['select', 'insert'],
  content_upload: ['select', 'insert', 'update', 'delete'],
  document: ['select', 'insert', 'update'],
  document_change: ['select', 'insert'],
  document_clock: ['select', 'insert', 'update'],
  document_list: ['select', 'insert', 'update'],
  document_signature: ['select', 'insert'],
  folder_item: ['select', 'insert'],
  notice: ['select', 'insert'],
  notice_delivery: ['select', 'insert', 'update'],
  notice_outbox: ['select', 'insert', 'update', 'delete'],
  patient_identifier: ['select', 'insert'],
  record: ['select', 'insert', 'update'],
  record_key: ['select', 'insert'],
  representation: ['select', 'insert', 'update', 'delete'],
  resource: ['select', 'insert', 'update', 'delete'],
  resource_version: ['select', 'insert'],
  schema_migration: ['select'],
  service_consent: ['select', 'insert', 'update', 'delete'],
  seal: ['select', 'insert'],
  seal_key: ['select', 'insert'],
  server_profile: ['select'],
  search_code: ['select', 'insert'],
  search_unsorted: ['select', 'delete'],
  search_range: ['select', 'insert', 'delete'],
  search_reference: ['select', 'insert', 'delete'],
  search_string: ['select', 'insert', 'delete'],
  standing: ['select', 'insert', 'update', 'delete'],
  subscription: ['select', 'insert', 'update', 'delete'],
  subscription_event: ['select', 'insert', 'update', 'delete'],
  usage_count: ['select', 'insert', 'update'],
  usage_cursor: ['select', 'insert', 'update'],
  usage_first_reading: ['select', 'insert', 'update'],
  usage_progress: ['select', 'update'],
}

const DUPLICATE = new Set(['42710', '23505'])

/** Roles belong to the whole PostgreSQL, not to one database: another database's migration may make it meanwhile. */
export async function createServerRole(client: pg.Client): Promise<void> {
  if (!(await roleExists(client))) {
    try {
      await client.query(`create role ${SERVER_ROLE} nologin noinherit`)
    } catch (error) {
      if (!(error instanceof pg.DatabaseError)) throw error
      if (error.code === '42501')
        throw new MigrationError(askAdministrator(`create role ${SERVER_ROLE} nologin`))
      if (!DUPLICATE.has(error.code ?? '')) throw error
    }
  }
  if (await isTooPowerful(client)) {
    throw new MigrationError(
      `The database role ${SERVER_ROLE} has rights it must not have (superuser, owner, …)`,
    )
  }
  await joinServerRole(client)
}

/** In one transaction, so that no running server is without its rights in between. */
export async function grantToServer(client: pg.Client): Promise<void> {
  const database = client.escapeIdentifier(client.database ?? '')
  await client.query(`revoke all on all tables in schema public from ${SERVER_ROLE}`)
  await client.query(`revoke create on schema public from public, ${SERVER_ROLE}`)
  await client.query(`revoke create, temporary on database ${database} from public, ${SERVER_ROLE}`)
  await client.query(`grant usage on schema public to ${SERVER_ROLE}`)
  for (const [table, privileges] of Object.entries(serverPrivileges)) {
    await client.query(`grant ${privileges.join(', ')} on ${table} to ${SERVER_ROLE}`)
  }
  const { rows } = await client.query<{ creates: boolean }>(
    `select has_schema_privilege($1, 'public', 'create') as creates`,
    [SERVER_ROLE],
  )
  // The revoke above only warns when the login does not own the schema.
  if (rows[0]?.creates !== false)
    throw new MigrationError(askAdministrator('revoke create on schema public from public'))
}

async function joinServerRole(client: pg.Client): Promise<void> {
  if (await mayTakeRole(client)) return
  try {
    await client.query(`grant ${SERVER_ROLE} to current_user`)
  } catch (error) {
    // Two databases migrated at once grant the same membership.
    if (await mayTakeRole(client)) return
    const reason = askAdministrator(`grant ${SERVER_ROLE} to ${client.user ?? 'the login'}`)
    throw new MigrationError(reason, { cause: error })
  }
}

/** Since PostgreSQL 16 membership alone does not permit `set role`; before, the privilege has no name of its own. */
async function mayTakeRole(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ may: boolean }>(
    `select pg_has_role(current_user, $1,
              case when current_setting('server_version_num')::integer >= 160000 then 'SET' else 'MEMBER' end) as may`,
    [SERVER_ROLE],
  )
  return rows[0]?.may === true
}

async function roleExists(client: pg.Client): Promise<boolean> {
  const { rowCount } = await client.query('select 1 from pg_roles r where r.rolname = $1', [SERVER_ROLE])
  return rowCount === 1
}

async function isTooPowerful(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ powerful: boolean }>(
    `select r.rolsuper or r.rolcreaterole or r.rolcreatedb or r.rolreplication or r.rolbypassrls
            or exists (select from pg_auth_members m where m.member = r.oid)
            or exists (select from pg_class c where c.relowner = r.oid) as powerful
       from pg_roles r where r.rolname = $1`,
    [SERVER_ROLE],
  )
  return rows[0]?.powerful !== false
}

export function askAdministrator(statement: string): string {
  return `The database login may not do this; ask its administrator to run once: ${statement};`
}
