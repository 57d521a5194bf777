/** All the bytes of a content at once, for what cannot be read chunk by chunk. */
import type { ReceivedContent } from '../../../content/received-content.ts'

export async function wholeContent({ chunkCount, first, plain }: ReceivedContent): Promise<Buffer> {
  if (chunkCount === 1) return first
  const chunks: Buffer[] = []
  for await (const chunk of plain()) chunks.push(chunk)
  return Buffer.concat(chunks)
}
