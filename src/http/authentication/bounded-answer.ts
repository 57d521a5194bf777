/** The body of an issuer's answer, read no further than we are ready to hold. */

export class AnswerTooLong extends Error {
  override readonly name = 'AnswerTooLong'
}

/** @throws AnswerTooLong */
export async function boundedText(response: Response, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength
    if (size > maxBytes) throw new AnswerTooLong()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, size).toString('utf8')
}
