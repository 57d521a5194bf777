/**
 * The load of a chaos run: clients that deposit, read, search, retrieve and change documents all the time, and each answer
 * held against what was told before. A deposit without an answer is sent again as it is until there is one, as `dmp push`
 * does. What is wrong is a lie; what fails is only counted here.
 */
import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { label } from '../../test/support/builders.ts'
import { gp, hospital } from '../../test/support/personas.ts'
import { byIns, pushed } from '../../test/support/record.ts'
import type { Call, ChaosClient, Told } from './client.ts'
import type { ChaosRecord, Deposit, Ledger } from './ledger.ts'
import type { Kind, Witness } from './witness.ts'

/** Each does one kind of work, so that what still works during a fault is not held up by what does not. */
const clients: readonly Kind[] = [
  ...(['push', 'push', 'push', 'push', 'read', 'read'] as const),
  ...(['search', 'search', 'retrieve', 'retrieve', 'patch', 'patch'] as const),
]
const PROBE_MS = 100
const PAGE = 20

export class Load {
  readonly #client: ChaosClient
  readonly #ledger: Ledger
  readonly #witness: Witness
  readonly #thinkMs: number
  #isOver = false
  #running: Promise<unknown> = Promise.resolve()

  /** @param thinkMs between two requests of a client: a load, not a siege */
  constructor(client: ChaosClient, ledger: Ledger, witness: Witness, thinkMs: number) {
    this.#thinkMs = thinkMs
    this.#client = client
    this.#ledger = ledger
    this.#witness = witness
  }

  start(): void {
    this.#isOver = false
    const working = clients.map((kind, number) => this.#work(kind, number))
    this.#running = Promise.all([...working, this.#probe('livez'), this.#probe('readyz')])
  }

  /** Back when every request has its answer, or none. */
  async stop(): Promise<void> {
    this.#isOver = true
    await this.#running
  }

  async #work(kind: Kind, number: number): Promise<void> {
    const { records } = this.#ledger
    for (let turn = number; !this.#isOver; turn++) {
      const record = records[turn % records.length]
      if (!record) throw new Error('no record')
      const deposit = oneOf(record.deposits)
      if (kind === 'push') await this.#push(record)
      else if (deposit) await this.#on(kind, record, deposit)
      await sleep(this.#thinkMs)
    }
  }

  async #on(kind: Kind, record: ChaosRecord, deposit: Deposit): Promise<void> {
    if (kind === 'read') await this.#read(deposit)
    else if (kind === 'search') await this.#search(record, deposit)
    else if (kind === 'retrieve') await this.#retrieve(deposit)
    else await this.#change(deposit)
  }

  async #probe(kind: 'livez' | 'readyz'): Promise<void> {
    while (!this.#isOver) {
      await this.#client.ask(kind, { method: 'GET', path: `/../${kind}` })
      await sleep(PROBE_MS)
    }
  }

  async #push(record: ChaosRecord): Promise<void> {
    const deposit = this.#ledger.newDeposit(record)
    while (!this.#isOver) {
      const told = await this.#client.ask('push', {
        as: hospital,
        method: 'POST',
        path: '',
        body: deposit.body,
      })
      if (!told) continue
      const received = {
        status: told.status,
        headers: {},
        bytes: told.bytes,
        text: told.bytes.toString('utf8'),
      }
      this.#ledger.acknowledge(record, deposit, pushed(received, deposit.uniqueId))
      return
    }
  }

  async #read(deposit: Deposit): Promise<Told | undefined> {
    const { version, masked } = deposit
    const path = `/DocumentReference/${deposit.places?.documentId}`
    const told = await this.#client.ask('read', get(path))
    if (!told) return undefined
    const read = versionOf(told)
    if (read < version) this.#lie(deposit, `version ${read} is read, ${version} was told`)
    if (read === version && isMasked(told) !== masked)
      this.#lie(deposit, `version ${read} has another label than was told`)
    return told
  }

  async #search(record: ChaosRecord, deposit: Deposit): Promise<void> {
    const there = Math.min(PAGE, record.deposits.length)
    const identifier = `identifier=urn:ietf:rfc:3986|urn:oid:${deposit.uniqueId}`
    const [query, least, most] =
      Math.random() < 0.5 ? [identifier, 1, 1] : [`_sort=-date&_count=${PAGE}`, there, PAGE]
    const told = await this.#client.ask('search', get(`/DocumentReference?${byIns(record.ins)}&${query}`))
    if (!told) return
    const found = told.bytes.toString('utf8').match(/"resourceType":"DocumentReference"/g)?.length ?? 0
    if (found < least || found > most)
      this.#lie(deposit, `${found} found by ${query.slice(0, 10)}, not ${least} to ${most}`)
  }

  async #retrieve(deposit: Deposit): Promise<void> {
    const told = await this.#client.ask('retrieve', {
      ...get(`/Binary/${deposit.places?.binaryId}`),
      headers: { accept: 'text/xml' },
    })
    if (told && createHash('sha256').update(told.bytes).digest('hex') !== deposit.sha256)
      this.#lie(deposit, 'other bytes than were deposited')
  }

  /** Masks or unmasks, from the version that is known; where that is not sure any more it is read first. */
  async #change(deposit: Deposit): Promise<void> {
    if (deposit.isBusy) return
    deposit.isBusy = true
    try {
      if (deposit.unanswered > 0 && !(await this.#catchUp(deposit))) return
      const { version, masked } = deposit
      const value = [label(masked ? 'N' : 'MASQUE_PS')]
      deposit.unanswered++
      const told = await this.#client.ask('patch', {
        as: gp,
        method: 'PATCH',
        path: `/DocumentReference/${deposit.places?.documentId}`,
        body: JSON.stringify([{ op: 'replace', path: '/securityLabel', value }]),
        headers: { 'content-type': 'application/json-patch+json', 'if-match': `W/"${version}"` },
      })
      if (!told) return
      deposit.unanswered = 0
      deposit.version = versionOf(told)
      deposit.masked = !masked
      if (deposit.version !== version + 1) this.#lie(deposit, `version ${deposit.version} follows ${version}`)
    } finally {
      deposit.isBusy = false
    }
  }

  async #catchUp(deposit: Deposit): Promise<boolean> {
    const told = await this.#read(deposit)
    if (!told) return false
    const read = versionOf(told)
    if (read > deposit.version + deposit.unanswered)
      this.#lie(deposit, `version ${read}: nobody asked for so many`)
    deposit.unanswered -= read - deposit.version
    deposit.version = read
    deposit.masked = isMasked(told)
    return true
  }

  #lie({ uniqueId }: Deposit, what: string): void {
    this.#witness.lies.push(`${uniqueId}: ${what}`)
  }
}

function get(path: string): Call {
  return { as: gp, method: 'GET', path }
}

function oneOf<T>(values: readonly T[]): T | undefined {
  return values[Math.floor(Math.random() * values.length)]
}

function versionOf({ headers }: Told): number {
  return Number(/^W\/"(\d+)"$/.exec(headers.get('etag') ?? '')?.[1])
}

function isMasked({ bytes }: Told): boolean {
  return bytes.includes('"MASQUE_PS"')
}
