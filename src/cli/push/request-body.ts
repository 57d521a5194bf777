/**
 * A FHIR resource as the body of a request, with the bytes of documents put into it as base64 while it is sent. Its
 * length is known before.
 */
import { randomUUID } from 'node:crypto'
import { type ContentSource, checkedPieces } from './content-source.ts'

export type RequestBody = {
  readonly length: number
  /** Each time from the start. @throws ContentChanged */
  readonly pieces: () => AsyncGenerator<Buffer>
}

export class BodyBuilder {
  readonly #contents = new Map<string, ContentSource>()

  /** What to write where the base64 of a document will stand. */
  data(content: ContentSource): string {
    const mark = `{{${randomUUID()}}}`
    this.#contents.set(mark, content)
    return mark
  }

  build(resource: object): RequestBody {
    const text = JSON.stringify(resource)
    const parts: (Buffer | ContentSource)[] = []
    let from = 0
    for (const [at, mark] of [...text.matchAll(/\{\{[0-9a-f-]{36}\}\}/g)].map(
      (m) => [m.index, m[0]] as const,
    )) {
      const content = this.#contents.get(mark)
      if (!content) continue
      parts.push(Buffer.from(text.slice(from, at)), content)
      from = at + mark.length
    }
    parts.push(Buffer.from(text.slice(from)))
    const length = parts.reduce(
      (sum, part) => sum + (Buffer.isBuffer(part) ? part.length : 4 * Math.ceil(part.size / 3)),
      0,
    )
    return { length, pieces: () => piecesOf(parts) }
  }
}

async function* piecesOf(parts: readonly (Buffer | ContentSource)[]): AsyncGenerator<Buffer> {
  for (const part of parts) {
    if (Buffer.isBuffer(part)) yield part
    else yield* base64(checkedPieces(part))
  }
}

/** Three bytes become four letters: what is left of a piece goes before the next. */
async function* base64(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let rest = Buffer.alloc(0)
  for await (const piece of pieces) {
    const bytes =
      rest.length === 0
        ? Buffer.from(piece.buffer, piece.byteOffset, piece.length)
        : Buffer.concat([rest, piece])
    const whole = bytes.length - (bytes.length % 3)
    if (whole > 0) yield Buffer.from(bytes.toString('base64', 0, whole), 'latin1')
    rest = Buffer.from(bytes.subarray(whole))
  }
  if (rest.length > 0) yield Buffer.from(rest.toString('base64'), 'latin1')
}
