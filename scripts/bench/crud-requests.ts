/** The requests of `bench crud`: on Observations of its own, beside the population. */

import { observation } from '../../src/population/encounter.ts'
import { seededRandom } from '../../src/population/seeded-random.ts'
import { closedLoop } from './closed-loop.ts'
import { type HttpAnswer, type HttpConnection, httpRequest } from './http-connection.ts'

export type Wanted = {
  readonly request: string
  /** What it must be answered with. */
  readonly status: number
  readonly answered?: (answer: HttpAnswer) => void
}

export type Operation = {
  readonly name: string
  /** Whether something is stored, beside the trace. */
  readonly stores: boolean
  readonly next: () => Wanted | undefined
}

const POOL = 1000
const IDENTIFIERS = 'https://bench.example/observation'
const FHIR_JSON = { 'content-type': 'application/fhir+json' }
const random = seededRandom(7, 7)
let number = 0

/** An Observation like those of the population, with a number that no other has. */
function body(id?: string): string {
  const at = {
    patient: `Patient/p-${random.below(POOL)}`,
    encounter: `Encounter/e-${random.below(POOL)}`,
    practitioner: `Practitioner/ps-${random.below(5)}`,
    organization: 'Organization/structure-1',
  }
  const identifier = [{ system: IDENTIFIERS, value: String(++number) }]
  const content = observation(at, 20_000 + random.below(500), random)
  return JSON.stringify({ ...content, ...(id === undefined ? {} : { id }), identifier })
}

const put = (id: string, text: string): string =>
  httpRequest('PUT', `/fhir/Observation/${id}`, FHIR_JSON, text)
const post = (text: string, more: Readonly<Record<string, string>> = {}): string =>
  httpRequest('POST', '/fhir/Observation', { ...FHIR_JSON, ...more }, text)
const get = (path: string): string => httpRequest('GET', `/fhir/Observation/${path}`, {})
const pooled = (name: string): string => `bench-${name}-${random.below(POOL)}`

export const bareRequests = {
  select: (): Wanted => ({ request: get(pooled('same')), status: 200 }),
  insert: (): Wanted => ({ request: post(body()), status: 201 }),
}

export class CrudRequests {
  /** What stands under each id of the pool that stays as it is. */
  readonly #same = Array.from({ length: POOL }, (_, i) => body(`bench-same-${i}`))
  readonly #created: string[] = []
  readonly #identifiers: number[] = []

  get bytes(): number {
    return Math.round(this.#same.reduce((sum, text) => sum + text.length, 0) / POOL)
  }

  /** Two versions of each, so that an older one can be asked for. */
  async prepare(connections: readonly HttpConnection[]): Promise<void> {
    await sendAll(connections, (i) => put(`bench-changed-${i}`, body(`bench-changed-${i}`)))
    await sendAll(connections, (i) => put(`bench-changed-${i}`, body(`bench-changed-${i}`)))
    await sendAll(connections, (i) => put(`bench-same-${i}`, this.#same[i] ?? ''))
  }

  async prepareBare(connections: readonly HttpConnection[]): Promise<void> {
    await sendAll(connections, (i) => put(`bench-same-${i}`, this.#same[i] ?? ''))
  }

  readonly operations: readonly Operation[] = [
    { name: 'read', stores: false, next: () => ({ request: get(pooled('same')), status: 200 }) },
    {
      name: 'vread, an older version',
      stores: false,
      next: () => ({ request: get(`${pooled('changed')}/_history/1`), status: 200 }),
    },
    {
      name: 'create',
      stores: true,
      next: () => ({ request: post(body()), status: 201, answered: (answer) => this.#keep(answer) }),
    },
    {
      name: 'create, conditional, new',
      stores: true,
      next: () => {
        const text = body()
        const own = number
        const answered = (): void => void this.#identifiers.push(own)
        return { request: post(text, ifNone(own)), status: 201, answered }
      },
    },
    {
      name: 'create, conditional, there',
      stores: false,
      next: () => {
        const known = this.#identifiers[random.below(this.#identifiers.length)]
        return known === undefined ? undefined : { request: post(body(), ifNone(known)), status: 200 }
      },
    },
    {
      name: 'update, changed',
      stores: true,
      next: () => {
        const id = pooled('changed')
        return { request: put(id, body(id)), status: 200 }
      },
    },
    {
      name: 'update, identical',
      stores: false,
      next: () => {
        const i = random.below(POOL)
        return { request: put(`bench-same-${i}`, this.#same[i] ?? ''), status: 200 }
      },
    },
    {
      name: 'delete',
      stores: true,
      next: () => {
        const id = this.#created.pop()
        return id === undefined
          ? undefined
          : { request: httpRequest('DELETE', `/fhir/Observation/${id}`, {}), status: 204 }
      },
    },
  ]

  #keep({ head }: HttpAnswer): void {
    const id = /\r\nlocation: \S+\/Observation\/([^/\s]+)/i.exec(head)?.[1]
    if (id === undefined) throw new Error('A create without the place of what it made')
    this.#created.push(id)
  }
}

function ifNone(identifier: number): Readonly<Record<string, string>> {
  return { 'if-none-exist': `identifier=${encodeURIComponent(`${IDENTIFIERS}|${identifier}`)}` }
}

function sendAll(connections: readonly HttpConnection[], request: (i: number) => string) {
  return closedLoop({ workers: connections.length, pieces: POOL }, async (worker, i) => {
    const answer = await connections[worker]?.send(request(i))
    if (answer?.status !== 200 && answer?.status !== 201)
      throw new Error(`An Observation was answered ${answer?.status}: ${answer?.body.subarray(0, 500)}`)
  })
}
