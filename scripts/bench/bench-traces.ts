/**
 * `bench traces`: what traces cost (issue 6). (a) a read with its durable trace against the same without any; (b) bytes of a
 * trace on the disk, indexes included; (c) a table of many (--traces): a patient's page, insertion, verification.
 */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Connection } from '../../src/embedded-postgres/bootstrap.ts'
import { startEmbeddedPostgres } from '../../src/embedded-postgres/launch.ts'
import { readPostmaster } from '../../src/embedded-postgres/postmaster-file.ts'
import { SERVER_ROLE } from '../../src/storage/schema/roles.ts'
import { describeDatabase } from './machine.ts'
import type { Options } from './options.ts'
import { callers, openRecords, pushDocuments } from './records.ts'
import { databaseLine } from './report.ts'
import { makePlace, type Place, removePlace, withServer } from './server-process.ts'
import { measureCost, tellCost } from './traces-cost.ts'
import { makeTracesDatabase, type TracesDatabase } from './traces-database.ts'
import { loadTraces } from './traces-load.ts'
import { measureSize, tellSize } from './traces-size.ts'
import {
  measureInsertion,
  measurePage,
  measureVerification,
  tellVolume,
  type VolumeOfTraces,
} from './traces-volume.ts'

const RECORDS = 100
const DOCUMENTS = 1000

export async function benchTraces(options: Options): Promise<Record<string, unknown>> {
  const place = await makePlace()
  try {
    const data = await withServer(place, { profile: 'dmp' }, async ({ port }) => {
      const as = await callers(port)
      await openRecords(port, as, RECORDS)
      return { as, documents: await pushDocuments(port, as, RECORDS, DOCUMENTS) }
    })
    const postgres = await startEmbeddedPostgres({ dataDir: place.dataDir, durable: true })
    try {
      const { connection } = postgres
      const database = await describeDatabase(connection)
      console.log(`\n${databaseLine(database)}`)
      const settings = { ...connection, role: SERVER_ROLE, statementTimeoutMs: 20_000 }
      const postmasterPid = postmasterOf(place)
      const cost = await measureCost({ place, settings, postmasterPid, ...data }, options)
      tellCost(cost)
      const empty = await makeTracesDatabase(connection, 'bench_few')
      const sizes = await measureSize(empty, options.traces)
      tellSize(sizes)
      const volume = await measureVolume(connection, empty, postmasterPid, options)
      tellVolume(volume)
      return { traces: { database, cost, sizes, volume } }
    } finally {
      await postgres.stop()
    }
  } finally {
    removePlace(place)
  }
}

async function measureVolume(
  connection: Connection,
  empty: TracesDatabase,
  postmasterPid: number,
  options: Options,
): Promise<VolumeOfTraces> {
  const full = await makeTracesDatabase(connection, 'bench_many')
  const begin = performance.now()
  const patients = await loadTraces(full, options.traces)
  console.log(`\nloaded in ${((performance.now() - begin) / 1000).toFixed(0)} s`)
  const page = await measurePage(full, patients)
  const verified = await measureVerification(full)
  const insertion = await measureInsertion({ full, empty, patients, postmasterPid, options })
  return { traces: options.traces, page, insertion, verified }
}

function postmasterOf({ dataDir }: Place): number {
  const data = readdirSync(dataDir).find((name) => /^postgres-\d+$/.test(name))
  const postmaster = data === undefined ? undefined : readPostmaster(join(dataDir, data))
  if (!postmaster) throw new Error('No PostgreSQL was found')
  return postmaster.pid
}
