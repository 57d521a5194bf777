/** An Answer as HTTP. */
import type { FastifyReply } from 'fastify'
import type { Engine } from '../interactions/engine.ts'
import type { Answer } from '../interactions/exchange.ts'
import { render, type Wanted } from '../interactions/render.ts'
import { contentTypes } from './negotiation.ts'

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
  const { body, contentType } = answer
  if (body === undefined) return reply.send()
  if (contentType !== undefined || typeof body !== 'string')
    return reply.header('Content-Type', contentType ?? 'application/octet-stream').send(body)
  return reply.header('Content-Type', contentTypes[wanted.format]).send(render(body, wanted, engine.registry))
}
