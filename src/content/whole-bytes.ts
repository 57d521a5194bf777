/** Bytes that come in chunks, all at once: for what cannot be read chunk by chunk. */
export async function wholeBytes(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  const pieces: Buffer[] = []
  for await (const piece of chunks) pieces.push(piece)
  const [first] = pieces
  return first && pieces.length === 1 ? first : Buffer.concat(pieces)
}
