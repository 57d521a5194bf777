/**
 * `dmp key rotate`: a new master key takes over while servers go on, and what was written before contents were sealed is
 * sealed. It tells what it did, and what it could not.
 * @see docs/operations.md "Keys of contents"
 */
import type { Config } from '../config/config.ts'
import { type Rotated, type Rotation, rotateRecordKeys } from '../content/rotate-keys.ts'
import { type Sealed, sealPlainContents } from '../content/seal-plain-contents.ts'
import { attestAnew } from '../seal/key-ring.ts'
import { openDedicated } from '../storage/connection/dedicated-connection.ts'
import {
  inTransaction,
  type OwnerConnection,
  runnerOn,
  withOwner,
} from '../storage/connection/owner-connection.ts'
import { masterKeysOf } from '../wiring/open-contents.ts'
import { sealAttests } from '../wiring/trace-chain.ts'
import { type Command, CommandError, type CommandIo, command, exitCodes } from './command.ts'
import { databaseConfig } from './command-config.ts'
import { findOwner } from './owner-database.ts'
import { progressOnStderr } from './progress.ts'
import { keyRotateTable } from './tables/upkeep.ts'
import { untilInterrupted } from './until-interrupted.ts'

export const key: Command = command(keyRotateTable, async ({ options: { batch, json } }, io) => {
  const config = configOf(io)
  const closing: (() => Promise<void>)[] = []
  try {
    const owner = await findOwner(config, closing)
    return await untilInterrupted((stop) => rotate(owner, config, batch, io, stop.signal, json))
  } finally {
    for (const close of closing) await close()
  }
})

/** Else what only the former master key attests would be nobody's seal once that one is taken away. */
async function attestSealKeys(
  owner: OwnerConnection,
  config: Pick<Config, 'masterKey' | 'formerMasterKey' | 'dataDir'>,
): Promise<void> {
  const connection = await openDedicated({ ...owner, statementTimeoutMs: 0 })
  try {
    await attestAnew(connection, sealAttests(config))
  } finally {
    await connection.close()
  }
}

/** @param config of which the keys are read, and where the sandbox keeps its own */
export async function rotate(
  owner: OwnerConnection,
  config: Pick<Config, 'masterKey' | 'formerMasterKey' | 'dataDir'>,
  batch: number,
  io: Pick<CommandIo, 'out' | 'err'>,
  stop: AbortSignal,
  json = false,
): Promise<number> {
  const progress = progressOnStderr()
  const keys = masterKeysOf(config)
  try {
    return await withOwner(owner, async (client) => {
      const db = runnerOn(client)
      const rotation = (what: string): Rotation => ({
        db,
        transact: (work) => inTransaction(client, () => work(db)),
        keys,
        batch,
        stop,
        tell: (done, of) => progress.tell(`${what}: ${done} of ${of}`, { done, of }),
      })
      const rotated = await rotateRecordKeys(rotation('record keys'))
      const sealed = await sealPlainContents(rotation('contents'))
      await attestSealKeys(owner, config)
      progress.end()
      return json
        ? asJson(rotated, sealed, keys.current.name, io)
        : report(rotated, sealed, keys.current.name, io)
    })
  } finally {
    progress.end()
  }
}

function report(
  { wrapped, damaged, unknown, stopped }: Rotated,
  sealed: Sealed,
  present: string,
  { out, err }: Pick<CommandIo, 'out' | 'err'>,
): number {
  out(`${wrapped} record key(s) wrapped anew by the master key ${present}`)
  out(`${sealed.sealed} content(s) sealed that lay in the clear`)
  if (stopped || sealed.stopped) {
    err('stopped; run it again to go on with what is left')
    return exitCodes.stopped
  }
  for (const [name, count] of unknown)
    err(
      `${count} record key(s) are left, wrapped by the master key ${name}: give it in DMP_MASTER_KEY_FORMER`,
    )
  if (damaged.length > 0)
    err(`${damaged.length} record key(s) do not open, and are left as they are: records ${some(damaged)}`)
  if (sealed.damaged > 0)
    err(`${sealed.damaged} content(s) in the clear do not have their SHA-256, and are left as they are`)
  const left = unknown.size > 0 || damaged.length > 0 || sealed.damaged > 0
  if (!left) out('No other master key is in use: DMP_MASTER_KEY_FORMER can be taken away.')
  return left ? exitCodes.refused : exitCodes.ok
}

function asJson(
  { wrapped, damaged, unknown, stopped }: Rotated,
  sealed: Sealed,
  present: string,
  { out }: Pick<CommandIo, 'out'>,
): number {
  const isStopped = stopped || sealed.stopped
  const isDone = !isStopped && unknown.size === 0 && damaged.length === 0 && sealed.damaged === 0
  out(
    JSON.stringify({
      finished: isDone,
      masterKey: present,
      wrapped,
      sealed: sealed.sealed,
      left: { unknown: Object.fromEntries(unknown), damaged, plain: sealed.damaged },
    }),
  )
  if (isStopped) return exitCodes.stopped
  return isDone ? exitCodes.ok : exitCodes.refused
}

/** A record's key says nothing of the patient. */
function some(keys: readonly string[]): string {
  const most = 10
  return keys.length > most ? `${keys.slice(0, most).join(', ')} …` : keys.join(', ')
}

/** The environment of the server; the keys and the database are what counts. */
function configOf({ env }: CommandIo): Config {
  if (env.DMP_MASTER_KEY_FORMER && !env.DMP_MASTER_KEY)
    throw new CommandError(exitCodes.configuration, 'DMP_MASTER_KEY is needed: the one that takes over')
  return databaseConfig(env, 'DMP_MASTER_KEY')
}
