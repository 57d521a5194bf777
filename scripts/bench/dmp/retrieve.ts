/** `retrieve`: Binary of 20 KB (a CDA) and of 2 MB (a PDF in eight sealed chunks), opened and sent as the bytes they are. */
import { LARGE_BYTES, readLetters } from './dmp-place.ts'
import { anyOf, getRequest, learn, meanBytes } from './learn.ts'
import type { Bench, Scenario } from './scenario.ts'

export async function retrieveScenarios(bench: Bench): Promise<Scenario[]> {
  const { large } = bench.data
  const letters = readLetters(bench.data)
  return [
    await retrieve(
      bench,
      '20 KB',
      letters.map(({ binary }) => binary),
      2_000,
    ),
    await retrieve(
      bench,
      `${LARGE_BYTES / 1e6} MB`,
      large.map(({ binary }) => binary),
      100,
    ),
  ]
}

async function retrieve(
  { server, data, limits }: Bench,
  size: string,
  ids: readonly string[],
  warmUp: number,
): Promise<Scenario> {
  const requests = ids.map((id) => getRequest(data.as.gp, `/fhir/Binary/${id}`))
  const own = await learn(server.port, 'retrieve', requests)
  await limits.contents(new Map(ids.map((id, i) => [id, own[i]?.body ?? Buffer.alloc(0)])))
  const bare = ids.map((id) => getRequest('', `/bytes/${id}`))
  const theirs = await learn(limits.port, 'bytes', bare, (body, i) => {
    if (!own[i]?.body.equals(body)) throw new Error('A content is served otherwise than it was')
  })
  return {
    bench: 'retrieve',
    name: `retrieve ${size}`,
    bytes: meanBytes(own),
    warmUp,
    next: anyOf(own.map(({ shot }) => shot)),
    limits: [limits.fastify('Fastify, the same bytes', anyOf(theirs.map(({ shot }) => shot)))],
    target: undefined,
  }
}
