/**
 * `dmp notices`: how the delivery of notices stands, beside a server that goes on serving; and begins anew what was given up,
 * once its cause is gone. Numbers alone: who is to be told of what is nobody's to read here.
 * @see docs/notices.md "Watching"
 */
import { parseArgs } from 'node:util'
import type { Runner } from '../storage/database.ts'
import { type NoticeStanding, readNoticeBacklog, reviveDeadNotices } from '../storage/notice-backlog.ts'
import { type Command, CommandError, type CommandIo, exitCodes } from './command.ts'
import { asOwner } from './owner-work.ts'

export const noticesUsage = `usage: dmp notices [--retry]

  What is owed to patients and médecins traitants and was not told yet: by channel, by
  state, by why it failed last. owed: not yet given to a channel (there is none, or no
  server runs). pending: to be sent, or sent again. dead: given up.

  --retry  begins anew what is dead, once its cause is gone

Exit code 1 when something is dead. The settings are those of the server: DATABASE_URL or
DMP_DATA_DIR.`

export const notices: Command = async (args, io) => {
  const { help, retry } = readOptions(args)
  if (help) {
    io.out(noticesUsage)
    return exitCodes.ok
  }
  return asOwner(io, async (db) => {
    if (retry) io.out(`${await reviveAll(db, Date.now())} begun anew`)
    return tell(await readNoticeBacklog(db), Date.now(), io)
  })
}

const BATCH = 10_000

async function reviveAll(db: Runner, now: number): Promise<number> {
  let all = 0
  for (;;) {
    const revived = await reviveDeadNotices(db, now, BATCH)
    all += revived
    if (revived < BATCH) return all
  }
}

function tell(backlog: readonly NoticeStanding[], now: number, { out }: CommandIo): number {
  if (backlog.length === 0) out('Nothing waits: all that is owed was told.')
  for (const { channel, state, reason, count, oldest } of backlog) {
    const hours = Math.floor(Math.max(0, now - oldest) / 3_600_000)
    const why = reason === '' ? '' : `, ${reason}`
    out(`${(channel || '-').padEnd(8)} ${state.padEnd(8)} ${count}, the oldest for ${hours} h${why}`)
  }
  return backlog.some(({ state }) => state === 'dead') ? exitCodes.refused : exitCodes.ok
}

function readOptions(args: readonly string[]): { readonly help?: boolean; readonly retry?: boolean } {
  try {
    const options = { help: { type: 'boolean', short: 'h' }, retry: { type: 'boolean' } } as const
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause
    throw new CommandError(exitCodes.usage, `${cause.message.split('\n')[0]} (dmp notices --help)`, { cause })
  }
}
