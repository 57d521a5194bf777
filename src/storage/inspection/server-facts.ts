/** What a PostgreSQL says of itself to who looks whether servers can rely on it. Any login may ask. */
import type { Runner } from '../database.ts'
import { sql } from '../sql.ts'

export type ServerFacts = {
  /** As 180004. */
  readonly version: number
  readonly encoding: string
  /** Whether this connection is encrypted. */
  readonly tls: boolean
  /** Whether it comes from another machine. */
  readonly remote: boolean
  readonly in_recovery: boolean
  /** Milliseconds since 1970, by its clock. */
  readonly now: number
  readonly fsync: string
  readonly synchronous_commit: string
  readonly full_page_writes: string
  /** Those that no login but a superuser's may take are not counted. */
  readonly max_connections: number
  readonly connections: number
  readonly autovacuum: string
  readonly pg_trgm: boolean
  readonly login_is_superuser: boolean
}

export async function readServerFacts(db: Runner): Promise<ServerFacts> {
  const [facts] = await db.run<ServerFacts>(
    sql`select current_setting('server_version_num')::integer as version,
        pg_encoding_to_char(d.encoding) as encoding,
        coalesce((select s.ssl from pg_stat_ssl s where s.pid = pg_backend_pid()), false) as tls,
        coalesce(host(inet_client_addr()) is distinct from host(inet_server_addr()), false) as remote,
        pg_is_in_recovery() as in_recovery,
        (extract(epoch from clock_timestamp()) * 1000)::double precision as now,
        current_setting('fsync') as fsync,
        current_setting('synchronous_commit') as synchronous_commit,
        current_setting('full_page_writes') as full_page_writes,
        current_setting('max_connections')::integer - current_setting('superuser_reserved_connections')::integer
          as max_connections,
        (select count(*)::integer from pg_stat_activity a where a.backend_type = 'client backend') as connections,
        current_setting('autovacuum') as autovacuum,
        exists (select from pg_extension e where e.extname = 'pg_trgm')
          or exists (select from pg_available_extensions e where e.name = 'pg_trgm') as pg_trgm,
        (select r.rolsuper from pg_roles r where r.rolname = session_user) as login_is_superuser
      from pg_database d where d.datname = current_database()`,
  )
  if (!facts) throw new Error('PostgreSQL says nothing of itself')
  return facts
}
