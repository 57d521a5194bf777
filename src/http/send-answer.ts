/** An Answer as HTTP. */
import type { FastifyReply } from 'fastify'
import type { Answer } from '../interactions/exchange.ts'
import { FHIR_JSON } from './negotiation.ts'

export function sendAnswer(reply: FastifyReply, answer: Answer, base: string): FastifyReply {
  reply.code(answer.status)
  if (answer.etag !== undefined) reply.header('ETag', answer.etag)
  if (answer.lastModified !== undefined)
    reply.header('Last-Modified', new Date(answer.lastModified).toUTCString())
  if (answer.location !== undefined) reply.header('Location', `${base}/${answer.location}`)
  for (const [name, value] of Object.entries(answer.headers ?? {})) reply.header(name, value)
  if (answer.body === undefined) return reply.send()
  return reply.header('Content-Type', answer.contentType ?? FHIR_JSON).send(answer.body)
}
