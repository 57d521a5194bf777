/**
 * `dmp notices`: how the delivery of notices stands, beside a server that goes on serving; and begins anew what was given up,
 * once its cause is gone. Numbers alone: who is to be told of what is nobody's to read here.
 * @see docs/notices.md "Watching"
 */
import type { Runner } from '../storage/database.ts'
import {
  type NoticeStanding,
  readNoticeBacklog,
  reviveDeadNotices,
} from '../storage/notices/notice-backlog.ts'
import { type Command, command, exitCodes, type Io } from './command.ts'
import { asOwner } from './owner-work.ts'
import { noticesTable } from './tables/upkeep.ts'

export const notices: Command = command(noticesTable, async ({ options: { retry, json } }, io) =>
  asOwner(io, async (db) => {
    const revived = retry ? await reviveAll(db, Date.now()) : undefined
    const backlog = await readNoticeBacklog(db)
    if (json) io.out(JSON.stringify(asJson(backlog, revived)))
    else tell(backlog, revived, Date.now(), io)
    return backlog.some(({ state }) => state === 'dead') ? exitCodes.refused : exitCodes.ok
  }),
)

function asJson(backlog: readonly NoticeStanding[], revived: number | undefined): object {
  return {
    ...(revived === undefined ? {} : { revived }),
    backlog: backlog.map(({ channel, state, reason, count, oldest }) => ({
      channel: channel || null,
      state,
      reason: reason || null,
      count,
      oldest: new Date(oldest).toISOString(),
    })),
  }
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

function tell(
  backlog: readonly NoticeStanding[],
  revived: number | undefined,
  now: number,
  { out }: Io,
): void {
  if (revived !== undefined) out(`${revived} begun anew`)
  if (backlog.length === 0) out('Nothing waits: all that is owed was told.')
  for (const { channel, state, reason, count, oldest } of backlog) {
    const hours = Math.floor(Math.max(0, now - oldest) / 3_600_000)
    const why = reason === '' ? '' : `, ${reason}`
    out(`${(channel || '-').padEnd(8)} ${state.padEnd(8)} ${count}, the oldest for ${hours} h${why}`)
  }
}
