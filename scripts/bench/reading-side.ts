/** A side of a contest that reads: the requests at random, each answered 200. */
import { closedLoop, type LoadResult } from './closed-loop.ts'
import type { Side } from './contest.ts'
import type { HttpConnection } from './http-connection.ts'

export function readingSide(
  name: string,
  pid: number,
  connections: readonly HttpConnection[],
  requests: readonly Buffer[],
): Side {
  const load = (milliseconds: number): Promise<LoadResult> =>
    closedLoop({ workers: connections.length, milliseconds }, reading(connections, requests))
  return { name, pid, load }
}

export function reading(connections: readonly HttpConnection[], requests: readonly Buffer[]) {
  return async (worker: number): Promise<void> => {
    const request = requests[Math.floor(Math.random() * requests.length)]
    const answer = request && (await connections[worker]?.send(request))
    if (answer?.status !== 200) throw new Error(`A read was answered ${answer?.status}`)
  }
}
