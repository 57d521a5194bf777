/**
 * Takes the plain bytes of one content as they come: hashes them, and seals each full chunk onto the spool. A content of
 * one chunk stays in memory, as one that came in a small body does.
 */
import { createHash, randomBytes } from 'node:crypto'
import { giveBack } from '../storage/give-back.ts'
import { CHUNK_BYTES, KEY_BYTES, openChunk, sealChunk } from './chunk-cipher.ts'
import { contentInMemory } from './content-in-memory.ts'
import type { ReceivedContent } from './received-content.ts'
import type { SpoolFile } from './spool-file.ts'

type Sealed = { readonly at: number; readonly length: number }

export class ContentSink {
  readonly #spool: SpoolFile
  readonly #maxBytes: number
  readonly #sha1 = createHash('sha1')
  readonly #sha256 = createHash('sha256')
  readonly #key = randomBytes(KEY_BYTES)
  readonly #chunks: Sealed[] = []
  #first: Buffer | undefined
  #chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES)
  #used = 0
  #size = 0

  constructor(spool: SpoolFile, maxBytes: number) {
    this.#spool = spool
    this.#maxBytes = maxBytes
  }

  /** Whether more has come than a document may have: nothing is kept any more. */
  get isTooLarge(): boolean {
    return this.#size > this.#maxBytes
  }

  /** @param bytes free to be changed afterwards */
  async write(bytes: Buffer): Promise<void> {
    this.#size += bytes.length
    if (this.isTooLarge) return
    for (let at = 0; at < bytes.length; ) {
      if (this.#used === CHUNK_BYTES) await this.#seal(false)
      const taken = bytes.copy(this.#chunk, this.#used, at)
      this.#used += taken
      at += taken
    }
  }

  async end(): Promise<ReceivedContent> {
    // Most are smaller than their chunk: what is kept takes no more room than it has bytes.
    if (!this.#first) return contentInMemory(Buffer.from(this.#chunk.subarray(0, this.#used)))
    await this.#seal(true)
    return spooled(
      {
        size: this.#size,
        sha1Base64: this.#sha1.digest('base64'),
        sha256: this.#sha256.digest(),
        key: this.#key,
        chunkCount: this.#chunks.length,
        first: this.#first,
      },
      this.#spool,
      this.#chunks,
    )
  }

  async #seal(isLast: boolean): Promise<void> {
    const plain = this.#chunk.subarray(0, this.#used)
    this.#sha1.update(plain)
    this.#sha256.update(plain)
    const sealed = sealChunk(this.#key, this.#chunks.length, isLast, plain)
    const { length } = sealed
    this.#chunks.push({ at: await this.#spool.append(sealed), length })
    giveBack(sealed)
    if (!this.#first) {
      this.#first = this.#chunk
      this.#chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES)
    }
    this.#used = 0
  }
}

type Facts = Omit<ReceivedContent, 'plain' | 'sealed' | 'discard'>

function spooled(facts: Facts, spool: SpoolFile, chunks: readonly Sealed[]): ReceivedContent {
  async function* sealed(): AsyncGenerator<Buffer> {
    for (const { at, length } of chunks) yield await spool.read(at, length)
  }
  return {
    ...facts,
    sealed,
    async *plain() {
      let position = 0
      for await (const chunk of sealed()) {
        const isLast = position === chunks.length - 1
        const plain = openChunk(facts.key, position++, isLast, chunk)
        giveBack(chunk)
        yield plain
      }
    },
    async discard() {
      // The spool is the request's, and closed with it: other contents lie in it too.
    },
  }
}
