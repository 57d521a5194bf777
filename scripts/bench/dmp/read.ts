/** `read`: DocumentReference by id, as a general practitioner who is authorised, over 1,000 documents of 300 records. */
import { formatResourceId } from '../../../src/fhir/id.ts'
import { anyOf, getRequest, learn, meanBytes } from './learn.ts'
import { POOL } from './limit-paths.ts'
import type { Bench, Scenario } from './scenario.ts'

const DOCUMENTS = 1_000
const TARGET = 0.6

export async function readScenarios({ server, data, limits }: Bench): Promise<Scenario[]> {
  const { as, population } = data
  const documents = population.documents.slice(0, DOCUMENTS)
  const requests = (below = '') =>
    documents.map((at) => getRequest(as.gp, `${below}/fhir/DocumentReference/${formatResourceId(at)}`))
  const own = await learn(server.port, 'read', requests())
  const isSame = (body: Buffer, i: number): void => {
    if (!own[i]?.body.equals(body)) throw new Error('A document is served otherwise than it is stored')
  }
  const theirs = await learn(limits.port, 'read', requests(), isSame)
  const pooled = await learn(limits.port, 'read', requests(POOL), isSame)
  const [first] = own
  const [document] = documents
  if (!first || !document) throw new Error('No document to read')
  const { patientKey, id } = document
  return [
    {
      bench: 'read',
      name: 'read',
      bytes: meanBytes(own),
      warmUp: 10_000,
      next: anyOf(own.map(({ shot }) => shot)),
      limits: [
        limits.fastify('Fastify, one select', anyOf(theirs.map(({ shot }) => shot))),
        limits.fastify('Fastify, one select by pg’s pool', anyOf(pooled.map(({ shot }) => shot))),
        await limits.bareHttp(first.body.toString(), first.shot.request),
        ...limits.postgres(
          'select d.body from document d where d.patient_key = :key::uuid and d.id = :id::uuid',
          {
            key: patientKey,
            id,
          },
        ),
      ],
      target: TARGET,
    },
  ]
}
