/**
 * Prepared statements on a connection of `pg`, beside whatever else goes over it: all that are sent together are one write and,
 * up to one Sync, one answer. Of the shape of a statement's rows PostgreSQL is asked once on each connection.
 * @see https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-PIPELINING
 *
 * Once one fails, PostgreSQL passes over those behind it. Outside of a transaction it then undoes those before it too: there,
 * only what belongs together may be sent together.
 */
import pg from 'pg'
import { FrontendMessages } from './frontend-messages.ts'
import type { PreparedStatement } from './prepared-statements.ts'

/** @property command as PostgreSQL names it: `COMMIT`, `INSERT 0 1` */
export type Answered = { readonly rows: QueryRow[]; readonly command: string }
export type QueryRow = Record<string, unknown>
export type AskedStatement = {
  readonly statement: PreparedStatement
  readonly resolve: (answered: Answered) => void
  /** What PostgreSQL refused, this one or one before it; or that the connection was lost. */
  readonly reject: (error: unknown) => void
}

/** Each is answered when all are, or when one has failed: those before that one as they were. */
export function sendBatch(client: pg.Client | pg.PoolClient, asked: readonly AskedStatement[]): void {
  client.query(new PreparedBatch(client, asked))
}

/** @throws Error what PostgreSQL refused, or that the connection was lost */
export async function runPrepared(
  client: pg.Client | pg.PoolClient,
  statement: PreparedStatement,
): Promise<QueryRow[]> {
  const { rows } = await new Promise<Answered>((resolve, reject) => {
    sendBatch(client, [{ statement, resolve, reject }])
  })
  return rows
}

type Column = { readonly name: string; readonly read: (text: string) => unknown }
/**
 * Of a statement that was sent before: the columns of its rows, once it was carried out. Until then PostgreSQL may have parsed
 * it; after a failure nobody knows.
 */
type Known = readonly Column[] | 'sent' | 'uncertain'

const knownOn = new WeakMap<pg.Connection, Map<string, Known>>()
/** One piece of memory for the messages of all connections: each is copied before the next begins. */
const messages = new FrontendMessages()

type Described = {
  readonly fields: readonly { readonly name: string; readonly dataTypeID: number }[]
}
type Row = { readonly fields: readonly (string | null)[] }

/** On a pipelined connection `pg` takes none but its own class, for those of others may keep a portal open; this one has none. */
class PreparedBatch extends pg.Query {
  override readonly submit: (connection: pg.Connection) => void
  readonly #asked: readonly AskedStatement[]
  readonly #typeOf: pg.Client['getTypeParser']
  readonly #known: Map<string, Known>
  readonly #answers: (Answered | undefined)[] = []
  #rows: QueryRow[] = []
  #columns: readonly Column[] | undefined
  #unread: { readonly error: unknown } | undefined
  #isUnread = false

  constructor(client: pg.Client | pg.PoolClient, asked: readonly AskedStatement[]) {
    // What ends it is told by the methods below.
    super('', () => undefined)
    this.#asked = asked
    this.#typeOf = client.getTypeParser.bind(client)
    this.#known = knownIn(client.connection)
    this.submit = ({ stream }) => void stream.write(this.#written())
  }

  handleRowDescription({ fields }: Described): void {
    this.#columns = fields.map(({ name, dataTypeID }) => ({ name, read: this.#typeOf(dataTypeID, 'text') }))
  }

  handleDataRow({ fields }: Row): void {
    const row: QueryRow = {}
    try {
      this.#columns ??= this.#columnsNow()
      let i = 0
      for (const { name, read } of this.#columns) {
        const text = fields[i++] ?? null
        row[name] = text === null ? null : read(text)
      }
    } catch (error) {
      // The rows behind it come all the same.
      this.#unread ??= { error }
      this.#isUnread = true
    }
    this.#rows.push(row)
  }

  handleCommandComplete({ text }: { readonly text: string }): void {
    const name = this.#nameNow()
    // One that was described and said nothing of columns has none.
    if (name !== '' && typeof (this.#known.get(name) ?? 'sent') === 'string')
      this.#known.set(name, this.#columns ?? [])
    // One whose rows could not be read has none.
    this.#answers.push(this.#isUnread ? undefined : { rows: this.#rows, command: text })
    this.#isUnread = false
    this.#rows = []
    this.#columns = undefined
  }

  handleEmptyQuery(): void {
    this.handleCommandComplete({ text: '' })
  }

  handleReadyForQuery(): void {
    this.#end(this.#unread?.error ?? new Error('PostgreSQL left a statement unanswered'))
  }

  handleError(error: unknown): void {
    for (const { statement } of this.#asked)
      if (this.#known.get(statement.name) === 'sent') this.#known.set(statement.name, 'uncertain')
    this.#end(error)
  }

  #written(): Buffer {
    messages.clear()
    for (const { statement } of this.#asked) {
      const { name, text, values } = statement
      const known = this.#known.get(name)
      if (known === undefined || known === 'uncertain') {
        if (known === 'uncertain') messages.close(name)
        messages.parse(name, text)
        if (name !== '') this.#known.set(name, 'sent')
      }
      messages.bind(name, values)
      if (known === undefined || typeof known === 'string') messages.describe()
      messages.execute()
    }
    messages.sync()
    return messages.take()
  }

  /** @param error of those that have no answer */
  #end(error: unknown): void {
    for (const [i, { resolve, reject }] of this.#asked.entries()) {
      const answered = this.#answers[i]
      if (answered) resolve(answered)
      else reject(error)
    }
  }

  #nameNow(): string {
    return this.#asked[this.#answers.length]?.statement.name ?? ''
  }

  /** Of one whose rows come without a word of their shape. */
  #columnsNow(): readonly Column[] {
    const known = this.#known.get(this.#nameNow())
    if (known === undefined || typeof known === 'string')
      throw new Error('Rows of a shape that nobody has told')
    return known
  }
}

function knownIn(connection: pg.Connection): Map<string, Known> {
  const before = knownOn.get(connection)
  if (before) return before
  const known = new Map<string, Known>()
  knownOn.set(connection, known)
  return known
}
