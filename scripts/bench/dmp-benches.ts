/** The benchmarks of the dmp profile, on records and documents of their own. */
import { availableParallelism } from 'node:os'
import type { ConnectionSettings } from '../../src/storage/connection-settings.ts'
import { SERVER_ROLE } from '../../src/storage/roles.ts'
import { benchPush } from './bench-push.ts'
import { benchRead } from './bench-read.ts'
import { benchTiming, timingLines } from './bench-timing.ts'
import { describeDatabase } from './machine.ts'
import type { Options } from './options.ts'
import { callers, openRecords, pushDocuments } from './records.ts'
import { databaseLine, megabytes, table, verdict } from './report.ts'
import { makePlace, removePlace, type ServerProcess, withServer } from './server-process.ts'

const RECORDS = 100
const DOCUMENTS = 1000
/** Targets of issues 1 and 5; a later one raises them here. */
const TARGETS = { read: 0.4, push: 0.4 }

export async function dmpBenches(options: Options): Promise<Record<string, unknown>> {
  const place = await makePlace()
  try {
    const data = await withServer(place, { profile: 'dmp' }, async ({ port }) => {
      const as = await callers(port)
      await openRecords(port, as, RECORDS)
      return { as, documents: await pushDocuments(port, as, RECORDS, DOCUMENTS) }
    })
    const alone = { profile: 'dmp', cpuProfile: options.profile } as const
    const figures = await withServer(place, alone, (server) => measure(server, data, options))
    if (!options.chosen.has('push')) return figures
    // The bare inserts have the whole machine, and so has the server.
    const workers = availableParallelism()
    const together = { ...alone, environment: { DMP_WORKERS: String(workers) } }
    return {
      ...figures,
      push: await withServer(place, together, (server) => measurePush(server, data, options, workers)),
    }
  } finally {
    removePlace(place)
  }
}

function settingsOf({ connection }: ServerProcess): ConnectionSettings {
  return { ...connection, role: SERVER_ROLE, statementTimeoutMs: 20_000 }
}

type Data = { readonly as: Awaited<ReturnType<typeof callers>>; readonly documents: readonly string[] }

async function measure(
  server: ServerProcess,
  { as, documents }: Data,
  options: Options,
): Promise<Record<string, unknown>> {
  const settings = settingsOf(server)
  const database = await describeDatabase(server.connection)
  console.log(`\n${databaseLine(database)}`)
  const figures: Record<string, unknown> = { database }
  if (options.chosen.has('read')) {
    const result = await benchRead(server, settings, as, documents, options)
    console.log(
      `\nread of a DocumentReference (${result.bytes} bytes; ${DOCUMENTS} documents, ${RECORDS} records)`,
    )
    console.log(table([{ side: result.server }, { side: result.baseline }]))
    console.log(verdict(result.ratio, TARGETS.read))
    console.log(`server after 10,000 reads: ${megabytes(result.residentAfter10000)}`)
    figures.read = result
  }
  if (options.chosen.has('timing')) {
    const result = await benchTiming(server.port, as, RECORDS)
    console.log('\na hidden (masked) document against one that is not there, same record, interleaved')
    for (const line of timingLines(result)) console.log(line)
    figures.timing = result
  }
  return figures
}

async function measurePush(
  server: ServerProcess,
  { as }: Data,
  options: Options,
  workers: number,
): Promise<Record<string, unknown>> {
  const result = await benchPush(server, settingsOf(server), as, RECORDS, options)
  console.log(`\npush (ITI-65) of a CDA of ${result.bytes} bytes, ${workers} workers`)
  console.log(table([{ side: result.server }, { side: result.baseline }]))
  console.log(verdict(result.ratio, TARGETS.push))
  console.log(`the largest process after ${result.pushes} pushes: ${megabytes(result.residentAtEnd)}`)
  return { workers, ...result }
}
