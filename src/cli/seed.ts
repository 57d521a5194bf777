/**
 * `dmp seed`: made-up patients, their records and documents, the same for the same seed, beside a server that is running or
 * not. Only where the sandbox is: what is made up has no place in production.
 * @see docs/operations.md "Made-up records"
 */
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { createDmpApp } from '../app.ts'
import type { Config } from '../config.ts'
import { isPractitionerId } from '../dmp/national-identifiers.ts'
import { runningEmbeddedPostgres } from '../embedded-postgres/running.ts'
import { type Records, recordCount } from '../population/dmp/records.ts'
import { type PreparedDatabase, prepareDatabase } from '../prepare-database.ts'
import type { ConnectionSettings } from '../storage/connection-settings.ts'
import { SERVER_ROLE } from '../storage/roles.ts'
import { type Command, CommandError, type CommandIo, exitCodes } from './command.ts'
import { commandConfig } from './command-config.ts'
import { progressOnStderr } from './progress.ts'
import { readPart, type SeedPart, seedInProcesses } from './seed/seed-processes.ts'
import { type Part, type Seeded, type Seeding, seedRecords } from './seed/seed-records.ts'
import { untilInterrupted } from './until-interrupted.ts'

export const seedUsage = `usage: dmp seed [--patients 100] [--documents 2000] [--seed 1] [--size 8000] [--record <n>]…
                [--narrow] [--authorise <8+RPPS>]… [--processes <n>]

  --patients <n>        made-up patients, with matricules of test
  --documents <n>       in all; most patients have few, some many
  --seed <n>            the same number makes the same records
  --size <bytes>        of a document, in the middle: some are ten times as large
  --record <n>          one patient more, with exactly so many documents; may be repeated
  --narrow              documents of a few lines, whatever the size: for millions of them
  --authorise <8+RPPS>  a general practitioner who may read all of them (899700000005); may be repeated
  --processes <n>       that make them at once; as many as there are processors, unless there is little to make

A second run adds nothing; one that was stopped is gone on with by running it again. The settings are those of the
server: DATABASE_URL or DMP_DATA_DIR. Where NODE_ENV is production, nothing is made up.`

const MAX = {
  ...{ patients: 1_000_000, documents: 100_000_000, size: 1_000_000, seed: 2 ** 32 - 1 },
  ...{ record: 100_000, processes: 64 },
} as const
/** A process takes a second to begin: fewer documents than this are made sooner without it. */
const WORTH_A_PROCESS = 2_000
const GP = '899700000005'

export const seed: Command = async (args, io) => {
  const options = readOptions(args)
  if (options.help) {
    io.out(seedUsage)
    return exitCodes.ok
  }
  const plan = planOf(options)
  const config = configOf(io)
  if (!config.sandbox)
    throw new CommandError(
      exitCodes.configuration,
      'made-up records are for the sandbox: not with DMP_ISSUERS',
    )
  return untilInterrupted((stop) =>
    plan.part ? onePart(config, plan, plan.part, stop) : allParts(config, plan, args, io, stop),
  )
}

async function allParts(
  config: Config,
  plan: Plan,
  args: readonly string[],
  io: CommandIo,
  stop: AbortController,
): Promise<number> {
  const { records } = plan
  const running = runningDatabase(config)
  const database: PreparedDatabase = running
    ? { connection: running, stop: async () => undefined }
    : await prepareDatabase(config, (error) => io.err(`audit partitions: ${String(error)}`))
  const progress = progressOnStderr()
  try {
    const app = await createDmpApp(config, database.connection)
    const began = performance.now()
    const { engine } = app
    const { connection } = database
    const seeding: Seeding = { engine, connection, records, authorised: plan.authorised }
    const seedPart: SeedPart = (part, tell, signal) => seedRecords(seeding, tell, signal, part)
    const tell = (sofar: Seeded): void =>
      progress.tell(`${sofar.records} of ${recordCount(records)} records, ${sofar.documents} documents`)
    let made: Seeded
    try {
      made = await seedInProcesses(plan.processes, args, { ...io.env }, seedPart, tell, stop)
    } finally {
      progress.end()
      await app.close()
    }
    const seconds = (performance.now() - began) / 1000
    const megabytes = (made.bytes / 1e6).toFixed(0)
    io.out(
      `${made.records} records, ${made.documents} new documents (${megabytes} MB) in ${seconds.toFixed(1)} s: ${Math.round(made.documents / seconds)}/s`,
    )
    return stop.signal.aborted ? exitCodes.stopped : exitCodes.ok
  } finally {
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
  const app = await createDmpApp(config, connection)
  try {
    const tell = (sofar: Seeded): void => void (process.connected && process.send?.(sofar))
    const { records, authorised } = plan
    await seedRecords({ engine: app.engine, connection, records, authorised }, tell, stop.signal, part)
  } finally {
    await app.close()
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

function planOf(options: Options): Plan {
  const { authorise = [GP] } = options
  if (!authorise.every(isPractitionerId))
    throw new CommandError(exitCodes.usage, '--authorise is not 8 followed by an RPPS with the right key')
  const records = {
    seed: whole('seed', options.seed, 1, 0),
    patients: whole('patients', options.patients, 100, 1),
    documents: whole('documents', options.documents, 2_000, 0),
    medianSize: whole('size', options.size, 8_000, 1_000),
    exactly: (options.record ?? []).map((text) => whole('record', text, 0, 0)),
    narrow: options.narrow ?? false,
  }
  const part = options.part === undefined ? undefined : readPart(options.part)
  if (options.part !== undefined && !part)
    throw new CommandError(exitCodes.usage, '--part is not one of its parts')
  const all = records.exactly.reduce((sum, documents) => sum + documents, records.documents)
  const worth = Math.max(1, Math.min(availableParallelism(), Math.floor(all / WORTH_A_PROCESS)))
  const processes = Math.min(whole('processes', options.processes, worth, 1), recordCount(records))
  return { authorised: authorise, records, processes, part }
}

function whole(name: keyof typeof MAX, text: string | undefined, fallback: number, least: number): number {
  const value = text === undefined ? fallback : Number(text)
  if (Number.isInteger(value) && value >= least && value <= MAX[name]) return value
  throw new CommandError(exitCodes.usage, `--${name} is not a whole number from ${least} to ${MAX[name]}`)
}

function configOf({ env }: CommandIo): Config {
  return commandConfig({ ...env, DMP_PROFILE: 'dmp' })
}

type Options = ReturnType<typeof readOptions>

function readOptions(args: readonly string[]) {
  try {
    const text = { type: 'string' } as const
    const options = {
      ...{ patients: text, documents: text, seed: text, size: text, processes: text, part: text },
      authorise: { type: 'string', multiple: true },
      record: { type: 'string', multiple: true },
      narrow: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    } as const
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause
    throw new CommandError(exitCodes.usage, `${cause.message.split('\n')[0]} (dmp seed --help)`, { cause })
  }
}
