/** An Answer as HTTP. */
import type { FastifyReply } from 'fastify'
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
  if (typeof body === 'string' && contentType === undefined) {
    reply.header('Content-Type', contentTypes[wanted.format])
    const text = render(body, wanted, engine.registry)
    return embedded ? stream(reply, payloadAround(text, embedded)) : reply.send(text)
  }
  reply.header('Content-Type', contentType ?? 'application/octet-stream')
  return typeof body === 'string' || Buffer.isBuffer(body) ? reply.send(body) : stream(reply, payloadOf(body))
}

function stream(reply: FastifyReply, payload: Payload): FastifyReply {
  if (payload.length !== undefined) reply.header('Content-Length', payload.length)
  if (reply.request.method === 'HEAD') return reply.send(nothing())
  const bytes = payload.stream()
  // The status has left: what the client sees is the end of the connection, and the reason is here.
  bytes.once('error', (err) => reply.request.log.error({ err }, 'an answer broke off'))
  return reply.send(bytes)
}
