/**
 * Baseline (a) of `bench read`, a process of its own: the same Fastify with the same options, serving the same bytes from
 * one prepared select by primary key, over the server's own pipelined connections and role. No policy, no trace, no token.
 */
import { parseResourceId } from '../../src/fhir/id.ts'
import type { ConnectionSettings } from '../../src/storage/connection-settings.ts'
import { openDatabase } from '../../src/storage/database.ts'
import { sql } from '../../src/storage/sql.ts'
import { bareFastify } from './bare-fastify.ts'
import { serveOrders } from './worker-process.ts'

serveOrders<ConnectionSettings, number>(async (connection) => {
  const db = openDatabase(connection, fail)
  const server = bareFastify()
  server.get('/fhir/DocumentReference/:id', async (request, reply) => {
    const { id = '' } = request.params as { id?: string }
    const at = parseResourceId(id)
    const [row] = at
      ? await db.run<{ body: string }>(
          sql`select d.body from document d where d.patient_key = ${at.patientKey}::uuid and d.id = ${at.id}::uuid`,
        )
      : []
    if (!row) return reply.code(404).send()
    return reply.header('Content-Type', 'application/fhir+json; charset=utf-8').send(row.body)
  })
  const url = await server.listen({ port: 0, host: '127.0.0.1' })
  return Number(new URL(url).port)
})

function fail(error: Error): void {
  console.error(error)
  process.exit(1)
}
