/**
 * `dmp purge`: destroys the records that were closed ten years ago or more (rule D10). It counts, and destroys nothing,
 * unless it is told to.
 * @see docs/operations.md "Destruction"
 */
import { randomBytes } from 'node:crypto'
import { Trace } from '../audit/trace.ts'
import { type ContentStoreSettings, readContentStore } from '../config/content.ts'
import { ConfigError } from '../config/values.ts'
import { removeLeftOvers } from '../content/remove-left-overs.ts'
import { encodeUuid, type Uuid, uuidV7 } from '../fhir/id.ts'
import {
  inTransaction,
  type OwnerConnection,
  runnerOn,
  withOwner,
} from '../storage/connection/owner-connection.ts'
import { openDatabase, type TransactionEnd } from '../storage/database.ts'
import {
  countRecordRows,
  type Destroyed,
  destroyRecord,
  type ExpiredRecord,
  findExpiredRecords,
} from '../storage/records/purge-records.ts'
import { insertTraces, type TraceChain } from '../storage/traces/insert-traces.ts'
import { openElsewhere } from '../wiring/open-contents.ts'
import { refuseUnknownKeys } from '../wiring/refuse-unknown-keys.ts'
import { openTraceChain } from '../wiring/trace-chain.ts'
import { type Command, CommandError, type CommandIo, command, exitCodes } from './command.ts'
import { commandConfig, databaseConfig } from './command-config.ts'
import { purgeTable } from './tables/upkeep.ts'

/** CSP L.1111-18. */
const YEARS = 10

export const purge: Command = command(purgeTable, async ({ options }, io) => {
  const { apply, json, 'at-most': atMost } = options
  const connectionString = commandConfig({ ...io.env, NODE_ENV: '' }).databaseUrl
  if (!connectionString) throw new CommandError(exitCodes.usage, 'DATABASE_URL names the database to purge')
  const owner = { connectionString }
  const store = contentStoreOf(io)
  const told: Purged[] = []
  const purgeTo = { out: json ? () => undefined : io.out, told: (purged: Purged) => void told.push(purged) }
  if (apply)
    await withChain(owner, io, (chain) =>
      purgeRecords(owner, new Date(), { atMost, chain }, purgeTo.out, purgeTo.told),
    )
  else await purgeRecords(owner, new Date(), { atMost }, purgeTo.out, purgeTo.told)
  const objects = apply && store ? await removeObjects(owner, store) : undefined
  if (json) io.out(JSON.stringify({ ...told[0], ...(objects === undefined ? {} : { objects }) }))
  else if (objects !== undefined) io.out(`${objects} object(s) removed from the content store`)
  return exitCodes.ok
})

async function removeObjects(owner: OwnerConnection, store: ContentStoreSettings): Promise<number> {
  const { objects } = await openElsewhere(store)
  return withOwner(owner, (client) =>
    removeLeftOvers((work) => inTransaction(client, () => work(runnerOn(client))), objects, Date.now()),
  )
}

function contentStoreOf({ env }: CommandIo) {
  try {
    return readContentStore(env, false)
  } catch (cause) {
    if (!(cause instanceof ConfigError)) throw cause
    throw new CommandError(exitCodes.configuration, cause.message, { cause })
  }
}

/** The trace of a destruction has its place in a chain of this process, sealed with the server's keys. */
async function withChain<T>(
  owner: { readonly connectionString: string },
  { env, err }: CommandIo,
  work: (chain: TraceChain) => Promise<T>,
): Promise<T> {
  const config = databaseConfig(env, 'DMP_MASTER_KEY', 'DMP_SEAL_KEY')
  await refuseUnknownKeys(owner, config)
  const fault = (error: unknown): void => err(error instanceof Error ? error.message : String(error))
  const connection = { ...owner, statementTimeoutMs: config.limits.statementTimeoutMs }
  const db = openDatabase(connection, fault)
  try {
    const chain = await openTraceChain(config, connection, db, Date.now, fault)
    try {
      return await work(chain)
    } finally {
      await chain.close()
    }
  } finally {
    await db.close()
  }
}

/** What was counted, or destroyed. */
type Purged = {
  readonly destroyed: boolean
  readonly closedBefore: string
  readonly records: number
  readonly rows: Destroyed
}

/** @param now against which ten years are counted @param options with a chain it destroys, else it counts */
export async function purgeRecords(
  owner: OwnerConnection,
  now: Date,
  { chain, atMost }: { readonly atMost: number; readonly chain?: TraceChain },
  out: (line: string) => void,
  toldAs: (purged: Purged) => void = () => undefined,
): Promise<number> {
  const closedBefore = yearsBefore(now, YEARS)
  const expired = await findExpiredRecords(owner, closedBefore, atMost)
  const day = closedBefore.toISOString().slice(0, 10)
  if (!chain) {
    const keys = expired.map(({ patientKey }) => patientKey)
    const rows = await countRecordRows(owner, keys)
    toldAs({ destroyed: false, closedBefore: day, records: expired.length, rows })
    out(`${expired.length} record(s) closed on ${day} or before: ${told(rows)}`)
    out('Nothing was destroyed: --apply destroys them.')
    return exitCodes.ok
  }
  const destroyed = await destroyAll(owner, chain, expired, closedBefore, now)
  toldAs({ destroyed: true, closedBefore: day, ...destroyed })
  out(`${destroyed.records} record(s) closed on ${day} or before destroyed: ${told(destroyed.rows)}`)
  return exitCodes.ok
}

async function destroyAll(
  owner: OwnerConnection,
  chain: TraceChain,
  expired: readonly ExpiredRecord[],
  closedBefore: Date,
  now: Date,
): Promise<{ readonly records: number; readonly rows: Destroyed }> {
  const rows: Record<string, number> = {}
  let records = 0
  for (const { patientKey } of expired) {
    const ends: ((end: TransactionEnd) => void)[] = []
    const tell = (end: TransactionEnd): void => {
      for (const listener of ends) listener(end)
    }
    const done = await destroyRecord(owner, patientKey, closedBefore, (client) => {
      const transaction = {
        ...runnerOn(client),
        onEnd: (listener: (end: TransactionEnd) => void) => void ends.push(listener),
      }
      return traceDestruction(transaction, chain, patientKey, now.getTime())
    }).catch((error: unknown) => {
      tell('unknown')
      throw error
    })
    tell('committed')
    if (!done) continue
    records++
    for (const [table, count] of Object.entries(done)) rows[table] = (rows[table] ?? 0) + count
  }
  return { records, rows }
}

/** Of nobody's record, since there is none left: what was destroyed is named by a key that leads nowhere. */
async function traceDestruction(
  transaction: Parameters<typeof insertTraces>[0],
  chain: TraceChain,
  patientKey: Uuid,
  now: number,
): Promise<void> {
  const trace = new Trace({
    id: uuidV7(now, randomBytes(10)),
    recorded: now,
    interaction: 'destroy-record',
    requestId: '',
    network: '',
    chain,
  })
  trace.asks('Patient')
  trace.decided(['D10'])
  trace.concerns('Patient', encodeUuid(patientKey), 1)
  await insertTraces(transaction, [{ ...trace.row(200, ''), actor: 'SYSTEME' }])
}

/** The same day, or the last of February. */
function yearsBefore(now: Date, years: number): Date {
  const then = new Date(now)
  then.setUTCFullYear(now.getUTCFullYear() - years)
  if (then.getUTCMonth() !== now.getUTCMonth()) then.setUTCDate(0)
  return then
}

function told(rows: Destroyed): string {
  const parts = Object.entries(rows).filter(([, count]) => count > 0)
  return parts.length === 0 ? 'no rows' : parts.map(([table, count]) => `${table} ${count}`).join(', ')
}
