/**
 * `dmp audit purge`: removes the traces of whole months that are older than DMP_AUDIT_RETENTION. The servers do the same
 * once a day; this is for who wants to see it, or runs no server at the time.
 * @see docs/operations.md "Retention of traces"
 */
import { parseArgs } from 'node:util'
import { RetentionError } from '../../audit/retain-traces.ts'
import { type Retained, retainAudit } from '../../retain-audit.ts'
import { type Command, CommandError, exitCodes } from '../command.ts'
import { commandConfig } from '../command-config.ts'
import { findOwner } from '../owner-database.ts'

export const purgeUsage = `usage: dmp audit purge [--dry-run]

  Removes the traces that are older than DMP_AUDIT_RETENTION (120 months, or never),
  by whole months, and leaves a signed mark: verification goes on being sound, and
  still finds what else is missing. They are verified before: what was altered is
  not removed, for its removal would hide it.

  --dry-run   says what would be removed

The settings are those of the server, DATABASE_URL or DMP_DATA_DIR; the login is the
one that owns the schema. Exit code 1: nothing was removed, and the reason is said.`

export const purgeTraces: Command = async (args, io) => {
  const options = readOptions(args)
  if (options.help) {
    io.out(purgeUsage)
    return exitCodes.ok
  }
  const config = commandConfig({ ...io.env, HOST: '127.0.0.1' })
  const closing: (() => Promise<void>)[] = []
  try {
    const dryRun = options['dry-run'] === true
    const done = await retainAudit(config, await findOwner(config, closing), new Date(), dryRun)
    for (const line of linesOf(done, config.auditRetentionMonths, dryRun)) io.out(line)
    return exitCodes.ok
  } catch (cause) {
    if (!(cause instanceof RetentionError)) throw cause
    throw new CommandError(exitCodes.refused, `nothing was removed. ${cause.message}`, { cause })
  } finally {
    for (const close of closing.reverse()) await close()
  }
}

function linesOf(done: Retained | undefined, months: number | undefined, dryRun: boolean): readonly string[] {
  if (!done) return ['Traces are kept for ever: DMP_AUDIT_RETENTION is "never".']
  const { before, tables, traces, mark } = done
  const found = `${traces} trace(s) of before ${before.toISOString().slice(0, 10)} (${months} months), in ${tables.length} month(s)`
  if (dryRun) return [found, 'Nothing was removed: this was a dry run.']
  return [found, mark === undefined ? 'There was nothing to remove.' : `Removed; mark ${mark} says so.`]
}

function readOptions(args: readonly string[]) {
  try {
    const options = { 'dry-run': { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } as const
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause
    throw new CommandError(exitCodes.usage, `${cause.message.split('\n')[0]} (dmp audit purge --help)`, {
      cause,
    })
  }
}
