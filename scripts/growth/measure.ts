/**
 * Read, search and push at all sizes in turn, A-B-C-A-B-C: what the machine does meanwhile hits all of them. One server for
 * each size, all of them up; only one is asked at a time.
 */

import type { Connection } from '../../src/embedded-postgres/bootstrap.ts'
import type { Uuid } from '../../src/fhir/id.ts'
import { closedLoop } from '../bench/closed-loop.ts'
import { type SideResult, type Spread, spread, takeTurns } from '../bench/contest.ts'
import type { HttpConnection } from '../bench/http-connection.ts'
import { type Callers, callers, withConnections } from '../bench/records.ts'
import {
  freePort,
  type ServerOptions,
  type ServerProcess,
  startServer,
  withServer,
} from '../bench/server-process.ts'
import type { Options } from './options.ts'
import type { Place } from './place.ts'
import {
  type Operation,
  operations,
  type Reach,
  type Requests,
  reaches,
  readingOf,
  requestsOf,
  type Sample,
  sampleRecords,
  withReadable,
} from './sample-requests.ts'

export type Size = { readonly documents: number; readonly connection: Connection }

export type Figure = {
  readonly operation: Operation
  readonly reach: Reach
  readonly documents: number
  /** Milliseconds. */
  readonly p50: Spread
  readonly p99: Spread
  /** Of p50 within each round, to the smallest size. */
  readonly ratio: Spread
  /** CPU seconds for a thousand requests. */
  readonly nodeCpu: number
  readonly postgresCpu: number
}

type Side = Size & {
  readonly server: ServerProcess
  readonly requests: Requests
  /** Ids of base documents that the reader sees: those of their clones are the same. */
  readonly readable: ReadonlySet<Uuid>
}

/** Compiling what a push goes through takes V8 about a thousand of them (scripts/bench/bench-push.ts). */
const WARM_UP: Readonly<Record<Operation, number>> = { read: 3_000, search: 2_000, push: 1_000 }

export async function measure(
  place: Place,
  sizes: readonly Size[],
  options: Options,
  tell: (figures: readonly Figure[]) => void,
): Promise<Figure[]> {
  const sides: Side[] = []
  try {
    let readable: ReadonlySet<Uuid> | undefined
    for (const size of sizes) {
      const side = await startSide(place, size, readable)
      sides.push(side)
      readable = side.readable
    }
    return await withSides(sides, options.connections, async (connections) => {
      for (const [i, side] of sides.entries()) await warmUp(side, connections[i] ?? [])
      const figures: Figure[] = []
      for (const operation of operations) {
        for (const reach of reaches) {
          const results = await takeTurns(
            sides.map((side, i) => ({
              name: `${side.documents}`,
              pid: side.server.pid,
              load: (milliseconds: number) =>
                closedLoop(
                  { workers: options.connections, milliseconds },
                  asking(side, connections[i] ?? [], operation, reach),
                ),
            })),
            place.postmasterPid,
            options,
          )
          const own = sides.map((side, i) =>
            figureOf(operation, reach, side.documents, results[i], results[0]),
          )
          tell(own)
          figures.push(...own)
        }
      }
      return figures
    })
  } finally {
    for (const { server } of sides) await server.stop()
  }
}

async function startSide(place: Place, size: Size, known: ReadonlySet<Uuid> | undefined): Promise<Side> {
  const { host, port: databasePort, user, password, database } = size.connection
  const at = { port: await freePort(), dataDir: place.dataDir }
  const query = new URLSearchParams({ host, port: String(databasePort) })
  const options: ServerOptions = {
    profile: 'dmp',
    environment: {
      DATABASE_URL: `postgresql://${user}:${encodeURIComponent(password)}@localhost/${database}?${query}`,
      DMP_RATE_LIMIT: '0',
    },
  }
  // Tokens from one process, figures from another: see scripts/bench/server-process.ts.
  const as = await withServer(at, options, ({ port }) => callers(port))
  const samples = await sampleRecords(size.connection)
  const server = await startServer(at, options)
  try {
    const readable = known ?? (await readableIds(server.port, as, samples))
    const requests = requestsOf(withReadable(samples, readable), as, `7.${Date.now()}`)
    return { ...size, server, requests, readable }
  } catch (error) {
    await server.stop()
    throw error
  }
}

/** By asking for each. */
async function readableIds(
  port: number,
  as: Callers,
  samples: readonly Sample[],
): Promise<ReadonlySet<Uuid>> {
  const asked = new Map(samples.flatMap(({ patientKey, ids }) => ids.map((id) => [id, patientKey] as const)))
  const readable = new Set<Uuid>()
  await withConnections(port, 1, async ([connection]) => {
    for (const [id, patientKey] of asked) {
      const answer = await connection?.send(readingOf(as, patientKey, id))
      if (answer?.status === 200) readable.add(id)
    }
  })
  return readable
}

async function withSides<T>(
  sides: readonly Side[],
  count: number,
  work: (connections: readonly (readonly HttpConnection[])[]) => Promise<T>,
  opened: readonly (readonly HttpConnection[])[] = [],
): Promise<T> {
  const next = sides[opened.length]
  if (!next) return work(opened)
  return withConnections(next.server.port, count, (own) => withSides(sides, count, work, [...opened, own]))
}

async function warmUp(side: Side, connections: readonly HttpConnection[]): Promise<void> {
  for (const operation of operations) {
    await closedLoop(
      { workers: connections.length, pieces: WARM_UP[operation] },
      asking(side, connections, operation, 'spread'),
    )
  }
}

function asking(side: Side, connections: readonly HttpConnection[], operation: Operation, reach: Reach) {
  return async (worker: number): Promise<void> => {
    const answer = await connections[worker]?.send(side.requests(operation, reach))
    if (answer?.status !== 200)
      throw new Error(
        `${operation}, ${side.documents} documents: ${answer?.status} ${answer?.body.subarray(0, 500)}`,
      )
  }
}

function figureOf(
  operation: Operation,
  reach: Reach,
  documents: number,
  own: SideResult | undefined,
  smallest: SideResult | undefined,
): Figure {
  if (!own || !smallest) throw new Error('A size did not take its turn')
  const mean = (of: (number | undefined)[]): number =>
    of.reduce<number>((sum, value) => sum + (value ?? Number.NaN), 0) / of.length
  return {
    operation,
    reach,
    documents,
    p50: spread(own.rounds.map(({ p50 }) => p50)),
    p99: spread(own.rounds.map(({ p99 }) => p99)),
    ratio: spread(own.rounds.map(({ p50 }, i) => p50 / (smallest.rounds[i]?.p50 ?? Number.NaN))),
    nodeCpu: mean(own.rounds.map(({ nodeCpu }) => nodeCpu)),
    postgresCpu: mean(own.rounds.map(({ postgresCpu }) => postgresCpu)),
  }
}

export function figureLine({
  operation,
  reach,
  documents,
  p50,
  p99,
  ratio,
  nodeCpu,
  postgresCpu,
}: Figure): string {
  const range = ({ median, least, most }: Spread): string =>
    `${median.toFixed(2)} [${least.toFixed(2)}–${most.toFixed(2)}]`
  return (
    `${operation.padEnd(6)} ${reach.padEnd(6)} ${String(documents).padStart(9)}: p50 ${range(p50)} ms, ` +
    `ratio ${range(ratio)}, p99 ${range(p99)} ms, CPU per 1,000: Node ${nodeCpu.toFixed(2)} s, PostgreSQL ${postgresCpu.toFixed(2)} s`
  )
}
