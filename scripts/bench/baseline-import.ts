/**
 * Baseline of `bench fhir-import`, a process of its own: the bodies of the same Bundles, each Bundle one durable insert of many
 * rows into a table of two columns, over as many connections. No HTTP, FHIR, checks, index or trace.
 */
import { randomUUID } from 'node:crypto'
import { isJsonObject } from '../../src/fhir/json.ts'
import { type Population, type Portion, portions } from '../../src/population/population.ts'
import type { ConnectionSettings } from '../../src/storage/connection/connection-settings.ts'
import { type Database, openDatabase } from '../../src/storage/database.ts'
import { sql } from '../../src/storage/sql.ts'
import { closedLoop, type LoadResult } from './closed-loop.ts'
import { serveOrders } from './worker-process.ts'

export type ImportOrder = {
  readonly connection: ConnectionSettings
  readonly population: Population
  readonly workers: number
  readonly entriesEach: number
  /** The next ones of the population. */
  readonly portions: number
}

let open: { readonly db: Database; readonly left: Iterator<Portion> } | undefined

serveOrders<ImportOrder, LoadResult>(async (order) => {
  open ??= await begin(order)
  const { workers, portions: count } = order
  const { db, left } = open
  let rows = 0
  const result = await closedLoop({ workers, pieces: count }, async () => {
    const portion = left.next()
    if (portion.done) return
    const inserted = await insertAll(db, portion.value)
    rows += inserted
  })
  return { ...result, pieces: rows, perSecond: rows / result.seconds }
})

async function begin({ connection, population, entriesEach }: ImportOrder) {
  const db = openDatabase(connection, fail)
  await db.apart.run(sql`drop table if exists bench_import`)
  await db.apart.run(sql`create table bench_import (id text primary key, body text not null)`)
  return { db, left: portions(population, entriesEach) }
}

async function insertAll(db: Database, { entries }: Portion): Promise<number> {
  const bodies = entries.flatMap(({ resource }) => (isJsonObject(resource) ? [JSON.stringify(resource)] : []))
  const ids = bodies.map(() => randomUUID())
  await db.transaction((transaction) =>
    transaction.run(
      sql`insert into bench_import (id, body) select n.id, n.body
        from unnest(${ids}::text[], ${bodies}::text[]) as n(id, body)`,
    ),
  )
  return bodies.length
}

function fail(error: Error): void {
  console.error(error)
  process.exit(1)
}
