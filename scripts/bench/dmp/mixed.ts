/**
 * `mixed`: the national mix, over all records of the population, by many professionals: for each search two documents are
 * read, as in a consultation (../shared/data/load-target.csv). Pushes go into the bench's own records, so that what is
 * read stays what was learned.
 */
import { encodeUuid, formatResourceId, type Uuid } from '../../../src/fhir/id.ts'
import { httpRequest } from '../http-connection.ts'
import type { Shot } from '../http-load.ts'
import { pushRequest } from '../records.ts'
import { authorisedIn } from './authorise.ts'
import { anyOf, getRequest, learn, meanBytes } from './learn.ts'
import { drawn, nationalShares } from './mix.ts'
import { Pushes, pushesAreThere } from './push.ts'
import type { Bench, Scenario } from './scenario.ts'
import { idsOf, searchTarget } from './search.ts'
import { td02Target } from './td02.ts'

/** Contents of the population that are retrieved. */
const RETRIEVED = 300

export async function mixedScenarios(bench: Bench): Promise<Scenario[]> {
  const { server, data, limits } = bench
  const { as, population } = data
  const tokenIn = (record: number): string => {
    const among = authorisedIn(as.professionals, record)
    return among[record % among.length]?.token ?? ''
  }
  const asked = (kind: string, targets: readonly (readonly [record: number, target: string])[]) =>
    learn(
      server.port,
      kind,
      targets.map(([record, target]) => getRequest(tokenIn(record), target)),
    )
  const { records, documents } = population
  const retrieved = documents.slice(0, RETRIEVED)
  const read = await asked(
    'read',
    documents.map((at) => [at.record, `/fhir/DocumentReference/${formatResourceId(at)}`]),
  )
  const search = await asked(
    'search',
    records.map(({ matricule }, n) => [n, searchTarget(matricule)]),
  )
  const td02 = await asked(
    'td02',
    records.map(({ matricule }, n) => [n, td02Target(matricule)]),
  )
  const retrieve = await asked(
    'retrieve',
    retrieved.map(({ patientKey, binary, record }) => [
      record,
      `/fhir/Binary/${binaryId(patientKey, binary)}`,
    ]),
  )
  const pushes = new Pushes(data)
  const shots = (learned: typeof read) => anyOf(learned.map(({ shot }) => shot))
  const next = drawn(nationalShares, {
    read: shots(read),
    search: shots(search),
    td02: shots(td02),
    retrieve: shots(retrieve),
    push: () => pushes.next(),
  })

  const key = (n: number): string => `mixed-${n}`
  await limits.pages(
    Object.fromEntries(
      records.map(({ patientKey }, n) => [
        key(n),
        { patientKey, ids: idsOf(search[n]?.body ?? Buffer.alloc(0)) },
      ]),
    ),
  )
  await limits.answers(new Map(td02.map(({ body }, n) => [key(n), body.toString()])))
  await limits.contents(new Map(retrieve.map(({ body }, n) => [key(n), body])))
  const bare = (kind: string, targets: readonly string[]) =>
    learn(
      limits.port,
      kind,
      targets.map((target) => getRequest('', target)),
    )
  const numbered = (count: number, path: string): string[] =>
    Array.from({ length: count }, (_, n) => `${path}${key(n)}`)
  const limit = drawn(nationalShares, {
    read: shots(
      await bare(
        'read',
        documents.map((at) => `/fhir/DocumentReference/${formatResourceId(at)}`),
      ),
    ),
    search: shots(await bare('search', numbered(records.length, '/rows/'))),
    td02: shots(await bare('td02', numbered(records.length, '/answer/'))),
    retrieve: shots(await bare('retrieve', numbered(retrieved.length, '/bytes/'))),
    push: keeping(bench),
  })
  return [
    {
      bench: 'mixed',
      name: 'mixed',
      bytes: Math.round(
        (meanBytes(read) * 40 + meanBytes(search) * 20 + meanBytes(td02) * 25 + meanBytes(retrieve) * 10) /
          95,
      ),
      warmUp: 10_000,
      next,
      limits: [limits.fastify('Fastify, one statement each', limit)],
      target: undefined,
      steadyTarget: { perSecond: 2_000, p99: 50 },
      confirm: await pushesAreThere(bench, pushes),
    },
  ]
}

function binaryId(patientKey: Uuid, binary: Uuid): string {
  return `${encodeUuid(patientKey)}.${encodeUuid(binary)}`
}

/** A push of the limit: the body of a real one, kept as a text. */
function keeping({ data }: Bench): () => Shot {
  const request = pushRequest(data.as, 0, '9.9')
  const body = request.slice(request.indexOf('\r\n\r\n') + 4)
  const series = Date.now()
  let number = 0
  return () => ({
    kind: 'push',
    request: Buffer.from(
      httpRequest('POST', `/keep/${series}-${number++}`, { 'content-type': 'application/fhir+json' }, body),
    ),
    expected: { status: 200, bytes: 4, begins: Buffer.from('kept') },
  })
}
