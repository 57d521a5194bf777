/** An Answer as HTTP. */
import type { FastifyReply } from 'fastify'
import { isText, type ServedText, textOf } from '../fhir/served-text.ts'
import type { Engine } from '../interactions/engine.ts'
import type { Answer } from '../interactions/exchange.ts'
import { render, type Wanted } from '../interactions/render.ts'
import { contentTypes } from './negotiation.ts'
import { nothing, type Payload, payloadAround, payloadOf } from './stream-answer.ts'

export function sendAnswer(
  reply: FastifyReply,
  answer: Answer,
  engine: Engine,
  wanted: Wanted,
): FastifyReply {
  reply.code(answer.status)
  if (answer.etag !== undefined) reply.header('ETag', answer.etag)
  if (answer.lastModified !== undefined)
    reply.header('Last-Modified', new Date(answer.lastModified).toUTCString())
  if (answer.location !== undefined) reply.header('Location', `${engine.base}/${answer.location}`)
  for (const [name, value] of Object.entries(answer.headers ?? {})) reply.header(name, value)
  const { body, contentType, embedded } = answer
  if (body === undefined) return reply.send()
  if (isText(body) && contentType === undefined) {
    reply.header('Content-Type', contentTypes[wanted.format])
    const text = render(body, wanted, engine.registry)
    if (embedded) return stream(reply, payloadAround(textOf(text), embedded))
    return reply.send(typeof text === 'string' ? text : bytesOf(text))
  }
  reply.header('Content-Type', contentType ?? 'application/octet-stream')
  if (typeof body === 'string' || Buffer.isBuffer(body)) return reply.send(body)
  return isText(body) ? reply.send(bytesOf(body)) : stream(reply, payloadOf(body))
}

function bytesOf({ parts }: ServedText): Buffer {
  const [only] = parts
  if (parts.length === 1 && Buffer.isBuffer(only)) return only
  return Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)))
}

function stream(reply: FastifyReply, payload: Payload): FastifyReply {
  if (payload.length !== undefined) reply.header('Content-Length', payload.length)
  if (reply.request.method === 'HEAD') return reply.send(nothing())
  const bytes = payload.stream()
  // The status has left: what the client sees is the end of the connection, and the reason is here.
  bytes.once('error', (err) => reply.request.log.error({ err }, 'an answer broke off'))
  return reply.send(bytes)
}
