/**
 * `dmp seed`: made-up patients, their records and documents, the same for the same seed, beside a server that is running or
 * not. Only where the sandbox is: what is made up has no place in production.
 * @see docs/operations.md "Made-up records"
 */
import { availableParallelism } from 'node:os'
import type { Config } from '../config/config.ts'
import { isPractitionerId } from '../dmp/identity/national-identifiers.ts'
import { runningEmbeddedPostgres } from '../embedded-postgres/running.ts'
import { type Records, recordCount } from '../population/dmp/records.ts'
import type { ConnectionSettings } from '../storage/connection/connection-settings.ts'
import { SERVER_ROLE } from '../storage/schema/roles.ts'
import { createDmpApp } from '../wiring/app.ts'
import { type PreparedDatabase, prepareDatabase } from '../wiring/prepare-database.ts'
import { type Command, CommandError, type CommandIo, command, exitCodes } from './command.ts'
import { commandConfig } from './command-config.ts'
import type { Input } from './command-table.ts'
import { progressOnStderr } from './progress.ts'
import { OtherPopulation, otherPopulation } from './seed/other-population.ts'
import { refuseOtherPopulation } from './seed/refuse-other-population.ts'
import {
  readPart,
  type SeedPart,
  type SeedProcesses,
  startProcesses,
  toldToBegin,
} from './seed/seed-processes.ts'
import { type Part, type Seeded, type Seeding, seedRecords } from './seed/seed-records.ts'
import { seedTable } from './tables/seed.ts'
import { languageOf } from './terminal/language.ts'
import { untilInterrupted } from './until-interrupted.ts'

/** A process takes a second to begin: fewer documents than this are made sooner without it. */
const WORTH_A_PROCESS = 2_000
const GP = '899700000005'

export const seed: Command = command(seedTable, async ({ options }, io, args) => {
  const plan = planOf(options)
  const config = configOf(io)
  if (!config.sandbox)
    throw new CommandError(
      exitCodes.configuration,
      'made-up records are for the sandbox: not with DMP_ISSUERS',
    )
  try {
    return await untilInterrupted((stop) =>
      plan.part
        ? onePart(config, plan, plan.part, stop)
        : allParts(config, plan, args, io, stop, options.json),
    )
  } catch (error) {
    if (!(error instanceof OtherPopulation)) throw error
    // A part leaves it to who has begun it to tell.
    if (plan.part) return exitCodes.usage
    throw new CommandError(exitCodes.usage, otherPopulation[languageOf(io.env)], { cause: error })
  }
})

async function allParts(
  config: Config,
  plan: Plan,
  args: readonly string[],
  io: CommandIo,
  stop: AbortController,
  json: boolean,
): Promise<number> {
  const { records } = plan
  const running = runningDatabase(config)
  const database: PreparedDatabase = running
    ? { connection: running, stop: async () => undefined }
    : await prepareDatabase(config, (error) => io.err(`audit partitions: ${String(error)}`))
  const progress = progressOnStderr()
  let processes: SeedProcesses | undefined
  try {
    processes = startProcesses(plan.processes, args, { ...io.env }, stop)
    const app = await createDmpApp(config, database.connection)
    const began = performance.now()
    const { engine } = app
    const { connection } = database
    const seeding: Seeding = { engine, connection, records, authorised: plan.authorised }
    const seedPart: SeedPart = (part, tell, signal) => seedRecords(seeding, tell, signal, part)
    const tell = (sofar: Seeded): void =>
      progress.tell(`${sofar.records} of ${recordCount(records)} records, ${sofar.documents} documents`, {
        done: sofar.records,
        of: recordCount(records),
      })
    let made: Seeded
    try {
      await refuseOtherPopulation(seeding)
      made = await processes.seed(seedPart, tell)
    } finally {
      progress.end()
      await app.close()
    }
    const seconds = (performance.now() - began) / 1000
    const megabytes = (made.bytes / 1e6).toFixed(0)
    io.out(
      json
        ? JSON.stringify({ ...made, seconds, finished: !stop.signal.aborted })
        : `${made.records} records, ${made.documents} new documents (${megabytes} MB) in ${seconds.toFixed(1)} s: ${Math.round(made.documents / seconds)}/s`,
    )
    return stop.signal.aborted ? exitCodes.stopped : exitCodes.ok
  } finally {
    await processes?.end()
    await database.stop()
  }
}

/** In a process that another has begun: it tells that one, and ends with it. */
async function onePart(config: Config, plan: Plan, part: Part, stop: AbortController): Promise<number> {
  const connection =
    config.databaseUrl === undefined
      ? runningDatabase(config)
      : {
          connectionString: config.databaseUrl,
          role: SERVER_ROLE,
          statementTimeoutMs: config.limits.statementTimeoutMs,
        }
  if (!connection || !process.connected)
    throw new CommandError(exitCodes.usage, '--part is for the processes that dmp seed begins itself')
  process.once('disconnect', () => stop.abort())
  const told = toldToBegin(stop.signal)
  try {
    const app = await createDmpApp(config, connection)
    try {
      await told
      const tell = (sofar: Seeded): void => void (process.connected && process.send?.(sofar))
      const { records, authorised } = plan
      await seedRecords({ engine: app.engine, connection, records, authorised }, tell, stop.signal, part)
    } finally {
      await app.close()
    }
  } finally {
    process.removeAllListeners('disconnect')
    if (process.connected) process.disconnect()
  }
  return stop.signal.aborted ? exitCodes.stopped : exitCodes.ok
}

/** The embedded one that a server, or the command that has begun this process, runs on the same data. */
function runningDatabase(config: Config): ConnectionSettings | undefined {
  const running = config.databaseUrl === undefined ? runningEmbeddedPostgres(config.dataDir) : undefined
  return running && { ...running, role: SERVER_ROLE, statementTimeoutMs: config.limits.statementTimeoutMs }
}

type Plan = {
  readonly records: Records
  readonly authorised: readonly string[]
  readonly processes: number
  readonly part: Part | undefined
}

const MOST_OF_A_RECORD = 100_000

function documentsOf(text: string): number {
  const documents = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN
  if (documents <= MOST_OF_A_RECORD) return documents
  throw new CommandError(exitCodes.usage, `--record is not a whole number from 0 to ${MOST_OF_A_RECORD}`)
}

function planOf(options: Input<typeof seedTable>['options']): Plan {
  const authorise = options.authorise.length > 0 ? options.authorise : [GP]
  if (!authorise.every(isPractitionerId))
    throw new CommandError(exitCodes.usage, '--authorise is not 8 followed by an RPPS with the right key')
  const records = {
    seed: options.seed,
    patients: options.patients,
    documents: options.documents,
    medianSize: options.size,
    exactly: options.record.map(documentsOf),
    narrow: options.narrow,
  }
  const part = options.part === undefined ? undefined : readPart(options.part)
  if (options.part !== undefined && !part)
    throw new CommandError(exitCodes.usage, '--part is not one of its parts')
  const all = records.exactly.reduce((sum, documents) => sum + documents, records.documents)
  const worth = Math.max(1, Math.min(availableParallelism(), Math.floor(all / WORTH_A_PROCESS)))
  const processes = Math.min(options.processes ?? worth, recordCount(records))
  return { authorised: authorise, records, processes, part }
}

function configOf({ env }: CommandIo): Config {
  return commandConfig({ ...env, DMP_PROFILE: 'dmp' })
}
