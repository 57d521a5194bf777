/**
 * A limit, in a process of its own: the same Fastify with the same options, and for each answer one prepared statement
 * over the server's own connections and role. No policy, no trace, no token, nothing parsed. Below `/pool` the same over the
 * pool of `pg`, as most servers are written.
 */
import type { FastifyInstance } from 'fastify'
import pg from 'pg'
import { parseResourceId, type Uuid } from '../../../src/fhir/id.ts'
import { type ConnectionSettings, clientConfig } from '../../../src/storage/connection/connection-settings.ts'
import { preparedStatements } from '../../../src/storage/connection/prepared-statements.ts'
import { openDatabase, type Runner } from '../../../src/storage/database.ts'
import { type Sql, sql } from '../../../src/storage/sql.ts'
import { bareFastify } from '../bare-fastify.ts'
import { serveOrders } from '../worker-process.ts'
import { POOL } from './limit-paths.ts'

/** Pages whose rows are known: `/rows/[name]` hands the documents over. */
export type LimitOrder = {
  readonly connection: ConnectionSettings
  readonly pages: Readonly<Record<string, { readonly patientKey: Uuid; readonly ids: readonly Uuid[] }>>
}

const FHIR_JSON = 'application/fhir+json; charset=utf-8'

type Pages = LimitOrder['pages']
const known = new Map<string, Pages[string]>()
let port: Promise<number> | undefined

serveOrders<LimitOrder, number>(({ connection, pages }) => {
  for (const [name, page] of Object.entries(pages)) known.set(name, page)
  port ??= serve(connection)
  return port
})

async function serve(connection: ConnectionSettings): Promise<number> {
  const db = openDatabase(connection, fail)
  const server = bareFastify()
  server.removeAllContentTypeParsers()
  server.addContentTypeParser('application/fhir+json', { parseAs: 'string' }, (_, body, done) =>
    done(null, body),
  )
  serveDocuments(server, '', db)
  serveDocuments(server, POOL, pooled(connection))
  server.get('/answer/:key', async (request, reply) => {
    const { key = '' } = request.params as { key?: string }
    const [row] = await db.run<{ body: string }>(
      sql`select a.body from bench_answer a where a.key = ${key}::text`,
    )
    if (!row) return reply.code(404).send()
    return reply.header('Content-Type', FHIR_JSON).send(row.body)
  })
  server.get('/bytes/:key', async (request, reply) => {
    const { key = '' } = request.params as { key?: string }
    const [row] = await db.run<{ bytes: Buffer }>(
      sql`select b.bytes from bench_bytes b where b.key = ${key}::text`,
    )
    if (!row) return reply.code(404).send()
    return reply.header('Content-Type', 'application/octet-stream').send(row.bytes)
  })
  server.post('/keep/:key', async (request, reply) => {
    const { key = '' } = request.params as { key?: string }
    await db.apart.run(
      sql`insert into bench_kept (key, body) values (${key}::text, ${String(request.body)}::text)`,
    )
    return reply.code(200).send('kept')
  })
  const url = await server.listen({ port: 0, host: '127.0.0.1' })
  return Number(new URL(url).port)
}

/** Documents one by one, and pages of them. */
function serveDocuments(server: FastifyInstance, below: string, db: Runner): void {
  server.get(`${below}/fhir/DocumentReference/:id`, async (request, reply) => {
    const { id = '' } = request.params as { id?: string }
    const body = await documentOf(db, id)
    if (body === undefined) return reply.code(404).send()
    return reply.header('Content-Type', FHIR_JSON).send(body)
  })
  server.get(`${below}/rows/:name`, async (request, reply) => {
    const { name = '' } = request.params as { name?: string }
    const page = known.get(name)
    if (!page) return reply.code(404).send()
    const rows = await db.run<{ body: string }>(
      sql`select d.body from document d
        where d.patient_key = ${page.patientKey}::uuid and d.id = any(${page.ids}::uuid[])`,
    )
    const entries = rows.map(({ body }) => `{"resource":${body}}`)
    return reply
      .header('Content-Type', FHIR_JSON)
      .send(`{"resourceType":"Bundle","type":"searchset","entry":[${entries.join(',')}]}`)
  })
}

const POOL_CONNECTIONS = 8

function pooled(connection: ConnectionSettings): Runner {
  const pool = new pg.Pool({ ...clientConfig(connection), max: POOL_CONNECTIONS })
  pool.on('error', fail)
  const prepared = preparedStatements()
  return {
    async run<Row>(statement: Sql) {
      return (await pool.query(prepared(statement))).rows as Row[]
    },
  }
}

async function documentOf(db: Runner, id: string): Promise<string | undefined> {
  const at = parseResourceId(id)
  if (!at) return undefined
  const [row] = await db.run<{ body: string }>(
    sql`select d.body from document d where d.patient_key = ${at.patientKey}::uuid and d.id = ${at.id}::uuid`,
  )
  return row?.body
}

function fail(error: Error): void {
  console.error(error)
  process.exit(1)
}
