/**
 * The body of a request as the parsers read it, with the contents of documents taken out while it comes: never more of it
 * in memory than what is left, and a chunk of each content. A client that is slow holds no more than that either.
 */
import { Readable } from 'node:stream'
import { BodyIntake } from '../content/body-intake.ts'
import type { SetAside } from '../content/set-aside.ts'
import { refusal } from '../fhir/fhir-error.ts'

export type StreamedBody = {
  readonly format: 'json' | 'xml'
  /** Where contents may stand. */
  readonly paths: readonly string[]
  readonly setAside: SetAside
  readonly maxBytes: number
  /** Called once, when more stays in memory than this allows; resolves when there is room for all that may come. */
  readonly free: number
  readonly makeRoom: () => Promise<void>
}

/** What Fastify asks of a stream that gives fewer bytes than came: how many came. */
type Counted = Readable & { receivedEncodedLength: number }

/** @throws (as the stream's error) FhirError 413 for a body that is too long, 503 when there is no room for it */
export function streamBody(source: Readable, body: StreamedBody): Readable {
  const counted: Counted = Object.assign(Readable.from(left(), { objectMode: false }), {
    receivedEncodedLength: 0,
  })
  return counted

  async function* left(): AsyncGenerator<Buffer> {
    const intake = new BodyIntake(body.format, body.paths, body.setAside)
    let inMemory = 0
    let hasRoom = false
    // The request is not destroyed with this stream: a refusal still has to be answered on it.
    for await (const piece of source.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      counted.receivedEncodedLength += piece.length
      if (counted.receivedEncodedLength > body.maxBytes) throw tooLong(body.maxBytes)
      for (const part of await intake.take(piece)) {
        inMemory += part.length
        if (part.length > 0) yield part
      }
      if (!hasRoom && inMemory + intake.kept > body.free) {
        await body.makeRoom()
        hasRoom = true
      }
    }
    for (const part of await intake.end()) if (part.length > 0) yield part
  }
}

export function tooLong(limit: number) {
  return refusal('too-long', 'trop-long', { params: { what: 'body (bytes)', limit } })
}
