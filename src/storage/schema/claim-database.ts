/**
 * A database belongs to the profile that made it: the plain fhir profile asks for no token, and must never serve a record
 * of the DMP.
 */
import { inTransaction, type OwnerConnection, withOwner } from '../connection/owner-connection.ts'

export class DatabaseProfileError extends Error {
  override readonly name = 'DatabaseProfileError'
}

/**
 * Takes an empty database for this profile. One that holds data and names no profile is older than the profiles, and
 * hence of the DMP.
 * @throws DatabaseProfileError when the other profile made it
 */
export async function claimDatabase(owner: OwnerConnection, profile: 'dmp' | 'fhir'): Promise<void> {
  const made = await withOwner(owner, (client) =>
    inTransaction(client, async () => {
      await client.query('lock table server_profile in exclusive mode')
      const { rows } = await client.query<{ profile: string }>('select p.profile from server_profile p')
      const [known] = rows
      if (known) return known.profile
      const { rows: held } = await client.query(
        'select from record union all select from resource union all select from patient_identifier limit 1',
      )
      const maker = held.length > 0 ? 'dmp' : profile
      await client.query('insert into server_profile (profile) values ($1)', [maker])
      return maker
    }),
  )
  if (made !== profile) {
    throw new DatabaseProfileError(
      `The database was made by the profile ${made}: the profile ${profile} needs one of its own`,
    )
  }
}
