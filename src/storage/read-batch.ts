/**
 * Statements that only read, as one message to PostgreSQL and one answer: each is bound and executed, and one Sync ends
 * them all. They are then one transaction, and in it (isolation: repeatable read) all see one snapshot.
 *
 * Of the shape of a statement's rows PostgreSQL is asked once on each connection, not with each answer.
 * @see https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-PIPELINING
 */
import type pg from 'pg'
import type { PreparedStatement } from './prepared-statements.ts'

export type ReadRow = Record<string, unknown>
type ReadValue = (text: string) => unknown
type Column = { readonly name: string; readonly read: ReadValue }

/** What is known of one connection. */
export type Prepared = {
  /** Statements that it has parsed, with the columns of their rows. */
  readonly columns: Map<string, readonly Column[]>
  readonly readerOf: (type: number) => ReadValue
}

type Described = { readonly fields: readonly { readonly name: string; readonly dataTypeID: number }[] }
type Wire = {
  readonly stream: { cork(): void; uncork(): void }
  parse(statement: { readonly name: string; readonly text: string }): void
  close(which: { readonly type: 'S'; readonly name: string }): void
  bind(values: { readonly statement: string; readonly values: readonly unknown[] }): void
  describe(which: { readonly type: 'P' }): void
  execute(): void
  sync(): void
}

/** What `pg` asks of a query. */
export class ReadBatch implements pg.Submittable {
  readonly #statements: readonly PreparedStatement[]
  readonly #prepared: Prepared
  readonly #rows: ReadRow[][]
  readonly #done: (rows: ReadRow[][]) => void
  readonly #failed: (error: Error) => void
  #at = 0
  #columns: readonly Column[] | undefined

  constructor(
    statements: readonly PreparedStatement[],
    prepared: Prepared,
    done: (rows: ReadRow[][]) => void,
    failed: (error: Error) => void,
  ) {
    this.#statements = statements
    this.#prepared = prepared
    this.#rows = statements.map(() => [])
    this.#done = done
    this.#failed = failed
  }

  submit(connection: pg.Connection): void {
    const wire = connection as unknown as Wire
    const { columns } = this.#prepared
    const parsed = new Set<string>()
    wire.stream.cork()
    for (const { name, text, values } of this.#statements) {
      const known = name !== '' && columns.has(name)
      if (!known && !parsed.has(name)) {
        // A batch that failed may have parsed it, or not: to close what is not there is no error.
        if (name !== '') wire.close({ type: 'S', name })
        wire.parse({ name, text })
        if (name !== '') parsed.add(name)
      }
      wire.bind({ statement: name, values })
      if (!known) wire.describe({ type: 'P' })
      wire.execute()
    }
    wire.sync()
    wire.stream.uncork()
  }

  handleRowDescription({ fields }: Described): void {
    this.#columns = fields.map(({ name, dataTypeID }) => ({
      name,
      read: this.#prepared.readerOf(dataTypeID),
    }))
  }

  handleDataRow({ fields }: { readonly fields: readonly (string | null)[] }): void {
    this.#columns ??= this.#prepared.columns.get(this.#statements[this.#at]?.name ?? '')
    const row: ReadRow = {}
    const columns = this.#columns ?? []
    for (let i = 0; i < columns.length; i++) {
      const column = columns[i]
      const text = fields[i]
      if (column) row[column.name] = text === null || text === undefined ? null : column.read(text)
    }
    this.#rows[this.#at]?.push(row)
  }

  handleCommandComplete(): void {
    const name = this.#statements[this.#at]?.name ?? ''
    if (name !== '' && !this.#prepared.columns.has(name))
      this.#prepared.columns.set(name, this.#columns ?? [])
    this.#columns = undefined
    this.#at++
  }

  handleEmptyQuery(): void {
    this.handleCommandComplete()
  }

  handleReadyForQuery(): void {
    this.#done(this.#rows)
  }

  handleError(error: Error): void {
    this.#failed(error)
  }
}
