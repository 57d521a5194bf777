/** Fastify as the server has it, and nothing on it: what baselines stand on. Keep the options those of src/http/server.ts. */
import { randomUUID } from 'node:crypto'
import Fastify, { type FastifyInstance, LogController } from 'fastify'

export function bareFastify(): FastifyInstance {
  return Fastify({
    bodyLimit: 30 * 1024 * 1024,
    requestTimeout: 60_000,
    connectionTimeout: 60_000,
    keepAliveTimeout: 72_000,
    routerOptions: { maxParamLength: 128, querystringParser: () => ({}) },
    logController: new LogController({ disableRequestLogging: true }),
    return503OnClosing: false,
    genReqId: () => randomUUID(),
    logger: { level: 'error' },
  })
}
