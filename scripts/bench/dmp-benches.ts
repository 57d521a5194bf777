/** The benchmarks of the dmp profile, on records and documents of their own. */
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
/** Targets of the first form; a later one raises them here. */
const TARGETS = { read: 0.4, push: 0.3 }

export async function dmpBenches(options: Options): Promise<Record<string, unknown>> {
  const place = await makePlace()
  try {
    const data = await withServer(place, { profile: 'dmp' }, async ({ port }) => {
      const as = await callers(port)
      await openRecords(port, as, RECORDS)
      return { as, documents: await pushDocuments(port, as, RECORDS, DOCUMENTS) }
    })
    const measured = { profile: 'dmp', cpuProfile: options.profile } as const
    return await withServer(place, measured, (server) => measure(server, data, options))
  } finally {
    removePlace(place)
  }
}

type Data = { readonly as: Awaited<ReturnType<typeof callers>>; readonly documents: readonly string[] }

async function measure(
  server: ServerProcess,
  { as, documents }: Data,
  options: Options,
): Promise<Record<string, unknown>> {
  const settings = { ...server.connection, role: SERVER_ROLE, statementTimeoutMs: 20_000 }
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
  if (options.chosen.has('push')) {
    const result = await benchPush(server, settings, as, RECORDS, options)
    console.log(`\npush (ITI-65) of a CDA of ${result.bytes} bytes`)
    console.log(table([{ side: result.server }, { side: result.baseline }]))
    console.log(verdict(result.ratio, TARGETS.push))
    console.log(`server after ${result.pushes} pushes: ${megabytes(result.residentAtEnd)}`)
    figures.push = result
  }
  if (options.chosen.has('timing')) {
    const result = await benchTiming(server.port, as, RECORDS)
    console.log('\na hidden (masked) document against one that is not there, same record, interleaved')
    for (const line of timingLines(result)) console.log(line)
    figures.timing = result
  }
  return figures
}
