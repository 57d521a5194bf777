/** The sealed chunks of a content, in their order, from PostgreSQL or from the store elsewhere. */
import type { Uuid } from '../fhir/id.ts'
import { readContentChunk, type StoredContent } from '../storage/contents/content-rows.ts'
import { CHUNK_BYTES, sealedLength, TAG_BYTES } from './chunk-cipher.ts'
import type { ContentParts } from './content-parts.ts'

type SealedChunks = (position: number, last: number) => AsyncIterable<Buffer>

const SEALED_CHUNK = CHUNK_BYTES + TAG_BYTES

export function sealedChunksOf(
  { db, elsewhere }: Pick<ContentParts, 'db' | 'elsewhere'>,
  patientKey: Uuid,
  { sha256, size, location, start }: StoredContent,
): SealedChunks {
  if (location === '') {
    return async function* (position, last) {
      for (let at = position; at <= last; at++) {
        const chunk = at === 0 ? start : await readContentChunk(db.reads.unchanging, patientKey, sha256, at)
        if (!chunk) throw new Error('A chunk of a content is missing')
        yield chunk
      }
    }
  }
  if (!elsewhere) throw new Error('A content lies in an object store, and DMP_CONTENT_STORE names none')
  const { objects } = elsewhere
  const end = sealedLength(size)
  const read = (position: number, last: number): AsyncIterable<Buffer> =>
    objects.get(location, position * SEALED_CHUNK, Math.min((last + 1) * SEALED_CHUNK, end))
  return async function* (position, last) {
    // The first alone, and to its end: who reads no further leaves no request open.
    yield* inChunks(read(position, position))
    if (last > position) yield* inChunks(read(position + 1, last))
  }
}

/** What comes in pieces of any length, cut where chunks end. */
async function* inChunks(pieces: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  let held: Buffer[] = []
  let length = 0
  for await (const piece of pieces) {
    let rest = piece
    while (length + rest.length >= SEALED_CHUNK) {
      const end = SEALED_CHUNK - length
      yield Buffer.concat([...held, rest.subarray(0, end)], SEALED_CHUNK)
      rest = rest.subarray(end)
      held = []
      length = 0
    }
    if (rest.length > 0) held.push(rest)
    length += rest.length
  }
  if (length > 0) yield Buffer.concat(held, length)
}
