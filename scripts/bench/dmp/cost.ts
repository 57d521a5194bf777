/**
 * `cost`: what a thousand pushes, of letters and of PDFs, and a thousand reads cost: CPU seconds by whom, and bytes on the
 * disk. A checkpoint comes before each, so the write-ahead log holds whole pages (full_page_writes) as it does after every
 * checkpoint of a server.
 *
 * NOT told apart: what the database does by itself meanwhile (autovacuum, checkpoints) is counted as PostgreSQL's.
 */
import pg from 'pg'
import { SUPERUSER } from '../../../src/embedded-postgres/initialise.ts'
import { formatResourceId } from '../../../src/fhir/id.ts'
import { closedHttpLoop, type NextShot, withLoadConnections } from '../http-load.ts'
import { familyCpuSeconds, nodeCpuSeconds, residentOfEach } from '../processes.ts'
import { aligned } from '../report.ts'
import type { ServerProcess } from '../server-process.ts'
import { anyOf, getRequest, learn } from './learn.ts'
import { Pushes } from './push.ts'
import type { Bench } from './scenario.ts'

/** For a thousand. */
export type Cost = {
  readonly pieces: number
  readonly perSecond: number
  readonly nodeCpu: number | undefined
  readonly postgresCpu: number | undefined
  readonly generatorCpu: number
  readonly tableBytes: number
  readonly indexBytes: number
  readonly walBytes: number
  /** Megabytes of each process of the server at the end. */
  readonly resident: readonly number[]
}
export type Costs = Readonly<Record<'push' | 'pdf' | 'read', Cost>>

const DOCUMENTS = 1_000
const WARM_UP_PART = 0.3

export async function measureCosts(bench: Bench): Promise<Costs> {
  const { as, population, shape } = bench.data
  const targets = population.documents
    .slice(0, DOCUMENTS)
    .map((at) => getRequest(as.gp, `/fhir/DocumentReference/${formatResourceId(at)}`))
  const reads = await learn(bench.server.port, 'read', targets)
  const pushes = new Pushes(bench.data)
  const pdfs = new Pushes(bench.data, 'PDF')
  const costs: Costs = {
    push: await costOf(bench, () => pushes.next(), shape.costed.pushes),
    pdf: await costOf(bench, () => pdfs.next(), shape.costed.pushes),
    read: await costOf(bench, anyOf(reads.map(({ shot }) => shot)), shape.costed.reads),
  }
  tellCosts(costs)
  return costs
}

async function costOf({ server, options }: Bench, next: NextShot, pieces: number): Promise<Cost> {
  const load = (count: number) =>
    withLoadConnections(server.port, options.connections, (connections) =>
      closedHttpLoop(connections, next, { pieces: count }),
    )
  await load(Math.ceil(pieces * WARM_UP_PART))
  const disk = await diskUse(server, true)
  const cpu = { node: nodeCpuSeconds(server.pid), postgres: familyCpuSeconds(server.postmasterPid) }
  const own = process.cpuUsage()
  const { perSecond } = await load(pieces)
  const { user, system } = process.cpuUsage(own)
  const spent = (before: number | undefined, after: number | undefined): number | undefined =>
    before === undefined || after === undefined ? undefined : ((after - before) / pieces) * 1000
  const nodeCpu = spent(cpu.node, nodeCpuSeconds(server.pid))
  const postgresCpu = spent(cpu.postgres, familyCpuSeconds(server.postmasterPid))
  const after = await diskUse(server, false)
  const grown = (bytes: number): number => Math.round((bytes / pieces) * 1000)
  return {
    pieces,
    perSecond,
    nodeCpu,
    postgresCpu,
    generatorCpu: ((user + system) / 1e6 / pieces) * 1000,
    tableBytes: grown(after.table - disk.table),
    indexBytes: grown(after.index - disk.index),
    walBytes: grown(after.wal - disk.wal),
    resident: residentOfEach(server.pid),
  }
}

type DiskUse = { readonly table: number; readonly index: number; readonly wal: number }

async function diskUse({ connection }: ServerProcess, withCheckpoint: boolean): Promise<DiskUse> {
  const client = new pg.Client({ ...connection, user: SUPERUSER })
  await client.connect()
  try {
    if (withCheckpoint) await client.query('checkpoint')
    const { rows } = await client.query<DiskUse>(
      `select sum(pg_table_size(c.oid))::float8 as table, sum(pg_indexes_size(c.oid))::float8 as index,
          pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::float8 as wal
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = 'public' and c.relkind = 'r'`,
    )
    const [use] = rows
    if (!use) throw new Error('The database says nothing of its size')
    return use
  } finally {
    await client.end()
  }
}

function tellCosts(costs: Costs): void {
  console.log('\ncost of a thousand')
  const seconds = (value: number | undefined): string => value?.toFixed(3) ?? 'not known'
  const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(2)
  console.log(
    aligned([
      [
        '',
        'measured',
        '/s',
        'Node CPU s',
        'PostgreSQL CPU s',
        'generator CPU s',
        'table MB',
        'index MB',
        'WAL MB',
      ],
      ...Object.entries(costs).map(([name, cost]) => [
        name,
        String(cost.pieces),
        cost.perSecond.toFixed(0),
        ...[cost.nodeCpu, cost.postgresCpu, cost.generatorCpu].map(seconds),
        ...[cost.tableBytes, cost.indexBytes, cost.walBytes].map(megabytes),
      ]),
    ]),
  )
}
