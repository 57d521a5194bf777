/**
 * Rows in the binary form of COPY, sent as they are made: the fastest way into a table, which `pg` has no call for.
 * @see https://www.postgresql.org/docs/current/sql-copy.html "Binary Format"
 */
import type pg from 'pg'

const HEADER = Buffer.concat([Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'), Buffer.alloc(8)])
const TRAILER = Buffer.from([0xff, 0xff])
/** Rows are gathered to messages of about this size. */
const MESSAGE_BYTES = 256 * 1024

type Wire = {
  query(text: string): void
  sendCopyFromChunk(chunk: Buffer): void
  endCopyFrom(): void
  sendCopyFail(message: string): void
  readonly stream: { readonly writableNeedDrain: boolean; once(event: 'drain', listener: () => void): void }
}

/** @param rows tuples, each with the number of its columns before it */
export function copyIn(client: pg.Client, into: string, rows: Iterator<Buffer>): Promise<void> {
  return new Promise((resolve, reject) => {
    client.query(new CopyIn(`copy ${into} from stdin (format binary)`, rows, resolve, reject))
  })
}

/** What `pg` asks of a query. */
class CopyIn implements pg.Submittable {
  readonly #text: string
  readonly #rows: Iterator<Buffer>
  readonly #done: () => void
  readonly #failed: (error: unknown) => void
  #error: unknown

  constructor(text: string, rows: Iterator<Buffer>, done: () => void, failed: (error: unknown) => void) {
    this.#text = text
    this.#rows = rows
    this.#done = done
    this.#failed = failed
  }

  submit(connection: pg.Connection): void {
    ;(connection as unknown as Wire).query(this.#text)
  }

  handleCopyInResponse(connection: pg.Connection): void {
    const wire = connection as unknown as Wire
    wire.sendCopyFromChunk(HEADER)
    this.#pump(wire)
  }

  #pump(wire: Wire): void {
    try {
      for (;;) {
        if (wire.stream.writableNeedDrain) {
          wire.stream.once('drain', () => this.#pump(wire))
          return
        }
        const chunk = this.#nextChunk()
        if (chunk.length === 0) break
        wire.sendCopyFromChunk(chunk)
      }
      wire.sendCopyFromChunk(TRAILER)
      wire.endCopyFrom()
    } catch (error) {
      this.#error = error
      wire.sendCopyFail('the rows could not be made')
    }
  }

  #nextChunk(): Buffer {
    const gathered: Buffer[] = []
    for (let size = 0; size < MESSAGE_BYTES; ) {
      const { done, value } = this.#rows.next()
      if (done) break
      gathered.push(value)
      size += value.length
    }
    return Buffer.concat(gathered)
  }

  handleCommandComplete(): void {}

  handleError(error: unknown): void {
    this.#error ??= error
  }

  handleReadyForQuery(): void {
    if (this.#error === undefined) this.#done()
    else this.#failed(this.#error)
  }
}
