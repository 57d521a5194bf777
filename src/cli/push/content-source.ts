/**
 * The bytes of a document as they lie on the disk: measured once, and read again, in pieces, each time they are sent.
 */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'

export type Measured = {
  readonly size: number
  readonly sha1Base64: string
  readonly sha256: string
  /** The first bytes, which show of what kind they are. */
  readonly head: Buffer
}

export type ContentSource = Pick<Measured, 'size' | 'sha1Base64' | 'sha256'> & {
  /** In pieces. */
  readonly open: () => AsyncIterable<Uint8Array>
}

/** The bytes are others than were measured: what was said of them no longer holds. */
export class ContentChanged extends Error {
  override readonly name = 'ContentChanged'
}

const HEAD_BYTES = 4_096

export async function measure(pieces: AsyncIterable<Uint8Array>): Promise<Measured> {
  const [sha1, sha256] = [createHash('sha1'), createHash('sha256')]
  const head: Uint8Array[] = []
  let size = 0
  for await (const piece of pieces) {
    if (size < HEAD_BYTES) head.push(piece.slice(0, HEAD_BYTES - size))
    size += piece.length
    sha1.update(piece)
    sha256.update(piece)
  }
  return {
    size,
    sha1Base64: sha1.digest('base64'),
    sha256: sha256.digest('hex'),
    head: Buffer.concat(head),
  }
}

/** What is kept in memory from its measure to its sending: most documents. */
const SMALL_BYTES = 65_536

/** Each time from the start. @param size as it was found */
export async function piecesOf(path: string, size: number): Promise<() => AsyncIterable<Uint8Array>> {
  if (size > SMALL_BYTES) return () => piecesOfFile(path)
  const bytes = await readFile(path)
  return () => onePiece(bytes)
}

export async function* onePiece(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

async function* piecesOfFile(path: string): AsyncGenerator<Uint8Array> {
  yield* createReadStream(path, { highWaterMark: 65_536 }) as AsyncIterable<Buffer>
}

/** The pieces of a source, held against its measure. @throws ContentChanged */
export async function* checkedPieces(source: ContentSource): AsyncGenerator<Uint8Array> {
  const sha256 = createHash('sha256')
  let size = 0
  for await (const piece of source.open()) {
    size += piece.length
    if (size > source.size) throw new ContentChanged('longer than it was')
    sha256.update(piece)
    yield piece
  }
  if (size !== source.size || sha256.digest('hex') !== source.sha256)
    throw new ContentChanged('not what it was')
}
