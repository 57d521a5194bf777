/**
 * `npm run bench -- read|push|all`: this process is the load generator, the server and the baselines are others.
 * Exit code 1 when something answers otherwise than it must; a missed target is printed, not an error: the machine may
 * have been busy.
 */
import { writeFileSync } from 'node:fs'
import { SERVER_ROLE } from '../../src/storage/roles.ts'
import { benchPush } from './bench-push.ts'
import { benchRead } from './bench-read.ts'
import { describeMachine } from './machine.ts'
import { type Options, readOptions, UsageError } from './options.ts'
import { type Callers, callers, openRecords, pushDocuments } from './records.ts'
import { machineLine, megabytes, table } from './report.ts'
import { makePlace, type Place, removePlace, type ServerProcess, startServer } from './server-process.ts'

const RECORDS = 100
const DOCUMENTS = 1000
/** Targets of the first form; a later one raises them here. */
const TARGETS = { read: 0.4, push: 0.3 }

async function main(options: Options): Promise<void> {
  const place = await makePlace()
  try {
    const data = await prepare(place)
    const server = await startServer(place, options.profile)
    try {
      await measure(server, data, options)
    } finally {
      await server.stop()
    }
  } finally {
    removePlace(place)
  }
}

type Data = { readonly as: Callers; readonly documents: readonly string[] }

async function prepare(place: Place): Promise<Data> {
  const server = await startServer(place)
  try {
    const as = await callers(place.port)
    await openRecords(place.port, as, RECORDS)
    return { as, documents: await pushDocuments(place.port, as, RECORDS, DOCUMENTS) }
  } finally {
    await server.stop()
  }
}

async function measure(server: ServerProcess, { as, documents }: Data, options: Options): Promise<void> {
  const settings = { ...server.connection, role: SERVER_ROLE, statementTimeoutMs: 20_000 }
  const { connections, rounds, seconds } = options
  const machine = await describeMachine(server.connection)
  console.log(machineLine(machine))
  console.log(
    `${connections} connections; ${rounds} rounds of ${seconds} s a side, in turn: median [least–most]`,
  )
  const figures: Record<string, unknown> = { machine, options: { connections, rounds, seconds } }
  if (options.read) {
    const result = await benchRead(server, settings, as, documents, options)
    console.log(
      `\nread of a DocumentReference (${result.bytes} bytes; ${DOCUMENTS} documents, ${RECORDS} records)`,
    )
    console.log(table(result, TARGETS.read))
    console.log(`server after 10,000 reads: ${megabytes(result.residentAfter10000)}`)
    figures.read = result
  }
  if (options.push) {
    const result = await benchPush(server, settings, as, RECORDS, options)
    console.log(`\npush (ITI-65) of a CDA of ${result.bytes} bytes`)
    console.log(table(result, TARGETS.push))
    console.log(`server after ${result.pushes} pushes: ${megabytes(result.residentAtEnd)}`)
    figures.push = result
  }
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(figures, null, 2)}\n`)
}

async function start(): Promise<void> {
  await main(readOptions(process.argv.slice(2)))
}

start().catch((error: unknown) => {
  console.error(error instanceof UsageError ? error.message : error)
  process.exitCode = error instanceof UsageError ? 2 : 1
})
