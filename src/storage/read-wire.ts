/**
 * A connection that only batches of reads use. It is opened by `pg`; from then on what goes over it is written and read here:
 * a batch is one write, its rows are read off the bytes that came, and what is only handed on stays bytes.
 * @see docs/decisions/0022
 */
import type { Duplex } from 'node:stream'
import pg from 'pg'
import { BackendMessages } from './backend-messages.ts'
import { fieldReader } from './field-readers.ts'
import { FrontendMessages } from './frontend-messages.ts'
import type { PreparedStatement } from './prepared-statements.ts'
import { type Prepared, ReadBatch, type ReadRow } from './read-batch.ts'

const code = (kind: string): number => kind.charCodeAt(0)
const [ROW_DESCRIPTION, DATA_ROW, COMMAND_COMPLETE, EMPTY_QUERY] = [
  code('T'),
  code('D'),
  code('C'),
  code('I'),
]
const [ERROR, READY] = [code('E'), code('Z')]
/** Said on the way, and of no consequence: parsed, bound, closed, no rows, a notice, a setting, a notification. */
const passedOver: ReadonlySet<number> = new Set(['1', '2', '3', 'n', 'N', 'S', 'A'].map(code))

type Asked = {
  readonly batch: ReadBatch
  readonly done: () => void
  readonly failed: (error: unknown) => void
  error?: Error
}

/** One piece of memory for the messages of all connections: each is copied before the next begins. */
const messages = new FrontendMessages()

export class ReadWire {
  readonly #client: pg.Client
  readonly #stream: Duplex
  readonly #prepared: Prepared
  readonly #incoming = new BackendMessages((kind, bytes, from, to) => this.#take(kind, bytes, from, to))
  #asked: Asked | undefined

  /** @param client that is open, and asked for nothing else */
  constructor(client: pg.Client) {
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
   * Resolves when PostgreSQL is ready for the next. One batch at a time: whoever asks sees to that.
   * @param answered gets the rows of each statement in turn, while those behind it are still being worked on
   */
  ask(statements: readonly PreparedStatement[], answered: (rows: ReadRow[]) => void): Promise<void> {
    return new Promise((done, failed) => {
      if (this.#asked) throw new Error('A batch is under way on this connection')
      if (this.#stream.destroyed || !this.#stream.writable) throw new Error('Connection terminated')
      const batch = new ReadBatch(statements, this.#prepared, answered)
      messages.clear()
      batch.write(messages)
      this.#asked = { batch, done, failed }
      this.#stream.write(messages.take())
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
    const asked = this.#asked
    if (kind === DATA_ROW) asked?.batch.takes(bytes, from)
    else if (kind === COMMAND_COMPLETE || kind === EMPTY_QUERY) asked?.batch.completes()
    else if (kind === ROW_DESCRIPTION) asked?.batch.describes(bytes, from)
    else if (kind === READY) this.#ready()
    else if (kind === ERROR) this.#refused(databaseError(bytes, from, to))
    else if (!passedOver.has(kind)) throw new Error('PostgreSQL sent what a read does not expect')
  }

  #ready(): void {
    const asked = this.#asked
    this.#asked = undefined
    if (asked?.error) asked.failed(asked.error)
    else asked?.done()
  }

  /** Of a batch, told when PostgreSQL is ready again; unasked it is the last word before the connection ends, as `pg` tells it. */
  #refused(error: Error): void {
    if (this.#asked) this.#asked.error = error
    else this.#client.emit('error', error)
  }

  #end(error: unknown): void {
    const asked = this.#asked
    this.#asked = undefined
    asked?.failed(asked.error ?? error)
  }
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
