/**
 * `npm run scale:citus`: spreads the schema over the nodes of Citus, as the login that owns it. Exit codes: 0 done, 1 refused
 * (nothing was changed, or the message says what), 69 no database, 78 no DATABASE_URL.
 * @see docs/operations.md "One machine, many machines"
 */
import { assetPath } from '../../src/asset-path.ts'
import { withOwner } from '../../src/storage/connection/owner-connection.ts'
import { loadMigrations } from '../../src/storage/schema/migrations.ts'
import { SpreadError, spreadTables } from '../../src/storage/schema/spread-tables.ts'
import { reason } from '../../src/wiring/process-end.ts'

const url = process.env.DATABASE_URL
if (!url) {
  console.error('scale:citus: DATABASE_URL is needed: the login that owns the schema, on the coordinator')
  process.exitCode = 78
} else {
  try {
    await withOwner({ connectionString: url }, (client) =>
      spreadTables(client, loadMigrations(assetPath('migrations')), (line) => console.log(line)),
    )
  } catch (error) {
    const isRefused = error instanceof SpreadError
    console.error(`scale:citus: ${isRefused ? error.message : reason(error)}`)
    process.exitCode = isRefused ? 1 : 69
  }
}
