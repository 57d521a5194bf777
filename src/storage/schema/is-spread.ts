/**
 * Whether Citus spreads the patients' tables over several nodes (scripts/scale/). Known by its own catalogue: a database
 * without Citus has none.
 * @see https://docs.citusdata.com/en/stable/develop/api_metadata.html
 */
import { type OwnerConnection, withOwner } from '../connection/owner-connection.ts'

export function isSpread(owner: OwnerConnection): Promise<boolean> {
  return withOwner(owner, async (client) => {
    const { rows: known } = await client.query<{ there: boolean }>(
      `select to_regclass('pg_catalog.pg_dist_partition') is not null as there`,
    )
    if (known[0]?.there !== true) return false
    const { rows } = await client.query<{ spread: boolean }>(
      `select exists (select from pg_catalog.pg_dist_partition p
         where p.logicalrelid = 'public.record'::regclass and p.partmethod = 'h') as spread`,
    )
    return rows[0]?.spread === true
  })
}
