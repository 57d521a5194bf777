/**
 * Statements as one message to PostgreSQL and one answer: each is bound and executed, and one Sync ends them all. Outside of
 * a transaction they are one by themselves; where one fails, those behind it are not carried out.
 *
 * Of the shape of a statement's rows PostgreSQL is asked once on each connection, not with each answer.
 * @see https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-PIPELINING
 */
import type { FrontendMessages } from './frontend-messages.ts'
import type { PreparedStatement } from './prepared-statements.ts'

export type WireRow = Record<string, unknown>
export type ReadField = (bytes: Buffer, from: number, to: number) => unknown
/** How a field is read that comes as text, and as PostgreSQL's own bytes where that costs less. */
export type FieldReader = { readonly text: ReadField; readonly binary?: ReadField }
type Column = { readonly name: string; readonly type: FieldReader }
/** Of a statement that was described before: its rows come in these forms. */
type Known = {
  readonly columns: readonly { readonly name: string; readonly read: ReadField }[]
  /** Empty: all as text. */
  readonly binary: readonly boolean[]
}

/**
 * Gets the rows of each statement in turn, as soon as all of them have come.
 * @param tag the first letter of what PostgreSQL says was done: `C` of COMMIT, `R` of ROLLBACK
 */
export type Answered = (rows: WireRow[], tag: number) => void

/** What is known of one connection. */
export type Prepared = {
  /** Statements that it has parsed. */
  readonly known: Map<string, Known>
  readonly readerOf: (type: number) => FieldReader
}

const OBJECT_OF_COLUMN = 6
const AFTER_TYPE = 8

export class StatementBatch {
  readonly #statements: readonly PreparedStatement[]
  readonly #prepared: Prepared
  readonly #answered: Answered
  #at = 0
  #rows: WireRow[] = []
  /** Of the statement whose rows come, when it was described in this batch: they come as text. */
  #described: readonly Column[] | undefined
  #columns: Known['columns'] | undefined

  constructor(statements: readonly PreparedStatement[], prepared: Prepared, answered: Answered) {
    this.#statements = statements
    this.#prepared = prepared
    this.#answered = answered
  }

  write(messages: FrontendMessages): void {
    const parsed = new Set<string>()
    for (const { name, text, values } of this.#statements) {
      const known = this.#prepared.known.get(name)
      if (!known && !parsed.has(name)) {
        // A batch that failed may have parsed it, or not.
        if (name !== '') messages.close(name)
        messages.parse(name, text)
        if (name !== '') parsed.add(name)
      }
      messages.bind(name, values, known?.binary)
      if (!known) messages.describe()
      messages.execute()
    }
    messages.sync()
  }

  describes(bytes: Buffer, from: number): void {
    const columns: Column[] = []
    let at = from + 2
    for (let left = bytes.readInt16BE(from); left > 0; left--) {
      const end = bytes.indexOf(0, at)
      const type = bytes.readUInt32BE(end + 1 + OBJECT_OF_COLUMN)
      columns.push({ name: bytes.toString('utf8', at, end), type: this.#prepared.readerOf(type) })
      at = end + 1 + OBJECT_OF_COLUMN + 4 + AFTER_TYPE
    }
    this.#described = columns
    this.#columns = columns.map(({ name, type }) => ({ name, read: type.text }))
  }

  takes(bytes: Buffer, from: number): void {
    this.#columns ??= this.#prepared.known.get(this.#nameNow())?.columns
    const row: WireRow = {}
    let at = from + 2
    for (const { name, read } of this.#columns ?? []) {
      const length = bytes.readInt32BE(at)
      at += 4
      if (length < 0) row[name] = null
      else {
        row[name] = read(bytes, at, at + length)
        at += length
      }
    }
    this.#rows.push(row)
  }

  /** The statement whose turn it was has given all its rows. @param tag of its command, the first letter */
  completes(tag: number): void {
    const name = this.#nameNow()
    const { known } = this.#prepared
    if (name !== '' && !known.has(name)) known.set(name, asKnown(this.#described ?? []))
    this.#described = undefined
    this.#columns = undefined
    this.#at++
    const rows = this.#rows
    this.#rows = []
    this.#answered(rows, tag)
  }

  #nameNow(): string {
    return this.#statements[this.#at]?.name ?? ''
  }
}

function asKnown(columns: readonly Column[]): Known {
  const binary = columns.map(({ type }) => type.binary !== undefined)
  return {
    columns: columns.map(({ name, type }) => ({ name, read: type.binary ?? type.text })),
    binary: binary.includes(true) ? binary : [],
  }
}
