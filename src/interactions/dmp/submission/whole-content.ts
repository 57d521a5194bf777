/** All the bytes of a content at once, for what cannot be read chunk by chunk. */
import type { ReceivedContent } from '../../../content/received-content.ts'
import { wholeBytes } from '../../../content/whole-bytes.ts'

export async function wholeContent({ chunkCount, first, plain }: ReceivedContent): Promise<Buffer> {
  return chunkCount === 1 ? first : wholeBytes(plain())
}
