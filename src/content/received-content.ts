/**
 * The bytes of a document on their way into a record: hashed, and sealed under a key of their own before they touch a
 * disk. Small ones are in memory; of large ones, one chunk at a time.
 */
export type ReceivedContent = {
  /** Plain bytes. */
  readonly size: number
  /** What `attachment.hash` is held against (R4: SHA-1). */
  readonly sha1Base64: string
  /** By which a content exists once in a record. */
  readonly sha256: Buffer
  /** Seals the chunks (chunk-cipher.ts); kept wrapped by the record's key. */
  readonly key: Buffer
  readonly chunkCount: number
  /** The plain bytes of the first chunk: of most documents, all there are. */
  readonly first: Buffer
  /** The plain bytes, chunk by chunk; may be asked for again. */
  plain(): AsyncIterable<Buffer>
  /** The sealed chunks in their order, each new and its reader's own; may be asked for again. */
  sealed(): AsyncIterable<Buffer>
  /** Gives back what it holds on the disk. To be called once, whatever became of it. */
  discard(): Promise<void>
}
