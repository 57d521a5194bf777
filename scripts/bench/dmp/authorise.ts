/** Has professionals declare themselves authorised (TD0.3) in the records of a population: two in each, each in many. */
import { closedLoop } from '../closed-loop.ts'
import { httpRequest } from '../http-connection.ts'
import { consentOf, withConnections } from '../records.ts'
import type { Professional } from './people.ts'
import type { SeededRecord } from './seeded-population.ts'

const CONNECTIONS = 8

export async function authorise(
  port: number,
  professionals: readonly Professional[],
  records: readonly SeededRecord[],
): Promise<void> {
  const declared = records.flatMap((record, n) =>
    authorisedIn(professionals, n).map((professional) => ({ record, professional })),
  )
  await withConnections(port, CONNECTIONS, (connections) =>
    closedLoop({ workers: CONNECTIONS, pieces: declared.length }, async (worker, piece) => {
      const one = declared[piece]
      const connection = connections[worker]
      if (!one || !connection) throw new Error('A declaration or a connection is missing')
      const { id, token } = one.professional
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/fhir+json' }
      const body = JSON.stringify(consentOf(one.record.matricule, id))
      const answer = await connection.send(httpRequest('POST', '/fhir/Consent', headers, body))
      if (answer.status !== 201)
        throw new Error(`An authorisation was answered ${answer.status}: ${answer.body.subarray(0, 400)}`)
    }),
  )
}

/** Who is authorised in the n-th record of the population. */
export function authorisedIn(professionals: readonly Professional[], record: number): Professional[] {
  const count = professionals.length
  const [first, second] = [professionals[record % count], professionals[(record * 7 + count / 2) % count]]
  return [...new Set([first, second])].flatMap((one) => one ?? [])
}
