/**
 * A content read back: chunk by chunk, from wherever it lies, each one opened before any byte of it leaves. What has changed
 * does not open and ends in an error, never in other bytes.
 */
import type { Uuid } from '../fhir/id.ts'
import { readContent, readPlainPiece, type StoredContent } from '../storage/contents/content-rows.ts'
import { CHUNK_BYTES, chunkCountOf, openChunk, openPacked, sealedLength, TAG_BYTES } from './chunk-cipher.ts'
import type { ContentParts } from './content-parts.ts'
import { unpacked } from './packed.ts'
import { contentBinding, openRecordKey } from './record-key.ts'
import { sealedChunksOf } from './sealed-chunks.ts'
import { unwrapKey } from './wrap-key.ts'

export type OpenContent = {
  readonly contentType: string
  readonly sha256: Buffer
  readonly size: number
  /**
   * The bytes from `start` to before `end`, once the first chunk of them is open. Left unread, they hold nothing.
   * @throws Error when that chunk is not what was sealed; so does the iteration for those that follow
   */
  bytes(start?: number, end?: number): Promise<AsyncIterable<Buffer>>
}

/** Plain chunks one after the other, the first being that of `position`. */
type Chunks = (position: number, last: number) => AsyncIterable<Buffer>

export async function openContent(
  parts: ContentParts,
  patientKey: Uuid,
  document: Uuid,
): Promise<OpenContent | undefined> {
  const stored = await readContent(parts.db.reads.unchanging, patientKey, document, CHUNK_BYTES + TAG_BYTES)
  if (!stored) return undefined
  const { contentType, sha256, size } = stored
  const chunks = chunksOf(parts, patientKey, document, stored)
  return {
    contentType,
    sha256,
    size,
    async bytes(start = 0, end = size) {
      const position = Math.floor(start / CHUNK_BYTES)
      const last = Math.floor((end - 1) / CHUNK_BYTES)
      const read = chunks(position, last)[Symbol.asyncIterator]()
      const first = await read.next()
      return cut(first, read, { start: start - position * CHUNK_BYTES, length: end - start })
    },
  }
}

async function* cut(
  first: IteratorResult<Buffer>,
  rest: AsyncIterator<Buffer>,
  { start, length }: { readonly start: number; readonly length: number },
): AsyncIterable<Buffer> {
  let from = start
  let wanted = length
  try {
    for (let next = first; wanted > 0; next = await rest.next()) {
      if (next.done) throw new Error('A content has fewer bytes than its row says')
      const piece = next.value.subarray(from, from + wanted)
      from = 0
      wanted -= piece.length
      if (piece.length > 0) yield piece
    }
  } finally {
    await rest.return?.()
  }
}

function chunksOf(parts: ContentParts, patientKey: Uuid, document: Uuid, stored: StoredContent): Chunks {
  const { recordKey, wrappedKey } = stored
  if (wrappedKey === null) return plainChunks(parts, patientKey, document, stored)
  if (!recordKey) throw new Error('A sealed content in a record without a key')
  const opened = openRecordKey(parts.keys, patientKey, recordKey)
  const key = unwrapKey(opened, wrappedKey, contentBinding(patientKey, stored.sha256))
  const end = chunkCountOf(stored.size) - 1
  if (isPacked(stored)) {
    return async function* () {
      yield unpacked(openPacked(key, stored.start), stored.size)
    }
  }
  const sealed = sealedChunksOf(parts, patientKey, stored)
  return async function* (position, last) {
    let at = position
    for await (const chunk of sealed(position, last)) {
      yield openChunk(key, at, at === end, chunk)
      at++
    }
  }
}

/** Of one chunk, here, and in fewer bytes than sealing it leaves. One that was cut off opens neither way. */
function isPacked({ location, size, start }: StoredContent): boolean {
  return location === '' && chunkCountOf(size) === 1 && start.length < sealedLength(size)
}

/** Written before contents were sealed. When `dmp key rotate` seals it in the middle, reading goes on with what it is now. */
function plainChunks(
  { db, ...parts }: ContentParts,
  patientKey: Uuid,
  document: Uuid,
  stored: StoredContent,
): Chunks {
  return async function* (position, last) {
    for (let at = position; at <= last; at++) {
      const piece =
        at === 0
          ? stored.start.subarray(0, CHUNK_BYTES)
          : await readPlainPiece(db, patientKey, stored.sha256, at * CHUNK_BYTES, CHUNK_BYTES)
      if (piece === undefined) {
        const now = await readContent(db, patientKey, document, CHUNK_BYTES + TAG_BYTES)
        if (!now?.wrappedKey) throw new Error('A content is neither plain nor sealed')
        yield* chunksOf({ db, ...parts }, patientKey, document, now)(at, last)
        return
      }
      yield piece
    }
  }
}
