/**
 * Baseline of `bench fhir-crud`, a process of its own: Fastify and one prepared statement on a table of two columns, as durable
 * as the server's. GET hands a body on, POST keeps one; nothing is parsed, checked, indexed or traced.
 */
import { randomUUID } from 'node:crypto'
import type { ConnectionSettings } from '../../src/storage/connection/connection-settings.ts'
import { openDatabase } from '../../src/storage/database.ts'
import { sql } from '../../src/storage/sql.ts'
import { bareFastify } from './bare-fastify.ts'
import { serveOrders } from './worker-process.ts'

serveOrders<ConnectionSettings, number>(async (connection) => {
  const db = openDatabase(connection, fail)
  await db.apart.run(sql`drop table if exists bench_body`)
  await db.apart.run(sql`create table bench_body (id text primary key, body text not null)`)
  const keep = (id: string, body: string): Promise<unknown> =>
    db.apart.run(sql`insert into bench_body (id, body) values (${id}::text, ${body}::text)`)
  const server = bareFastify()
  server.removeAllContentTypeParsers()
  server.addContentTypeParser('application/fhir+json', { parseAs: 'string' }, (_, body, done) =>
    done(null, body),
  )
  server.get('/fhir/Observation/:id', async (request, reply) => {
    const { id = '' } = request.params as { id?: string }
    const [row] = await db.run<{ body: string }>(
      sql`select b.body from bench_body b where b.id = ${id}::text`,
    )
    if (!row) return reply.code(404).send()
    return reply.header('Content-Type', 'application/fhir+json; charset=utf-8').send(row.body)
  })
  server.put('/fhir/Observation/:id', async (request, reply) => {
    const { id = '' } = request.params as { id?: string }
    await keep(id, String(request.body))
    return reply.code(201).send()
  })
  server.post('/fhir/Observation', async (request, reply) => {
    await keep(randomUUID(), String(request.body))
    return reply.code(201).send()
  })
  const url = await server.listen({ port: 0, host: '127.0.0.1' })
  return Number(new URL(url).port)
})

function fail(error: Error): void {
  console.error(error)
  process.exit(1)
}
