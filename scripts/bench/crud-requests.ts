/** The requests of `bench fhir-crud`: on Observations of its own, beside the population. */

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

const PATIENTS = 1000
const IDENTIFIERS = 'https://bench.example/observation'
const FHIR_JSON = { 'content-type': 'application/fhir+json' }
const random = seededRandom(7, 7)
let number = 0

/** An Observation like those of the population, with a number that no other has. */
function body(id?: string): string {
  const at = {
    patient: `Patient/p-${random.below(PATIENTS)}`,
    encounter: `Encounter/e-${random.below(PATIENTS)}`,
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

export class CrudRequests {
  readonly #pool: number
  /** What stands under each id of the pool that stays as it is. */
  readonly #same: readonly string[]
  readonly #created: string[] = []
  readonly #identifiers: number[] = []

  /** @param pool how many Observations are read and updated */
  constructor(pool: number) {
    this.#pool = pool
    this.#same = Array.from({ length: pool }, (_, i) => body(`bench-same-${i}`))
  }

  get bytes(): number {
    return Math.round(this.#same.reduce((sum, text) => sum + text.length, 0) / this.#pool)
  }

  /** Two versions of some, so that an older one can be asked for. */
  async prepare(connections: readonly HttpConnection[]): Promise<void> {
    const changed = (i: number): string => put(`bench-changed-${i}`, body(`bench-changed-${i}`))
    await this.#sendAll(connections, changed)
    await this.#sendAll(connections, changed)
    await this.prepareBare(connections)
  }

  prepareBare(connections: readonly HttpConnection[]): Promise<void> {
    return this.#sendAll(connections, (i) => put(`bench-same-${i}`, this.#same[i] ?? ''))
  }

  readonly bare = {
    select: (): Wanted => ({ request: get(this.#pooled('same')), status: 200 }),
    insert: (): Wanted => ({ request: post(body()), status: 201 }),
  }

  readonly operations: readonly Operation[] = [
    { name: 'read', stores: false, next: () => ({ request: get(this.#pooled('same')), status: 200 }) },
    {
      name: 'vread, an older version',
      stores: false,
      next: () => ({ request: get(`${this.#pooled('changed')}/_history/1`), status: 200 }),
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
        const id = this.#pooled('changed')
        return { request: put(id, body(id)), status: 200 }
      },
    },
    {
      name: 'update, identical',
      stores: false,
      next: () => {
        const i = random.below(this.#pool)
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

  #pooled(name: 'same' | 'changed'): string {
    return `bench-${name}-${random.below(this.#pool)}`
  }

  #keep({ head }: HttpAnswer): void {
    const id = /\r\nlocation: \S+\/Observation\/([^/\s]+)/i.exec(head)?.[1]
    if (id === undefined) throw new Error('A create without the place of what it made')
    this.#created.push(id)
  }

  async #sendAll(connections: readonly HttpConnection[], request: (i: number) => string): Promise<void> {
    await closedLoop({ workers: connections.length, pieces: this.#pool }, async (worker, i) => {
      const answer = await connections[worker]?.send(request(i))
      if (answer?.status !== 200 && answer?.status !== 201)
        throw new Error(`An Observation was answered ${answer?.status}: ${answer?.body.subarray(0, 500)}`)
    })
  }
}

function ifNone(identifier: number): Readonly<Record<string, string>> {
  return { 'if-none-exist': `identifier=${encodeURIComponent(`${IDENTIFIERS}|${identifier}`)}` }
}
