/**
 * A connection that `pg` has opened, and nobody asks it anything more: from then on what goes over it is written and read
 * here. A batch of statements is one write, its rows are read off the bytes that came, and what is only handed on stays
 * bytes. Batches may wait on the wire behind each other; PostgreSQL answers them in turn.
 * @see docs/decisions/0022
 */
import type { Duplex } from 'node:stream'
import pg from 'pg'
import { giveBack } from '../give-back.ts'
import { BackendMessages } from './backend-messages.ts'
import { fieldReader } from './field-readers.ts'
import { FrontendMessages } from './frontend-messages.ts'
import type { PreparedStatement } from './prepared-statements.ts'
import { type Answered, type Prepared, StatementBatch } from './statement-batch.ts'

const code = (kind: string): number => kind.charCodeAt(0)
const [ROW_DESCRIPTION, DATA_ROW, COMMAND_COMPLETE, EMPTY_QUERY] = [
  code('T'),
  code('D'),
  code('C'),
  code('I'),
]
const [ERROR, READY] = [code('E'), code('Z')]
/**
 * Said on the way, and of no consequence: parsed, bound, closed, no rows, a notice, a setting, a notification; that the rows of
 * a COPY may come, which are on their way.
 */
const passedOver: ReadonlySet<number> = new Set(['1', '2', '3', 'n', 'N', 'S', 'A', 'G'].map(code))

type Asked = {
  /** undefined: a COPY, of which only the end is told. */
  readonly batch: StatementBatch | undefined
  /** The batch as it was written, of which nobody else has the memory. */
  readonly sent: Buffer | undefined
  readonly done: () => void
  readonly failed: (error: unknown) => void
  error?: Error
}

/** One piece of memory for the messages of all connections: each is copied before the next begins. */
const messages = new FrontendMessages()

export class Wire {
  readonly #client: pg.Client | pg.PoolClient
  readonly #stream: Duplex
  readonly #prepared: Prepared
  readonly #incoming = new BackendMessages((kind, bytes, from, to) => this.#take(kind, bytes, from, to))
  readonly #asked: Asked[] = []

  /** @param client that is open, and asked for nothing else */
  constructor(client: pg.Client | pg.PoolClient) {
    const { stream } = client.connection
    this.#client = client
    this.#stream = stream
    const readerOf = (type: number) =>
      fieldReader(type, client.getTypeParser(type, 'text') as (text: string) => unknown)
    this.#prepared = { known: new Map(), readerOf }
    // PostgreSQL has said that it is ready, and says nothing more unasked that anybody waits for.
    stream.removeAllListeners('data')
    stream.on('data', (chunk: Buffer) => this.#add(chunk))
    stream.once('close', () => this.#end(new Error('Connection terminated unexpectedly')))
  }

  /**
   * Resolves when PostgreSQL is ready for the next.
   * @param answered gets the rows of each statement in turn, while those behind it are still being worked on
   * @throws what PostgreSQL refused: the statements that have no answer were not carried out
   */
  ask(statements: readonly PreparedStatement[], answered: Answered): Promise<void> {
    const batch = new StatementBatch(statements, this.#prepared, answered)
    return this.#send(batch, () => {
      messages.clear()
      batch.write(messages)
      return [messages.take()]
    })
  }

  /** @param pieces the statement and all of its rows, as they are sent (copy-in.ts) */
  copy(pieces: readonly Buffer[]): Promise<void> {
    return this.#send(undefined, () => pieces)
  }

  #send(batch: StatementBatch | undefined, toSend: () => readonly Buffer[]): Promise<void> {
    return new Promise((done, failed) => {
      if (this.#stream.destroyed || !this.#stream.writable) throw new Error('Connection terminated')
      const pieces = toSend()
      this.#asked.push({ batch, sent: batch && pieces[0], done, failed })
      for (const piece of pieces) this.#stream.write(piece)
    })
  }

  #add(chunk: Buffer): void {
    try {
      this.#incoming.add(chunk)
    } catch (error) {
      // What comes behind it cannot be understood either.
      this.#end(error)
      this.#stream.destroy()
    }
  }

  #take(kind: number, bytes: Buffer, from: number, to: number): void {
    const batch = this.#asked[0]?.batch
    if (kind === DATA_ROW) batch?.takes(bytes, from)
    else if (kind === COMMAND_COMPLETE || kind === EMPTY_QUERY) batch?.completes(bytes[from] ?? 0)
    else if (kind === ROW_DESCRIPTION) batch?.describes(bytes, from)
    else if (kind === READY) this.#ready()
    else if (kind === ERROR) this.#refused(databaseError(bytes, from, to))
    else if (!passedOver.has(kind)) throw new Error('PostgreSQL sent what was not asked for')
  }

  #ready(): void {
    const asked = this.#asked.shift()
    // PostgreSQL has read it to its end, and so it was written to its end.
    if (asked?.sent) giveBack(asked.sent)
    if (asked?.error) asked.failed(asked.error)
    else asked?.done()
    // As `pg` tells it: all was answered (end-when-silent.ts).
    if (this.#asked.length === 0) this.#client.emit('drain')
  }

  /** Of a batch, told when PostgreSQL is ready again; unasked it is the last word before the connection ends, as `pg` tells it. */
  #refused(error: Error): void {
    const [asked] = this.#asked
    if (asked) asked.error = error
    else this.#client.emit('error', error)
  }

  #end(error: unknown): void {
    for (const asked of this.#asked.splice(0)) asked.failed(asked.error ?? error)
  }
}

const wires = new WeakMap<pg.Client | pg.PoolClient, Wire>()

/** The wire of a connection, which belongs to it alone from then on. */
export function wireOf(client: pg.Client | pg.PoolClient): Wire {
  const known = wires.get(client)
  if (known) return known
  const wire = new Wire(client)
  wires.set(client, wire)
  return wire
}

/** Fields of an error that are asked for. @see https://www.postgresql.org/docs/current/protocol-error-fields.html */
const errorFields = new Map([
  ['C', 'code'],
  ['D', 'detail'],
  ['H', 'hint'],
  ['W', 'where'],
  ['s', 'schema'],
  ['t', 'table'],
  ['c', 'column'],
  ['n', 'constraint'],
  ['R', 'routine'],
] as const)

function databaseError(bytes: Buffer, from: number, to: number): pg.DatabaseError {
  const fields = new Map<string, string>()
  for (const field of bytes.toString('utf8', from, to).split('\0'))
    fields.set(field.charAt(0), field.slice(1))
  const error = new pg.DatabaseError(fields.get('M') ?? '', to - from, 'error')
  for (const [letter, name] of errorFields) error[name] = fields.get(letter)
  // V is never translated; what stands between may leave it out.
  error.severity = fields.get('V') ?? fields.get('S')
  return error
}
