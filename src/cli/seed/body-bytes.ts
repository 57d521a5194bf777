/** The bytes of made-up documents, put together where those of the one before were. What repeats is made into bytes once. */
import type { SeededDocument } from '../../population/dmp/document.ts'
import type { MakeBody } from '../../population/dmp/records.ts'
import { GrowingBytes } from '../../storage/bulk/growing-bytes.ts'

/** @returns bytes that are valid until it is called again */
export function bodyBytes(makeBody: MakeBody): (document: SeededDocument) => Buffer {
  const body = new GrowingBytes()
  const encoded = new GrowingBytes()
  const known = new Map<string, Buffer>()
  const repeated = (text: string, times: number): Buffer => {
    const one = Buffer.byteLength(text)
    const there = known.get(text)
    if (there && there.length >= one * times) return there.subarray(0, one * times)
    // Twice as many, so that it is seldom made anew.
    const made = Buffer.from(text.repeat(2 * times))
    known.set(text, made)
    return made.subarray(0, one * times)
  }
  return (document) => {
    body.clear()
    for (const piece of makeBody(document)) {
      if (typeof piece === 'string') body.putText(piece)
      else if ('ascii' in piece) body.putAscii(piece.ascii)
      else if ('inBase64' in piece) {
        encoded.clear()
        encoded.putAscii(piece.inBase64)
        body.putAscii(encoded.since(0).toString('base64'))
      } else body.put(repeated(piece.text, piece.times))
    }
    return body.since(0)
  }
}
