/**
 * Rows in the binary form of COPY: the statement and all of its rows leave in one write, and are one transaction by
 * themselves. A row costs PostgreSQL half of what it does as the values of a prepared insert, and this process a sixth.
 * @see https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-COPY
 *
 * The rows do not wait for PostgreSQL to ask for them. Where it refuses the statement before that, it drops them.
 */
import { compileSql, type Sql } from '../sql.ts'

const HEAD_BYTES = 5
const COPY_DATA = 'd'.charCodeAt(0)
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

/** @param tuples whole, each with the number of its columns before it @returns the statement and its rows, in one piece */
export function copyMessage({ sent: statement }: CopyStatement, tuples: readonly Buffer[]): Buffer {
  let length = HEADER.length + TRAILER.length
  for (const tuple of tuples) length += tuple.length
  const sent = Buffer.allocUnsafe(statement.length + HEAD_BYTES + length + DONE.length)
  let at = statement.copy(sent)
  at += dataHead(length).copy(sent, at)
  for (const part of [HEADER, ...tuples, TRAILER, DONE]) at += part.copy(sent, at)
  return sent
}

/** Many rows, as they lie: nothing is copied. @param chunks in the binary form of COPY, header and trailer with them */
export function copyPieces({ sent }: CopyStatement, chunks: readonly Buffer[]): Buffer[] {
  return [sent, ...chunks.flatMap((chunk) => [dataHead(chunk.length), chunk]), DONE]
}

function dataHead(length: number): Buffer {
  const head = Buffer.allocUnsafe(HEAD_BYTES)
  head.writeInt32BE(4 + length, head.writeUInt8(COPY_DATA))
  return head
}

function message(kind: string, body: Buffer): Buffer {
  const head = Buffer.alloc(HEAD_BYTES)
  head.writeInt32BE(4 + body.length, head.write(kind, 'latin1'))
  return Buffer.concat([head, body])
}
