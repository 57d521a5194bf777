/** Load over HTTP in a closed loop: each connection asks anew when it was answered. It tells what a server can do at most. */
import { type LoadResult, loadResult } from './closed-loop.ts'
import { Durations } from './durations.ts'
import { type Expected, LoadConnection } from './load-connection.ts'

export type Shot = {
  /** By which it is counted apart. */
  readonly kind: string
  readonly request: Buffer
  readonly expected: Expected
  /** It was answered as it must be. */
  readonly answered?: () => void
}

/** The next request of a connection. */
export type NextShot = (connection: number) => Shot

export async function withLoadConnections<T>(
  port: number,
  count: number,
  work: (connections: readonly LoadConnection[]) => Promise<T>,
): Promise<T> {
  const connections = await Promise.all(Array.from({ length: count }, () => LoadConnection.open(port)))
  try {
    return await work(connections)
  } finally {
    for (const connection of connections) connection.close()
  }
}

/**
 * A wrong answer ends it: a figure with errors in it measures nothing. However short the time, there is one piece.
 * @throws WrongAnswer
 */
export function closedHttpLoop(
  connections: readonly LoadConnection[],
  next: NextShot,
  { milliseconds = Number.POSITIVE_INFINITY, pieces = Number.POSITIVE_INFINITY },
): Promise<LoadResult> {
  return new Promise((resolve, reject) => {
    const took = new Durations()
    const begin = performance.now()
    const until = begin + milliseconds
    let [begun, busy] = [0, connections.length]
    const ask = (connection: LoadConnection, number: number, at: number): void => {
      if ((at >= until && begun > 0) || begun >= pieces) {
        busy--
        if (busy === 0) resolve(loadResult(took, performance.now() - begin))
        return
      }
      begun++
      const { request, expected, answered } = next(number)
      connection.send(request, expected, (wrong) => {
        if (wrong) return reject(wrong)
        const end = performance.now()
        took.add(end - at)
        answered?.()
        ask(connection, number, end)
      })
    }
    for (const [number, connection] of connections.entries()) ask(connection, number, performance.now())
  })
}
