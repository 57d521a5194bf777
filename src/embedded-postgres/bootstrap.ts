/**
 * The login the project uses, and its database: not the superuser, so that what works here also works with a DATABASE_URL
 * from a careful administrator. It may make databases (tests) and roles (the server's role, src/storage/schema/roles.ts).
 */
import pg from 'pg'
import { SUPERUSER } from './initialise.ts'

export const OWNER = 'dmp'

export type Connection = {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly database: string
}

export async function bootstrap(server: Pick<Connection, 'host' | 'port' | 'password'>): Promise<Connection> {
  const client = new pg.Client({ ...server, user: SUPERUSER, database: 'postgres' })
  await client.connect()
  try {
    const { rows } = await client.query<{ role: boolean; database: boolean }>(
      `select exists (select from pg_roles r where r.rolname = $1) as role,
              exists (select from pg_database d where d.datname = $1) as database`,
      [OWNER],
    )
    if (rows[0]?.role !== true) {
      const password = client.escapeLiteral(server.password)
      await client.query(`create role ${OWNER} login createdb createrole password ${password}`)
    }
    if (rows[0]?.database !== true) await client.query(`create database ${OWNER} owner ${OWNER}`)
  } finally {
    await client.end()
  }
  return { ...server, user: OWNER, database: OWNER }
}
