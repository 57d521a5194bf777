/**
 * `push`: ITI-65 of a CDA of 20 KB with new ids each time, by a structure, into 100 records; and of a PDF of as many bytes,
 * which no packing makes smaller. The requests are made while they are sent: the load generator's share tells what that costs.
 */
import { randomBytes } from 'node:crypto'
import { parseResourceId, type ResourceId } from '../../../src/fhir/id.ts'
import type { Shot } from '../http-load.ts'
import { pushLarge, pushOf, pushRequest } from '../records.ts'
import { letter, matricule } from '../synthetic-letter.ts'
import { withClient } from '../with-client.ts'
import { type DmpData, limitLetters } from './dmp-place.ts'
import type { Bench, Scenario } from './scenario.ts'

const TARGET = 0.5
/** What answers a push: the places of three resources. */
const ANSWER_BYTES = [400, 20_000] as const
const BEGINS = Buffer.from('{"resourceType":"Bundle","type":"transaction-response"')
/** V8 still compiles what a push goes through after a thousand of them in each worker. */
const WARM_UP = 3_000
const PDF_BYTES = 20_000

export async function pushScenarios(bench: Bench): Promise<Scenario[]> {
  const pushes = new Pushes(bench.data)
  const pdfs = new Pushes(bench.data, 'PDF')
  const { server, data } = bench
  // The limit copies one of them, into all their records.
  const pushed = await pushLarge(server.port, data.as, data.shape.records, PDF_BYTES, '5')
  const both = {
    get acknowledged() {
      return pushes.acknowledged + pdfs.acknowledged
    },
  }
  const bothAreThere = await pushesAreThere(bench, both)
  return [
    {
      bench: 'push',
      name: 'push',
      bytes: Buffer.byteLength(letter(matricule(0), '1.2.3')),
      warmUp: WARM_UP,
      next: () => pushes.next(),
      limits: [bench.limits.writes('bare durable inserts', 'push', limitLetters(bench.data))],
      target: TARGET,
      confirm: await pushesAreThere(bench, pushes),
    },
    {
      bench: 'push',
      name: 'push, PDF',
      bytes: PDF_BYTES,
      warmUp: WARM_UP,
      next: () => pdfs.next(),
      limits: [bench.limits.writes('bare durable inserts', 'push', pushed)],
      target: TARGET,
      confirm: bothAreThere,
    },
  ]
}

/** To be asked for before the first push. @returns throws unless there are as many more documents as pushes were acknowledged, or more: an answer may have been lost */
export async function pushesAreThere(
  bench: Bench,
  pushes: Pick<Pushes, 'acknowledged'>,
): Promise<() => Promise<void>> {
  const before = await documentsIn(bench)
  return async () => {
    const there = (await documentsIn(bench)) - before
    if (there < pushes.acknowledged)
      throw new Error(`${pushes.acknowledged} pushes were acknowledged, ${there} documents are there`)
  }
}

let made = 0

export class Pushes {
  /** Answered as they must be. */
  acknowledged = 0
  readonly #data: DmpData
  readonly #requestOf: (record: number, number: string) => string | Buffer
  /** Of this one of this run and no other: data that are kept have those of others, and two are made in a millisecond. */
  readonly #series = `2.${Math.floor(performance.timeOrigin + performance.now())}${made++ % 10}`
  #number = 0

  constructor(data: DmpData, what: 'letter' | 'PDF' = 'letter') {
    this.#data = data
    const bytes = randomBytes(PDF_BYTES)
    this.#requestOf =
      what === 'letter'
        ? (record, number) => pushRequest(data.as, record, number)
        : (record, number) => pushOf(data.as, record, number, pdfNumbered(bytes, number))
  }

  next(): Shot {
    const number = this.#number++
    return {
      kind: 'push',
      request: Buffer.from(this.#requestOf(number % this.#data.shape.records, `${this.#series}.${number}`)),
      expected: { status: 200, bytes: ANSWER_BYTES, begins: BEGINS },
      answered: () => {
        this.acknowledged++
      },
    }
  }
}

/** Like no other: nothing is deduplicated. */
function pdfNumbered(bytes: Buffer, number: string): Buffer {
  const pdf = Buffer.from(bytes)
  pdf.write(`%PDF-1.7\n% ${number}\n`)
  return pdf
}

/** Documents in the bench's own records, but for those that the limit has written. */
async function documentsIn({ server, data }: Bench): Promise<number> {
  const keys = [...new Set(resourceIds(data.letters).map(({ patientKey }) => patientKey))]
  return withClient(server.connection, async (client) => {
    const { rows } = await client.query<{ count: number }>(
      `select count(*)::integer as count from document d join business_identifier b
          on b.patient_key = d.patient_key and b.id = d.id and b.type = 'document'
        where d.patient_key = any($1::uuid[]) and b.value not like 'bench|%'`,
      [keys],
    )
    return rows[0]?.count ?? 0
  })
}

export function resourceIds(pushed: DmpData['letters']): ResourceId[] {
  return pushed.flatMap(({ document }) => parseResourceId(document) ?? [])
}
