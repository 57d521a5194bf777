/**
 * Whether the schema is the one this server knows, for a login that owns nothing of it (DMP_MIGRATE=false): `dmp migrate` has
 * brought it up to date before, as the owner. Nothing is changed here.
 *
 * A schema that is behind stops the start; so does one that is ahead: whoever updates step by step, migrates first and
 * keeps the former servers running (docs/operations.md).
 */
import pg from 'pg'
import { type OwnerConnection, withOwner } from '../connection/owner-connection.ts'
import { DatabaseProfileError } from './claim-database.ts'
import { pendingOf, readApplied } from './migrate.ts'
import { type Migration, MigrationError, numberMigrations } from './migrations.ts'
import { askAdministrator, SERVER_ROLE } from './roles.ts'

/** @throws MigrationError @throws DatabaseProfileError when the database is not of this profile */
export async function checkSchema(
  login: OwnerConnection,
  migrations: readonly Migration[],
  profile: 'dmp' | 'fhir',
): Promise<void> {
  await withOwner(login, async (client) => {
    await takeRole(client)
    const [pending] = pendingOf(numberMigrations(migrations), await applied(client))
    if (pending) throw new MigrationError(`The database lacks migration ${pending.name}: ${MIGRATE_FIRST}`)
    const { rows } = await client.query<{ profile: string }>('select p.profile from server_profile p')
    const made = rows[0]?.profile
    if (made === undefined) throw new MigrationError(`The database is of no profile yet: ${MIGRATE_FIRST}`)
    if (made !== profile)
      throw new DatabaseProfileError(
        `The database was made by the profile ${made}: the profile ${profile} needs one of its own`,
      )
  })
}

const MIGRATE_FIRST = 'run `dmp migrate` with the login that owns it'

async function takeRole(client: pg.Client): Promise<void> {
  try {
    await client.query(`set role ${SERVER_ROLE}`)
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error
    if (error.code === UNKNOWN_ROLE)
      throw new MigrationError(`The database has no role ${SERVER_ROLE}: ${MIGRATE_FIRST}`, { cause: error })
    if (error.code !== NOT_PERMITTED) throw error
    const login = client.escapeIdentifier(client.user ?? '')
    throw new MigrationError(askAdministrator(`grant ${SERVER_ROLE} to ${login}`), { cause: error })
  }
}

async function applied(client: pg.Client): ReturnType<typeof readApplied> {
  try {
    return await readApplied(client)
  } catch (error) {
    if (!(error instanceof pg.DatabaseError && (error.code === NO_TABLE || error.code === NOT_PERMITTED)))
      throw error
    throw new MigrationError(`The database has no schema of this server: ${MIGRATE_FIRST}`, { cause: error })
  }
}

const UNKNOWN_ROLE = '22023'
const NOT_PERMITTED = '42501'
const NO_TABLE = '42P01'
