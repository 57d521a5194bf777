/**
 * `audit`: the newest twenty traces of a record, as its holder reads them. Each answer leaves a trace of its own, so a page
 * is never the same twice: its length is within bounds, not exact. The limit hands over one page as it was.
 */
import { encodeUuid } from '../../../src/fhir/id.ts'
import { closedHttpLoop, type Shot, withLoadConnections } from '../http-load.ts'
import { anyOf, getRequest, learn, meanBytes } from './learn.ts'
import { resourceIds } from './push.ts'
import type { Bench, Scenario } from './scenario.ts'

const PAGE = 20
const BEGINS = Buffer.from('{"resourceType":"Bundle","type":"searchset"')
/** Of what is learned. */
const BOUNDS = [0.5, 2] as const

export async function auditScenarios({ server, data, limits }: Bench): Promise<Scenario[]> {
  const keys = resourceIds(data.letters.slice(0, data.shape.records)).map(({ patientKey }) =>
    encodeUuid(patientKey),
  )
  const requests = keys.map((key, n) =>
    getRequest(data.as.holders[n] ?? '', `/fhir/AuditEvent?patient=${key}&_count=${PAGE}`),
  )
  await fill(server.port, requests)
  const own = await learn(server.port, 'audit', requests)
  await limits.answers(new Map(keys.map((key, i) => [`audit-${key}`, own[i]?.body.toString() ?? ''])))
  const theirs = await learn(
    limits.port,
    'answer',
    keys.map((key) => getRequest('', `/answer/audit-${key}`)),
  )
  const bytes = meanBytes(own)
  const shots = requests.map((request): Shot => ({ kind: 'audit', request, expected: expected(bytes) }))
  return [
    {
      bench: 'audit',
      name: 'audit',
      bytes,
      warmUp: 2_000,
      next: anyOf(shots),
      limits: [limits.fastify('Fastify, the same bytes', anyOf(theirs.map(({ shot }) => shot)))],
      target: undefined,
    },
  ]
}

/** Until each page is full. */
async function fill(port: number, requests: readonly Buffer[]): Promise<void> {
  let n = 0
  const next = (): Shot => {
    const request = requests[n++ % requests.length]
    if (!request) throw new Error('Nothing to ask')
    return { kind: 'audit', request, expected: { status: 200, bytes: [100, 1_000_000], begins: BEGINS } }
  }
  await withLoadConnections(port, 8, (connections) =>
    closedHttpLoop(connections, next, { pieces: requests.length * PAGE }),
  )
}

function expected(bytes: number): Shot['expected'] {
  return { status: 200, bytes: [bytes * BOUNDS[0], bytes * BOUNDS[1]], begins: BEGINS }
}
