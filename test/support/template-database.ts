/** The migrated database each test's own is copied from: migrated once for a run. */
import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { assetPath } from '../../src/asset-path.ts'
import { migrate } from '../../src/storage/schema/migrate.ts'
import { loadMigrations } from '../../src/storage/schema/migrations.ts'
import { createAuditPartitions } from '../../src/storage/traces/audit-partitions.ts'
import type { PostgresAddress } from './test-postgres.ts'

export type TestServer = {
  readonly address: PostgresAddress
  /** All databases of this run begin with it. */
  readonly prefix: string
  readonly template: string
}

export async function makeTemplate(address: PostgresAddress): Promise<TestServer> {
  const prefix = `dmp_test_${randomBytes(4).toString('hex')}_`
  const template = `${prefix}template`
  await administer(address, async (client) => {
    await client.query(`create database ${template}`)
  })
  const owner = { ...address, database: template }
  await migrate(owner, loadMigrations(assetPath('migrations')))
  await createAuditPartitions(owner, new Date())
  return { address, prefix, template }
}

/** On a PostgreSQL that goes on after the run; killed tests leave theirs behind too. */
export async function dropDatabases({ address, prefix }: TestServer): Promise<void> {
  await administer(address, async (client) => {
    const { rows } = await client.query<{ name: string }>(
      'select d.datname as name from pg_database d where starts_with(d.datname, $1)',
      [prefix],
    )
    for (const { name } of rows)
      await client.query(`drop database if exists ${client.escapeIdentifier(name)} with (force)`)
  })
}

export async function administer<T>(
  address: PostgresAddress,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client(address)
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
