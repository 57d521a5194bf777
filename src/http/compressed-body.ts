/**
 * A body that is the same for everybody, in the coding that the client takes: brotli, gzip or plain. What differs by reader is
 * never compressed: its length would tell of what is in it.
 * Not checked: weights (`q=`) other than 0; whoever takes brotli gets it.
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-12.5.3
 */
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import type { FastifyReply, FastifyRequest } from 'fastify'

export type CompressedBody = {
  readonly mediaType: string
  readonly plain: Buffer
  readonly gzip: Buffer
  readonly br: Buffer
}

/** Half of the best compression for a tenth of its time: somebody may be waiting. */
const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }

export function compressed(mediaType: string, text: string): CompressedBody {
  const plain = Buffer.from(text)
  return { mediaType, plain, gzip: gzipSync(plain), br: brotliCompressSync(plain, BROTLI) }
}

export function sendBody(request: FastifyRequest, reply: FastifyReply, body: CompressedBody): FastifyReply {
  const coding = wantedCoding(request.headers['accept-encoding'])
  if (coding) reply.header('Content-Encoding', coding)
  return reply.header('Content-Type', body.mediaType).send(body[coding ?? 'plain'])
}

export function wantedCoding(header: string | string[] | undefined): 'br' | 'gzip' | undefined {
  const offered = String(header ?? '')
    .toLowerCase()
    .split(',', 20)
    .map((part) => part.trim())
  const takes = (coding: string): boolean =>
    offered.some((part) => new RegExp(`^${coding}(?:\\s*;(?!\\s*q=0(?:\\.0*)?$).*)?$`).test(part))
  return takes('br') ? 'br' : takes('gzip') ? 'gzip' : undefined
}
