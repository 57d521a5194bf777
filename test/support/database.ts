/**
 * A database of a test's own, on real PostgreSQL: `await using db = await testDatabase()`. It is a copy of the migrated
 * template and is dropped at the end of the block. Run alone, a test file starts a PostgreSQL for itself (run
 * `npm run build` first), which ends with the process.
 */
import type { ConnectionSettings } from '../../src/storage/connection/connection-settings.ts'
import type { OwnerConnection } from '../../src/storage/connection/owner-connection.ts'
import { SERVER_ROLE } from '../../src/storage/schema/roles.ts'
import { administer, makeTemplate, type TestServer } from './template-database.ts'
import { type PostgresAddress, startTestPostgres } from './test-postgres.ts'

export type TestDatabase = AsyncDisposable & {
  readonly owner: OwnerConnection & PostgresAddress
  /** As the server connects: under its own role. */
  readonly server: ConnectionSettings & PostgresAddress
}

/** The runner tells its test processes here which PostgreSQL to use. */
export const SERVER_VARIABLE = 'DMP_TEST_SERVER'

let server: Promise<TestServer> | undefined
let count = 0

export async function testDatabase({ empty = false } = {}): Promise<TestDatabase> {
  server ??= findServer()
  const { address, prefix, template } = await server
  const name = `${prefix}${process.pid}_${++count}`
  await administer(address, (client) =>
    client.query(`create database ${name} template ${empty ? 'template1' : template} strategy file_copy`),
  )
  const owner = { ...address, database: name }
  return {
    owner,
    // A busy machine is not what is tested.
    server: {
      ...owner,
      role: SERVER_ROLE,
      statementTimeoutMs: 60_000,
      connectionTimeoutMs: 60_000,
    },
    async [Symbol.asyncDispose]() {
      // Not with (force): a connection the test left open must be noticed.
      await administer(address, (client) => client.query(`drop database ${name}`))
    },
  }
}

async function findServer(): Promise<TestServer> {
  const given = process.env[SERVER_VARIABLE]
  // Written by test/run.ts a moment ago, not by anybody else.
  if (given !== undefined) return JSON.parse(given) as TestServer
  const { address } = await startTestPostgres(process.env)
  return makeTemplate(address)
}
