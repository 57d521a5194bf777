/**
 * `dmp audit purge`: removes the traces of whole months that are older than DMP_AUDIT_RETENTION. The servers do the same
 * once a day; this is for who wants to see it, or runs no server at the time.
 * @see docs/operations.md "Retention of traces"
 */
import { RetentionError } from '../../audit/retain-traces.ts'
import { type Retained, retainAudit } from '../../wiring/retain-audit.ts'
import { type Command, CommandError, command, exitCodes } from '../command.ts'
import { databaseConfig } from '../command-config.ts'
import { findOwner } from '../owner-database.ts'
import { auditPurgeTable } from '../tables/audit.ts'

export const purgeTraces: Command = command(auditPurgeTable, async ({ options }, io) => {
  const config = databaseConfig(io.env, 'DMP_MASTER_KEY', 'DMP_SEAL_KEY')
  const closing: (() => Promise<void>)[] = []
  try {
    const dryRun = options['dry-run']
    const done = await retainAudit(config, await findOwner(config, closing), new Date(), dryRun)
    if (options.json) io.out(JSON.stringify(asJson(done, config.auditRetentionMonths, dryRun)))
    else for (const line of linesOf(done, config.auditRetentionMonths, dryRun)) io.out(line)
    return exitCodes.ok
  } catch (cause) {
    if (!(cause instanceof RetentionError)) throw cause
    throw new CommandError(exitCodes.refused, `nothing was removed. ${cause.message}`, { cause })
  } finally {
    for (const close of closing.reverse()) await close()
  }
})

function asJson(done: Retained | undefined, months: number | undefined, dryRun: boolean): object {
  const kept = { months: months ?? null, dryRun }
  if (!done) return { ...kept, before: null, traces: 0, tables: [], mark: null }
  const { before, tables, traces, mark = null } = done
  return { ...kept, before: before.toISOString(), traces, tables, mark }
}

function linesOf(done: Retained | undefined, months: number | undefined, dryRun: boolean): readonly string[] {
  if (!done) return ['Traces are kept for ever: DMP_AUDIT_RETENTION is "never".']
  const { before, tables, traces, mark } = done
  const found = `${traces} trace(s) of before ${before.toISOString().slice(0, 10)} (${months} months), in ${tables.length} month(s)`
  if (dryRun) return [found, 'Nothing was removed: this was a dry run.']
  return [found, mark === undefined ? 'There was nothing to remove.' : `Removed; mark ${mark} says so.`]
}
