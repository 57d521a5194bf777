/**
 * `dmp key rotate`: a new master key takes over while servers go on, and what was written before contents were sealed is
 * sealed. It tells what it did, and what it could not.
 * @see docs/operations.md "Keys of contents"
 */
import { parseArgs } from 'node:util'
import type { Config } from '../config.ts'
import { type Rotated, type Rotation, rotateRecordKeys } from '../content/rotate-keys.ts'
import { type Sealed, sealPlainContents } from '../content/seal-plain-contents.ts'
import { masterKeysOf } from '../open-contents.ts'
import { inTransaction, type OwnerConnection, runnerOn, withOwner } from '../storage/owner-connection.ts'
import { type Command, CommandError, type CommandIo, exitCodes } from './command.ts'
import { commandConfig } from './command-config.ts'
import { findOwner } from './owner-database.ts'
import { type Progress, progressOnStderr } from './progress.ts'
import { untilInterrupted } from './until-interrupted.ts'

export const keyUsage = `usage: dmp key rotate [--batch 500]

  Wraps the key of every record anew by DMP_MASTER_KEY, where another one wraps
  it: that one is given in DMP_MASTER_KEY_FORMER. Seals contents that lie in the
  clear. Servers go on meanwhile if they know both keys. May be stopped and run
  again: it goes on with what is left.

  --batch <number>  record keys in one transaction

The settings are those of the server, DATABASE_URL or DMP_DATA_DIR; the login is
the one that owns the schema.`

const MAX_BATCH = 10_000

export const key: Command = async (args, io) => {
  const { values, positionals } = readOptions(args)
  if (values.help) {
    io.out(keyUsage)
    return exitCodes.ok
  }
  if (positionals.length !== 1 || positionals[0] !== 'rotate')
    throw new CommandError(exitCodes.usage, 'dmp key rotate is what there is (dmp key --help)')
  const batch = Number(values.batch)
  if (!Number.isInteger(batch) || batch < 1 || batch > MAX_BATCH)
    throw new CommandError(exitCodes.usage, `--batch is not a whole number from 1 to ${MAX_BATCH}`)
  const config = configOf(io)
  const closing: (() => Promise<void>)[] = []
  try {
    const owner = await findOwner(config, closing)
    return await untilInterrupted((stop) => rotate(owner, config, batch, io, stop.signal))
  } finally {
    for (const close of closing) await close()
  }
}

/** @param config of which the keys are read, and where the sandbox keeps its own */
export async function rotate(
  owner: OwnerConnection,
  config: Pick<Config, 'masterKey' | 'formerMasterKey' | 'dataDir'>,
  batch: number,
  io: Pick<CommandIo, 'out' | 'err'>,
  stop: AbortSignal,
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
        tell: (done, of) => progress.tell(`${what}: ${done} of ${of}`),
      })
      const rotated = await rotateRecordKeys(rotation('record keys'))
      const sealed = await sealPlainContents(rotation('contents'))
      return report(rotated, sealed, keys.current.name, io, progress)
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
  progress: Progress,
): number {
  progress.end()
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

/** A record's key says nothing of the patient. */
function some(keys: readonly string[]): string {
  const most = 10
  return keys.length > most ? `${keys.slice(0, most).join(', ')} …` : keys.join(', ')
}

/** The environment of the server; the keys and the database are what counts. */
function configOf({ env }: CommandIo): Config {
  return commandConfig({ ...env, NODE_ENV: '' })
}

function readOptions(args: readonly string[]) {
  try {
    const options = {
      batch: { type: 'string', default: '500' },
      help: { type: 'boolean', short: 'h' },
    } as const
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: true })
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause
    throw new CommandError(exitCodes.usage, `${cause.message.split('\n')[0]} (dmp key --help)`, { cause })
  }
}
