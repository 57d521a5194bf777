/**
 * Rows in the binary form of COPY: the statement and all of its rows leave in one write, and are one transaction by
 * themselves. A row costs PostgreSQL half of what it does as the values of a prepared insert, and this process a sixth.
 * @see https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-COPY
 *
 * The rows do not wait for PostgreSQL to ask for them. Where it refuses the statement before that, it drops them.
 */
import pg from 'pg'
import { compileSql, type Sql } from './sql.ts'

const SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1')
/** The signature, no flags, no extension. */
const HEADER = Buffer.concat([SIGNATURE, Buffer.alloc(8)])
/** In place of the number of columns of another row. */
const TRAILER = Buffer.from([0xff, 0xff])
const DONE = message('c', Buffer.alloc(0))

/** `copy … from stdin (format binary)`, as it is sent. */
export type CopyStatement = { readonly sent: Buffer }

export function copyStatement(statement: Sql): CopyStatement {
  const { text, values } = compileSql(statement)
  if (values.length > 0) throw new Error('COPY takes no values')
  return { sent: message('Q', Buffer.from(`${text}\0`, 'utf8')) }
}

/** @param tuples whole, each with the number of its columns before it */
export function copyIn(client: pg.Client, { sent }: CopyStatement, tuples: readonly Buffer[]): Promise<void> {
  return new Promise((done, failed) => {
    client.query(
      new CopyIn(withRows(sent, tuples), (error) => {
        if (error) failed(error)
        else done()
      }),
    )
  })
}

/**
 * A query to `pg`, which has no COPY of its own. On a pipelined connection it takes none but its own class, for those of
 * others may keep a portal open; this one has none.
 */
class CopyIn extends pg.Query {
  override readonly submit: (connection: pg.Connection) => void

  constructor(sent: Buffer, ended: (error: Error | undefined) => void) {
    super('', ended)
    this.submit = ({ stream }) => void stream.write(sent)
  }

  /** PostgreSQL asks for the rows: they are on their way. */
  handleCopyInResponse(): void {}
}

function withRows(statement: Buffer, tuples: readonly Buffer[]): Buffer {
  let length = HEADER.length + TRAILER.length
  for (const tuple of tuples) length += tuple.length
  const sent = Buffer.allocUnsafe(statement.length + 5 + length + DONE.length)
  let at = statement.copy(sent)
  at = sent.writeInt32BE(4 + length, sent.writeUInt8(COPY_DATA, at))
  for (const part of [HEADER, ...tuples, TRAILER, DONE]) at += part.copy(sent, at)
  return sent
}

const COPY_DATA = 'd'.charCodeAt(0)

function message(kind: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5)
  head.writeInt32BE(4 + body.length, head.write(kind, 'latin1'))
  return Buffer.concat([head, body])
}
