/** What a right answer looks like is learned from one answer each, looked at whole, before anything is timed. */
import type { HttpAnswer, HttpConnection } from '../http-connection.ts'
import { httpRequest } from '../http-connection.ts'
import type { Shot } from '../http-load.ts'
import { withConnections } from '../records.ts'

const BEGINS = 40

/** A request as often as it is asked, and its answer. */
export type Learned = { readonly shot: Shot; readonly body: Buffer }

export function getRequest(token: string, target: string): Buffer {
  return Buffer.from(httpRequest('GET', target, { authorization: `Bearer ${token}` }))
}

/** @param check throws when the answer is not what it should be */
export async function learn(
  port: number,
  kind: string,
  requests: readonly Buffer[],
  check: (body: Buffer, index: number) => void = () => undefined,
): Promise<Learned[]> {
  return withConnections(port, 1, async ([connection]) => {
    const learned: Learned[] = []
    for (const [index, request] of requests.entries()) {
      const { body } = await answerOf(connection, request)
      check(body, index)
      const expected = { status: 200, bytes: body.length, begins: Buffer.from(body.subarray(0, BEGINS)) }
      learned.push({ shot: { kind, request, expected }, body })
    }
    return learned
  })
}

async function answerOf(connection: HttpConnection | undefined, request: Buffer): Promise<HttpAnswer> {
  const answer = await connection?.send(request)
  if (answer?.status !== 200)
    throw new Error(
      `${request.subarray(0, request.indexOf('\r\n'))}: ${answer?.status}, ${answer?.body.subarray(0, 500)}`,
    )
  return answer
}

/** Any of them, at random. */
export function anyOf(shots: readonly Shot[]): () => Shot {
  return () => {
    const shot = shots[Math.floor(Math.random() * shots.length)]
    if (!shot) throw new Error('Nothing to ask')
    return shot
  }
}

export function meanBytes(learned: readonly Learned[]): number {
  return Math.round(learned.reduce((sum, { body }) => sum + body.length, 0) / learned.length)
}
