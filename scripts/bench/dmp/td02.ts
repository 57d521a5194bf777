/** `td02`: TD0.2, the state of a record and the caller's own standing in it, over the records of the population. */
import { encodeUuid } from '../../../src/fhir/id.ts'
import { TEST_INS } from '../synthetic-letter.ts'
import { anyOf, getRequest, learn, meanBytes } from './learn.ts'
import type { Bench, Scenario } from './scenario.ts'

export async function td02Scenarios({ server, data, limits }: Bench): Promise<Scenario[]> {
  const { as, population } = data
  const requests = population.records.map(({ matricule }) => getRequest(as.gp, td02Target(matricule)))
  const own = await learn(server.port, 'td02', requests)
  const keys = population.records.map(({ patientKey }) => `td02-${encodeUuid(patientKey)}`)
  await limits.answers(new Map(keys.map((key, i) => [key, own[i]?.body.toString() ?? ''])))
  const theirs = await learn(
    limits.port,
    'answer',
    keys.map((key) => getRequest('', `/answer/${key}`)),
  )
  return [
    {
      bench: 'td02',
      name: 'td02',
      bytes: meanBytes(own),
      warmUp: 5_000,
      next: anyOf(own.map(({ shot }) => shot)),
      limits: [limits.fastify('Fastify, the same bytes', anyOf(theirs.map(({ shot }) => shot)))],
      target: undefined,
    },
  ]
}

export function td02Target(matricule: string): string {
  return `/fhir/Patient?identifier=${encodeURIComponent(`${TEST_INS}|${matricule}`)}`
}
