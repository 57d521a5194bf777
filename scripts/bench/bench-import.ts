/**
 * `bench fhir-import`: the population as transaction Bundles, several at once, against the bare inserts of the same bodies
 * (baseline-import.ts). Rounds share the population out: each takes in the next part, so a round is as long as it is.
 */
import { type Portion, portions } from '../../src/population/population.ts'
import type { ImportOrder } from './baseline-import.ts'
import { closedLoop, type LoadResult } from './closed-loop.ts'
import { type ContestResult, contest } from './contest.ts'
import type { Loaded } from './fhir-place.ts'
import { type HttpConnection, httpRequest } from './http-connection.ts'
import type { Options } from './options.ts'
import { residentMegabytes } from './processes.ts'
import { withConnections } from './records.ts'
import { megabytes, table, verdict } from './report.ts'
import type { ServerProcess } from './server-process.ts'
import { WorkerProcess } from './worker-process.ts'

/** About: a patient is not divided. */
const ENTRIES_EACH = 200
/** The server has eight connections for transactions. */
const WORKERS = 8
const TARGET = 0.1

export type ImportResult = ContestResult & {
  readonly bytes: number
  readonly residentAtEnd: number | undefined
  readonly loaded: Loaded
}

export async function benchImport(server: ServerProcess, options: Options): Promise<ImportResult> {
  const { seed, resources, rounds } = options
  const population = { seed, resources }
  const connection = { ...server.connection, statementTimeoutMs: 60_000 }
  const baseline = new WorkerProcess<ImportOrder, LoadResult>('baseline-import')
  try {
    return await withConnections(server.port, WORKERS, async (connections) => {
      const sending = new Sending(portions(population, ENTRIES_EACH))
      const portionsARound: number[] = []
      const contested = await contest(
        {
          server: {
            name: 'import',
            pid: server.pid,
            load: async () => {
              const round = portionsARound.length + 1
              const before = sending.portions
              const result = await sending.send(connections, Math.ceil((resources * round) / rounds))
              portionsARound.push(sending.portions - before)
              return result
            },
          },
          baseline: {
            name: 'bare multi-row inserts',
            pid: baseline.pid,
            load: () =>
              baseline.order({
                connection,
                population,
                workers: WORKERS,
                entriesEach: ENTRIES_EACH,
                portions: portionsARound.at(-1) ?? 0,
              }),
          },
        },
        server.postmasterPid,
        options,
      )
      const { resources: total, patients, bytes } = sending
      const result = {
        ...contested,
        bytes,
        residentAtEnd: residentMegabytes(server.pid),
        loaded: { seed, resources, total, patients },
      }
      tell(result)
      return result
    })
  } finally {
    await baseline.stop()
  }
}

function tell({ server, baseline, ratio, bytes, loaded, residentAtEnd }: ImportResult): void {
  const { total, patients } = loaded
  console.log(
    `\nimport of ${total} resources (${patients} patients, ${Math.round(bytes / total)} bytes each) ` +
      `in transactions of about ${ENTRIES_EACH}; p50 and p99 of a transaction, the rest of resources`,
  )
  console.log(table([{ side: server }, { side: baseline }]))
  console.log(verdict(ratio, TARGET))
  console.log(`server at the end: ${megabytes(residentAtEnd)}`)
}

/** The population on its way, and how far it has come. */
class Sending {
  readonly #left: Iterator<Portion>
  #ended = false
  resources = 0
  patients = 0
  portions = 0
  bytes = 0

  constructor(left: Iterator<Portion>) {
    this.#left = left
  }

  /** @param until so many resources are sent in all */
  /** @param until so many resources are sent in all */
  async send(connections: readonly HttpConnection[], until: number): Promise<LoadResult> {
    const before = this.resources
    const more = (): boolean => this.resources < until && !this.#ended
    const result = await closedLoop({ workers: connections.length, more }, (worker) =>
      this.#next(connections[worker]),
    )
    const sent = this.resources - before
    return { ...result, pieces: sent, perSecond: sent / result.seconds }
  }

  async #next(connection: HttpConnection | undefined): Promise<void> {
    const next = this.#left.next()
    if (next.done) {
      this.#ended = true
      return
    }
    const { entries, patients } = next.value
    this.resources += entries.length
    this.patients = patients
    this.portions++
    const body = JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry: entries })
    this.bytes += body.length
    const answer = await connection?.send(
      httpRequest('POST', '/fhir/', { 'content-type': 'application/fhir+json' }, body),
    )
    if (answer?.status !== 200)
      throw new Error(`A transaction was answered ${answer?.status}: ${answer?.body.subarray(0, 500)}`)
  }
}
