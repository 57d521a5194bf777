/** Notices, delivered as long as the server runs: each channel by itself, so that one that is down holds up no other. */
import type { Channel } from '../notices/channel.ts'
import { deliverNotice, type NoticeEngine, planOwedNotices, takeDueNotices } from './deliver-notices.ts'
import { type Schedule, together } from './schedule.ts'
import { workContinually } from './work-continually.ts'

export function deliverNoticesContinually(
  engine: NoticeEngine,
  channels: readonly Channel[],
  now: () => number,
  onError: (error: unknown) => void,
): Schedule {
  return together(
    channels.map((channel) =>
      workContinually(
        {
          async take(limit) {
            const due = await takeDueNotices(engine, channel, now(), limit)
            // What is owed comes after what is due: it is younger.
            if (due.length > 0 || (await planOwedNotices(engine, channels, now())) === 0) return due
            return takeDueNotices(engine, channel, now(), limit)
          },
          perform: (due, signal) => deliverNotice(engine, channel, due, now, signal),
        },
        onError,
      ),
    ),
  )
}
