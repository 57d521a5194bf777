/**
 * `bench fhir-crud`: single requests on Observations, against the same Fastify with one prepared select or one durable insert
 * (baseline-bodies.ts). What stores nothing is compared with the select, what stores with the insert.
 */
import type { ConnectionSettings } from '../../src/storage/connection/connection-settings.ts'
import { closedLoop } from './closed-loop.ts'
import { ratioOf, type Side, type SideResult, type Spread, takeTurns } from './contest.ts'
import { CrudRequests, type Wanted } from './crud-requests.ts'
import { vacuumAnalyze } from './database-time.ts'
import type { HttpConnection } from './http-connection.ts'
import type { Options } from './options.ts'
import { residentMegabytes } from './processes.ts'
import { withConnections } from './records.ts'
import { megabytes, type Row, table } from './report.ts'
import type { ServerProcess } from './server-process.ts'
import { WorkerProcess } from './worker-process.ts'

const SELECT = '(a) one select'
const INSERT = '(b) one insert'
const POOL = 1000
const WARM_UP_MS = 1000

export type CrudResult = {
  readonly sides: readonly (SideResult & { readonly ratio?: Spread })[]
  readonly residentAtEnd: number | undefined
}

export async function benchCrud(server: ServerProcess, options: Options): Promise<CrudResult> {
  await vacuumAnalyze(server.connection)
  const worker = new WorkerProcess<ConnectionSettings, number>('baseline-bodies')
  try {
    const port = await worker.order({ ...server.connection, statementTimeoutMs: 20_000 })
    return await withConnections(server.port, options.connections, (own) =>
      withConnections(port, options.connections, async (bare) => {
        const requests = new CrudRequests(Math.min(POOL, Math.ceil(options.resources / 10)))
        await requests.prepare(own)
        await requests.prepareBare(bare)
        const side = sideOf(server.pid, own)
        const bareSide = sideOf(worker.pid, bare)
        const sides = [
          bareSide(SELECT, requests.bare.select),
          bareSide(INSERT, requests.bare.insert),
          ...requests.operations.map(({ name, next }) => side(name, next)),
        ]
        for (const { load } of sides) await load(Math.min(WARM_UP_MS, options.seconds * 1000))
        const results = await takeTurns(sides, server.postmasterPid, options)
        return tell(results, requests, residentMegabytes(server.pid))
      }),
    )
  } finally {
    await worker.stop()
  }
}

/** @param next the request to send, or undefined when there is none left for this turn */
function sideOf(pid: number, connections: readonly HttpConnection[]) {
  return (name: string, next: () => Wanted | undefined): Side => ({
    name,
    pid,
    load: (milliseconds) => {
      let wanted = next()
      return closedLoop(
        { workers: connections.length, milliseconds, more: () => wanted !== undefined },
        async (worker) => {
          const current = wanted
          wanted = next()
          if (!current) return
          const answer = await connections[worker]?.send(current.request)
          if (answer?.status !== current.status)
            throw new Error(`${name}: ${answer?.status}, ${answer?.body.subarray(0, 500)}`)
          current.answered?.(answer)
        },
      )
    },
  })
}

function tell(
  results: readonly SideResult[],
  requests: CrudRequests,
  residentAtEnd: number | undefined,
): CrudResult {
  const [select, insert] = results
  if (!select || !insert) throw new Error('The baselines took no turn')
  const stores = new Map(requests.operations.map(({ name, stores: does }) => [name, does]))
  const rows = results.map((side): Row => {
    const does = stores.get(side.name)
    return does === undefined ? { side } : { side, ratio: ratioOf(side, does ? insert : select) }
  })
  console.log(`\nsingle requests on Observations of about ${requests.bytes} bytes`)
  console.log(table(rows))
  console.log(`server at the end: ${megabytes(residentAtEnd)}`)
  return { sides: rows.map(({ side, ratio }) => ({ ...side, ...(ratio ? { ratio } : {}) })), residentAtEnd }
}
