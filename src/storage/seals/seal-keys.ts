/** The public keys with which seals were made (src/seal/trusted-keys.ts): few rows, only ever added to. */
import type { Runner } from '../database.ts'
import { sql } from '../sql.ts'
import { timestamp } from '../timestamp.ts'

export type SealKeyRow = {
  readonly kid: string
  /** JSON. */
  readonly jwk: string
  /** Milliseconds since 1970. */
  readonly since: number
  readonly attestation: string
}

export async function selectSealKeys(db: Runner): Promise<SealKeyRow[]> {
  return db.run<SealKeyRow>(
    sql`select k.kid, k.jwk, k.since, k.attestation from seal_key k order by k.since, k.kid`,
  )
}

/** One row for a key and who attests it: several processes may begin with a new key at once. */
export async function insertSealKey(db: Runner, { kid, jwk, since, attestation }: SealKeyRow): Promise<void> {
  await db.run(
    sql`insert into seal_key (kid, attestation, jwk, since)
      values (${kid}::text, ${attestation}::text, ${jwk}::text, ${timestamp(since)}::timestamptz)
      on conflict do nothing`,
  )
}
