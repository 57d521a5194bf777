/** The headers of every answer, refusals too: who it was, how long it may be kept, in which mode and at which rate. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Trace } from '../interactions/start-trace.ts'
import { rateOf } from './overload/client-limits.ts'

export function setCommonHeaders(request: FastifyRequest, reply: FastifyReply): void {
  reply.header('X-Request-Id', request.id)
  reply.header('X-Content-Type-Options', 'nosniff')
  const correlation = request.headers['x-correlation-id']
  if (typeof correlation === 'string' && /^[\w\-.:]{1,128}$/.test(correlation)) {
    reply.header('X-Correlation-Id', correlation)
  }
  if (!reply.hasHeader('Cache-Control')) reply.header('Cache-Control', 'no-store')
}

/** Every answer in an emergency mode says so, refusals too (rule A8). */
export function sayMode(trace: Trace | undefined, reply: FastifyReply): void {
  if (trace && trace.mode !== 'normal') reply.header('DMP-Mode-Acces', trace.mode)
}

export function sayRate(request: FastifyRequest, reply: FastifyReply): void {
  const rate = rateOf(request)
  if (!rate) return
  reply.header('RateLimit-Policy', rate.policy)
  reply.header('RateLimit', rate.limit)
}
