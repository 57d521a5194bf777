/**
 * What a durable trace costs a read: DocumentReference by id from two servers that differ in nothing else, in turn, on the
 * same PostgreSQL. Work that the server does beside requests (checkpoints of the chain among it) runs on both sides.
 *
 * For several numbers of connections: with few of them a trace is time that is waited (for PostgreSQL, for the disk), with
 * many it is processor. None of them stands for all.
 */
import pg from 'pg'
import type { ConnectionSettings } from '../../src/storage/connection/connection-settings.ts'
import { closedLoop } from './closed-loop.ts'
import { type ContestResult, contest, cpuRatioOf, type Spread, spread } from './contest.ts'
import type { Options } from './options.ts'
import { reading, readingSide } from './reading-side.ts'
import { type Callers, readRequest, withConnections } from './records.ts'
import { brackets, table, verdict } from './report.ts'
import { serverFlags } from './server-flags.ts'
import type { Place } from './server-process.ts'
import type { TracesOrder } from './traces-server.ts'
import { WorkerProcess } from './worker-process.ts'

/** With more a slow machine sheds load, as it should. */
const CONNECTIONS = [8, 16, 32, 64, 128]
const WARM_UP = 5_000
/** On connections that were just opened: the server closes one that waits long for its first request. */
const FIRST = 500
const WARM_UP_CONNECTIONS = 32
const TARGETS = { throughput: 0.8, p99: 2 }

export type CostOfTraces = ContestResult & {
  readonly connections: number
  readonly cpuRatio: Spread
  readonly p99: Spread
  readonly tracesLeft: number
}

export type CostPlace = {
  readonly place: Place
  readonly settings: ConnectionSettings
  readonly postmasterPid: number
  readonly as: Callers
  readonly documents: readonly string[]
}

/** @returns of each number of connections, in order; that of the options is among them */
export async function measureCost(cost: CostPlace, options: Options): Promise<readonly CostOfTraces[]> {
  const { place, settings } = cost
  const counts = [...new Set([...CONNECTIONS, options.connections])].sort((a, b) => a - b)
  return withSide(place, settings, true, (traced) =>
    withSide(place, settings, false, async (untraced) => {
      for (const { port } of [traced, untraced]) await warmUp(port, cost)
      const costs: CostOfTraces[] = []
      for (const connections of counts)
        costs.push(await measureAt(connections, traced, untraced, cost, options))
      return costs
    }),
  )
}

async function warmUp(port: number, cost: CostPlace): Promise<void> {
  await withConnections(port, WARM_UP_CONNECTIONS, (connections) =>
    closedLoop({ workers: connections.length, pieces: WARM_UP }, reading(connections, requestsOf(cost))),
  )
}

function requestsOf({ as, documents }: CostPlace): readonly Buffer[] {
  return documents.map((id) => readRequest(as, `/fhir/DocumentReference/${id}`))
}

async function measureAt(
  count: number,
  traced: Served,
  untraced: Served,
  cost: CostPlace,
  options: Options,
): Promise<CostOfTraces> {
  const { settings, postmasterPid } = cost
  const requests = requestsOf(cost)
  return withConnections(traced.port, count, (own) =>
    withConnections(untraced.port, count, async (other) => {
      for (const connections of [own, other])
        await closedLoop({ workers: connections.length, pieces: FIRST }, reading(connections, requests))
      const before = await countTraces(settings)
      const sides = {
        server: readingSide(`${count}, with traces`, traced.pid, own, requests),
        baseline: readingSide(`${count}, without`, untraced.pid, other, requests),
      }
      const result = await contest(sides, postmasterPid, options)
      const reads = result.server.rounds.reduce((sum, { pieces }) => sum + pieces, 0)
      const tracesLeft = (await countTraces(settings)) - before
      if (tracesLeft !== reads) throw new Error(`${reads} traced reads left ${tracesLeft} traces`)
      const p99 = spread(
        result.server.rounds.map((round, i) => round.p99 / (result.baseline.rounds[i]?.p99 ?? Number.NaN)),
      )
      const cpuRatio = cpuRatioOf(result.server, result.baseline)
      return { ...result, connections: count, cpuRatio, p99, tracesLeft }
    }),
  )
}

export function tellCost(costs: readonly CostOfTraces[]): void {
  console.log('\nread of a DocumentReference, with its durable trace against without any, by connections')
  const rows = costs.flatMap(({ server, baseline, ratio, cpuRatio, p99 }) => [
    { side: server, ratio, more: [brackets(cpuRatio, 2), brackets(p99, 2)] },
    { side: baseline },
  ])
  console.log(table(rows, ['by CPU', 'p99, times']))
  for (const { connections, ratio, p99 } of costs) {
    const met = p99.median <= TARGETS.p99 ? 'met' : 'NOT met'
    console.log(
      `${connections} connections: throughput ${verdict(ratio, TARGETS.throughput)}; p99 at most ${TARGETS.p99} times: ${met}`,
    )
  }
}

type Served = { readonly pid: number; readonly port: number }

async function withSide<T>(
  { port, dataDir }: Place,
  connection: ConnectionSettings,
  traced: boolean,
  work: (side: Served) => Promise<T>,
): Promise<T> {
  const worker = new WorkerProcess<TracesOrder, number>('traces-server', serverFlags())
  try {
    const environment = {
      DMP_PROFILE: 'dmp',
      DMP_DATA_DIR: dataDir,
      // The tokens are for this address, and the issuer's keys lie in the folder.
      DMP_PUBLIC_URL: `http://127.0.0.1:${port}`,
      // One client asks for as much as many.
      DMP_RATE_LIMIT: '0',
      LOG_LEVEL: 'error',
    }
    return await work({ pid: worker.pid, port: await worker.order({ traced, environment, connection }) })
  } finally {
    await worker.stop()
  }
}

/** So that a side which leaves none by mistake is not measured as the one that does. */
async function countTraces({ statementTimeoutMs: _, ...connection }: ConnectionSettings): Promise<number> {
  const client = new pg.Client(connection)
  await client.connect()
  try {
    const { rows } = await client.query<{ n: number }>('select count(*)::integer as n from audit')
    return rows[0]?.n ?? 0
  } finally {
    await client.end()
  }
}
