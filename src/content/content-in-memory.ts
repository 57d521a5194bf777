/** A content whose bytes are all in memory: hashed, and sealed when they are asked for. */
import { hash } from 'node:crypto'
import { CHUNK_BYTES, chunkCountOf, KEY_BYTES, sealChunk } from './chunk-cipher.ts'
import { randomKey } from './random-key.ts'
import type { ReceivedContent } from './received-content.ts'

/** @param bytes not to be changed afterwards */
export function contentInMemory(bytes: Buffer): ReceivedContent {
  const key = randomKey(KEY_BYTES)
  const chunkCount = chunkCountOf(bytes.length)
  const chunk = (position: number): Buffer =>
    bytes.subarray(position * CHUNK_BYTES, (position + 1) * CHUNK_BYTES)
  return {
    size: bytes.length,
    sha1Base64: hash('sha1', bytes, 'base64'),
    sha256: hash('sha256', bytes, 'buffer'),
    key,
    chunkCount,
    first: chunk(0),
    async *plain() {
      for (let i = 0; i < chunkCount; i++) yield chunk(i)
    },
    async *sealed() {
      for (let i = 0; i < chunkCount; i++) yield sealChunk(key, i, i === chunkCount - 1, chunk(i))
    },
    async discard() {
      // Nothing of it is on a disk.
    },
  }
}
