/**
 * A database of so many documents, made of the base records. Filled by two sessions, a table in one transaction each: rows
 * first, then keys and indexes, then what autovacuum would do.
 */
import { masterKeys } from '../../src/content/master-key.ts'
import type { Connection } from '../../src/embedded-postgres/bootstrap.ts'
import { masterKey } from '../../src/wiring/keys.ts'
import { withClient } from '../bench/with-client.ts'
import { BASE_DOCUMENTS } from './base-records.ts'
import { cloneTable, prepareClones } from './clone-records.ts'
import { narrowing, ofTheLetters } from './narrow-rows.ts'
import type { Shape } from './options.ts'
import type { Place } from './place.ts'

const SESSIONS = 2

export type Filled = { readonly connection: Connection; readonly seconds: number }

/** @returns how it is reached; `seconds` is 0 when it was there already */
export async function fillDatabase(
  place: Place,
  documents: number,
  shape: Shape,
  tell: (what: string) => void,
): Promise<Filled> {
  const database = `growth_${shape}_${documents}`
  const connection = { ...place.connection, database }
  const administration = { ...place.connection, database: 'postgres' }
  const begin = performance.now()
  const { rowCount } = await withClient(administration, (client) =>
    client.query('select from pg_database where datname = $1', [database]),
  )
  if (rowCount !== 0) return { connection, seconds: 0 }
  // Under another name until it is whole: a run that was stopped leaves nothing that looks like it.
  const making = `${database}_making`
  const there = { ...place.connection, database: making }
  await withClient(administration, async (client) => {
    await client.query(`drop database if exists ${making}`)
    await client.query(`create database ${making} template ${place.connection.database} strategy file_copy`)
  })
  const plan = {
    keys: masterKeys(masterKey(undefined, place.dataDir)),
    clones: documents / BASE_DOCUMENTS,
    narrowing: [ofTheLetters, ...(shape === 'narrow' ? narrowing : [])],
  }
  const queue = await withClient(there, (client) => prepareClones(client, plan))
  const work = (): Promise<void> =>
    withClient(there, async (client) => {
      await client.query(
        `set maintenance_work_mem = '1GB'; set work_mem = '64MB'; set max_parallel_maintenance_workers = 1`,
      )
      for (let table = queue.shift(); table !== undefined; table = queue.shift()) {
        const began = performance.now()
        await cloneTable(client, table)
        await client.query(`vacuum (analyze) ${table}`)
        tell(`${database}: ${table} in ${((performance.now() - began) / 1000).toFixed(0)} s`)
      }
    })
  await Promise.all(Array.from({ length: SESSIONS }, work))
  await withClient(there, (client) => client.query('drop schema growth cascade'))
  await withClient(administration, (client) => client.query(`alter database ${making} rename to ${database}`))
  return { connection, seconds: (performance.now() - begin) / 1000 }
}
