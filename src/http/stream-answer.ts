/**
 * Bytes that are fetched while they are sent: as fast as the client takes them, and no faster. What fails on the way ends
 * the connection, since the status has left: a client sees that it has not got all of it.
 */
import { Readable } from 'node:stream'
import type { StreamedBytes, StreamedParts } from '../interactions/exchange.ts'

/** `length` undefined: the end is where the connection says so. */
export type Payload = { readonly length: number | undefined; stream(): Readable }

export function payloadOf(body: StreamedBytes | StreamedParts): Payload {
  const length = 'length' in body ? body.length : undefined
  return { length, stream: () => Readable.from(body.chunks, { objectMode: false }) }
}

/** A text with bytes, as base64, in the place of a mark that stands in it once. */
export function payloadAround(
  text: string,
  { mark, bytes }: { readonly mark: string; readonly bytes: StreamedBytes },
): Payload {
  const place = text.indexOf(mark)
  if (place < 0) throw new Error('A text without its mark')
  const head = Buffer.from(text.slice(0, place))
  const tail = Buffer.from(text.slice(place + mark.length))
  return {
    length: head.length + Math.ceil(bytes.length / 3) * 4 + tail.length,
    stream: () => Readable.from(around(head, bytes.chunks, tail), { objectMode: false }),
  }
}

async function* around(head: Buffer, chunks: AsyncIterable<Buffer>, tail: Buffer): AsyncIterable<Buffer> {
  yield head
  // Three bytes are four characters: what is over goes in front of the next chunk.
  let over: Buffer = Buffer.alloc(0)
  for await (const chunk of chunks) {
    const bytes = over.length > 0 ? Buffer.concat([over, chunk]) : chunk
    const whole = bytes.length - (bytes.length % 3)
    if (whole > 0) yield Buffer.from(bytes.toString('base64', 0, whole), 'latin1')
    over = bytes.subarray(whole)
  }
  if (over.length > 0) yield Buffer.from(over.toString('base64'), 'latin1')
  yield tail
}

/** What a HEAD is answered: nothing is fetched that nobody gets. */
export function nothing(): Readable {
  return Readable.from([])
}
