/**
 * `bench read`: DocumentReference by id as an authorised GP, over 1,000 documents in 100 records, against the same bytes
 * from one prepared select (baseline-server.ts). The server's first 10,000 answers are its warm-up; its memory is read
 * right after them.
 */
import type { ConnectionSettings } from '../../src/storage/connection-settings.ts'
import { closedLoop } from './closed-loop.ts'
import { type ContestResult, contest } from './contest.ts'
import type { Options } from './options.ts'
import { residentMegabytes } from './processes.ts'
import { reading, readingSide } from './reading-side.ts'
import { type Callers, readRequest, withConnections } from './records.ts'
import type { ServerProcess } from './server-process.ts'
import { WorkerProcess } from './worker-process.ts'

const WARM_UP = 10_000

export type ReadResult = ContestResult & {
  readonly bytes: number
  readonly residentAfter10000: number | undefined
}

export async function benchRead(
  server: ServerProcess,
  settings: ConnectionSettings,
  as: Callers,
  documentIds: readonly string[],
  options: Options,
): Promise<ReadResult> {
  const requests = documentIds.map((id) => readRequest(as, `/fhir/DocumentReference/${id}`))
  const worker = new WorkerProcess<ConnectionSettings, number>('baseline-server')
  try {
    const port = await worker.order(settings)
    const bytes = await sameBytes(server.port, port, requests)
    return await withConnections(server.port, options.connections, (own) =>
      withConnections(port, options.connections, async (theirs) => {
        const workers = options.connections
        await closedLoop({ workers, pieces: WARM_UP }, reading(own, requests))
        const residentAfter10000 = residentMegabytes(server.pid)
        await closedLoop({ workers, pieces: WARM_UP }, reading(theirs, requests))
        const result = await contest(
          {
            server: readingSide('read', server.pid, own, requests),
            baseline: readingSide('(a) one select', worker.pid, theirs, requests),
          },
          server.postmasterPid,
          options,
        )
        return { ...result, bytes, residentAfter10000 }
      }),
    )
  } finally {
    await worker.stop()
  }
}

/** @returns the mean length of a body, once each document was seen to be the same from both sides */
async function sameBytes(port: number, otherPort: number, requests: readonly Buffer[]): Promise<number> {
  let bytes = 0
  await withConnections(port, 1, ([own]) =>
    withConnections(otherPort, 1, async ([other]) => {
      for (const request of requests) {
        const [a, b] = [await own?.send(request), await other?.send(request)]
        if (!a || !b || a.status !== 200 || !a.body.equals(b.body)) throw new Error('The two sides differ')
        bytes += a.body.length
      }
    }),
  )
  return Math.round(bytes / requests.length)
}
