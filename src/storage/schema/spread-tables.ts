/**
 * Spreads the tables over the nodes of Citus. Done again it does what is left: after a release that brings a new table, after
 * one that was stopped in the middle. It refuses before it changes anything, and says what to do.
 * @see docs/decisions/0021, docs/operations.md "One machine, many machines"
 */
import type pg from 'pg'
import type { Migration } from './migrations.ts'
import { SERVER_ROLE } from './roles.ts'
import { type Placement, tablePlacement } from './table-placement.ts'
import { SPREAD_BY, unfitForSpreading } from './unfit-for-spreading.ts'

export class SpreadError extends Error {
  override readonly name = 'SpreadError'
}

const OLDEST = 12
const NEWEST = 13

/** @param tell told of each step in a line @throws SpreadError when nothing was changed */
export async function spreadTables(
  client: pg.ClientBase,
  migrations: readonly Migration[],
  tell: (line: string) => void,
): Promise<void> {
  await refuseOtherVersions(client, tell)
  await refuseOtherSchema(client, migrations)
  const placed = await placedTables(client)
  const left = Object.entries(tablePlacement).filter(([table, placement]) => isLeft(placed, table, placement))
  if (left.length === 0) {
    tell('All tables lie where they should: nothing is left to do.')
  } else {
    await refuseOthersAtWork(client)
    await roleOnAllNodes(client)
    for (const [table, placement] of left) {
      await place(client, table, placement)
      tell(`${table}: ${placement === 'record' ? `spread by ${SPREAD_BY}` : 'a copy on every node'}`)
    }
  }
  await askAsTheServer(client)
  tell(`A statement of one record goes to one node, as ${SERVER_ROLE}.`)
}

async function refuseOtherVersions(client: pg.ClientBase, tell: (line: string) => void): Promise<void> {
  const { rows } = await client.query<{ there: string | null; toBeHad: string | null }>(
    `select (select e.extversion from pg_extension e where e.extname = 'citus') as there,
            (select a.default_version from pg_available_extensions a where a.name = 'citus') as "toBeHad"`,
  )
  const [citus] = rows
  if (!citus?.toBeHad && !citus?.there)
    throw new SpreadError(
      'This PostgreSQL has no Citus: install it on every node, and preload it (shared_preload_libraries)',
    )
  if (!citus.there)
    throw new SpreadError(
      'Citus is not in this database: as its administrator, create extension citus, on every node',
    )
  const major = Number.parseInt(citus.there, 10)
  if (!(major >= OLDEST && major <= NEWEST))
    throw new SpreadError(`Citus ${citus.there}: this was made for ${OLDEST} and ${NEWEST}`)
  const nodes = await client.query<{ count: number }>(
    `select count(*)::integer as count from pg_dist_node n
      where n.noderole::text = 'primary' and n.isactive and n.shouldhaveshards`,
  )
  const [{ count } = { count: 0 }] = nodes.rows
  if (count === 0)
    throw new SpreadError(
      'No node is there to hold shards: select citus_add_node(…), or citus_set_node_property(…)',
    )
  tell(`Citus ${citus.there}, ${count} ${count === 1 ? 'node' : 'nodes'} with shards`)
}

async function refuseOtherSchema(client: pg.ClientBase, migrations: readonly Migration[]): Promise<void> {
  const { rows } = await client.query<{ id: number; profile: string | null }>(
    `select (select count(*)::integer from schema_migration) as id,
            (select p.profile from server_profile p) as profile`,
  )
  const [schema] = rows
  if (schema?.id !== migrations.length)
    throw new SpreadError('The schema is not that of this release: start its server once, which migrates it')
  if (schema.profile !== 'dmp')
    throw new SpreadError(
      'Only a database of the dmp profile is spread: the fhir profile keeps all under one key',
    )
  const unfit = await unfitForSpreading(client)
  if (unfit.length > 0) throw new SpreadError(`The schema does not fit:\n${unfit.join('\n')}`)
}

/** How each table lies: `h` spread, `n` on every node. */
async function placedTables(client: pg.ClientBase): Promise<ReadonlyMap<string, string>> {
  const { rows } = await client.query<{ name: string; method: string }>(
    `select c.relname as name, p.partmethod::text as method from pg_dist_partition p
       join pg_class c on c.oid = p.logicalrelid where c.relnamespace = 'public'::regnamespace`,
  )
  return new Map(rows.map(({ name, method }) => [name, method]))
}

function isLeft(placed: ReadonlyMap<string, string>, table: string, placement: Placement): boolean {
  if (placement === 'coordinator') return false
  const method = placed.get(table)
  if (method === undefined) return true
  if ((method === 'h') !== (placement === 'record'))
    throw new SpreadError(
      `${table} lies otherwise than it should: select undistribute_table('${table}') first`,
    )
  return false
}

/** Half of the tables spread and half not is nothing a server can work with. */
async function refuseOthersAtWork(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query<{ count: number }>(
    `select count(*)::integer as count from pg_stat_activity a
      where a.datname = current_database() and a.pid <> pg_backend_pid() and a.backend_type = 'client backend'
        and a.application_name not like 'citus%'`,
  )
  const count = rows[0]?.count ?? 0
  if (count > 0)
    throw new SpreadError(
      `${count} other connections to this database: stop the servers first, tables are moved`,
    )
}

/** Citus comes to the other nodes as whoever asks, and a role that must not log in would not come in. */
async function roleOnAllNodes(client: pg.ClientBase): Promise<void> {
  await client.query(`alter role ${SERVER_ROLE} login`)
  const { rows } = await client.query<{ nodename: string; success: boolean; result: string }>(
    `select n.nodename, r.success, r.result from run_command_on_workers($command$
       do $$ begin
         if exists (select from pg_roles r where r.rolname = '${SERVER_ROLE}') then alter role ${SERVER_ROLE} login;
         else create role ${SERVER_ROLE} login noinherit; end if;
       end $$ $command$) r join pg_dist_node n on n.nodename = r.nodename and n.nodeport = r.nodeport`,
  )
  const failed = rows.find(({ success }) => !success)
  if (failed)
    throw new SpreadError(`${failed.nodename}: the role ${SERVER_ROLE} could not be made: ${failed.result}`)
}

/** Names come from our own table of them. */
async function place(client: pg.ClientBase, table: string, placement: Placement): Promise<void> {
  if (placement === 'everywhere') await client.query('select create_reference_table($1::regclass)', [table])
  else if (table === 'record')
    await client.query('select create_distributed_table($1::regclass, $2)', [table, SPREAD_BY])
  else
    await client.query(`select create_distributed_table($1::regclass, $2, colocate_with => 'record')`, [
      table,
      SPREAD_BY,
    ])
  // What lay here was copied to the shards; the rows that nobody reads any more go.
  await client.query('select truncate_local_data_after_distributing_table($1::regclass)', [table])
}

/** That the nodes let the server's role in, and that a key leads to one of them. */
async function askAsTheServer(client: pg.ClientBase): Promise<void> {
  await client.query(`set role ${SERVER_ROLE}`)
  try {
    const nobody = '00000000-0000-0000-0000-000000000000'
    const { rows } = await client.query<{ 'QUERY PLAN': string }>(
      `explain select r.version from record r join document d on d.patient_key = r.patient_key
        where r.patient_key = '${nobody}'`,
    )
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n')
    if (!/Task Count: 1\b/.test(plan))
      throw new SpreadError(`A statement of one record asks more than one node:\n${plan}`)
    await client.query(`select r.version from record r where r.patient_key = '${nobody}'`)
  } finally {
    await client.query('reset role')
  }
}
