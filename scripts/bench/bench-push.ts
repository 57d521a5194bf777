/**
 * `bench push`: ITI-65 of a CDA of 20 KB with new ids each time, by a structure, against the bare inserts of the same rows
 * (baseline-inserts.ts). The requests are made while they are sent: the load generator's share tells what that costs.
 */
import type { ConnectionSettings } from '../../src/storage/connection-settings.ts'
import type { InsertOrder } from './baseline-inserts.ts'
import { closedLoop, type LoadResult } from './closed-loop.ts'
import { type ContestResult, contest } from './contest.ts'
import type { HttpConnection } from './http-connection.ts'
import type { Options } from './options.ts'
import { largestMegabytes } from './processes.ts'
import { type Callers, pushRequest, withConnections } from './records.ts'
import type { ServerProcess } from './server-process.ts'
import { letter, matricule } from './synthetic-letter.ts'
import { WorkerProcess } from './worker-process.ts'

/**
 * V8 is still compiling what a push goes through after a thousand of them in each worker (8 s of CPU a thousand, then 5): a
 * server that has been up for half a minute is what is measured.
 */
const WARM_UP_MS = 30_000

export type PushResult = ContestResult & {
  readonly bytes: number
  readonly pushes: number
  readonly residentAtEnd: number | undefined
}

export async function benchPush(
  server: ServerProcess,
  connection: ConnectionSettings,
  as: Callers,
  records: number,
  options: Options,
): Promise<PushResult> {
  const workers = options.connections
  const baseline = new WorkerProcess<InsertOrder, LoadResult>('baseline-inserts')
  const inserts = (milliseconds: number) => baseline.order({ connection, workers, milliseconds })
  try {
    return await withConnections(server.port, workers, async (connections) => {
      let pushes = 0
      const push = pushing(connections, as, records, () => ++pushes)
      const pushed = (milliseconds: number) => closedLoop({ workers, milliseconds }, push)
      await pushed(WARM_UP_MS)
      await inserts(WARM_UP_MS / 10)
      const result = await contest(
        {
          server: { name: 'push', pid: server.pid, load: pushed },
          baseline: { name: '(b) bare inserts', pid: baseline.pid, load: inserts },
        },
        server.postmasterPid,
        options,
      )
      const bytes = Buffer.byteLength(letter(matricule(0), '1.2.3'))
      return { ...result, bytes, pushes, residentAtEnd: largestMegabytes(server.pid) }
    })
  } finally {
    await baseline.stop()
  }
}

function pushing(
  connections: readonly HttpConnection[],
  as: Callers,
  records: number,
  next: () => number,
): (worker: number) => Promise<void> {
  return async (worker) => {
    const number = next()
    const answer = await connections[worker]?.send(pushRequest(as, number % records, `2.${number}`))
    if (answer?.status !== 200)
      throw new Error(`A push was answered ${answer?.status}: ${answer?.body.subarray(0, 500)}`)
  }
}
