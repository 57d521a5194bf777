/** Who asks: tokens of the sandbox, one for each caller. A signature is verified once a minute, as for a client at work. */
import { requestToken } from '../../../src/cli/request-token.ts'
import { isPractitionerId } from '../../../src/dmp/identity/national-identifiers.ts'
import { type PersonaOptions, personaFromOptions } from '../../../src/sandbox/personas.ts'
import { type Callers, callers } from '../records.ts'
import { matricule, TEST_INS } from '../synthetic-letter.ts'

export type Professional = { readonly id: string; readonly token: string }

export type People = Callers & {
  /** General practitioners, each authorised in some records. */
  readonly professionals: readonly Professional[]
  /** The holders of the bench's own records, in their order. */
  readonly holders: readonly string[]
}

const OFFICE = '1750000001'
const AT_ONCE = 8

export async function people(port: number, professionals: number, holders: number): Promise<People> {
  const ids = Array.from({ length: professionals }, (_, n) => practitionerId(n))
  const professional = async (ps: string): Promise<Professional> => {
    const who = { ps, profession: '10', specialite: 'SM26', structure: OFFICE }
    return { id: ps, token: await tokenOf(port, who) }
  }
  const numbers = Array.from({ length: holders }, (_, n) => n)
  const holder = (n: number): Promise<string> => tokenOf(port, { patient: `${TEST_INS}|${matricule(n)}` })
  return {
    ...(await callers(port)),
    professionals: await inTurn(ids, professional),
    holders: await inTurn(numbers, holder),
  }
}

async function tokenOf(port: number, options: PersonaOptions): Promise<string> {
  const read = personaFromOptions(options)
  if ('fault' in read) throw new Error(read.fault)
  return requestToken(`http://127.0.0.1:${port}/fhir`, read.persona)
}

/** An RPPS of the range kept for tests, with the one key that is right. */
function practitionerId(number: number): string {
  const digits = `8997700${String(number).padStart(4, '0')}`
  const right = Array.from({ length: 10 }, (_, key) => `${digits}${key}`).find(isPractitionerId)
  if (right === undefined) throw new Error('No key makes this an RPPS')
  return right
}

async function inTurn<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  for (let i = 0; i < items.length; i += AT_ONCE)
    results.push(...(await Promise.all(items.slice(i, i + AT_ONCE).map(work))))
  return results
}
