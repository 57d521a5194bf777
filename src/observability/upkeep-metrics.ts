/**
 * What grows or runs out while nobody looks: what waits to be delivered and since when, partitions of traces for the months to
 * come, how far a replica is behind. Told by the process that does the jobs, since it is the same for all.
 * @see docs/operations.md "Metrics"
 */
import { Gauge, type Registry } from 'prom-client'
import type { Database } from '../storage/database.ts'
import { readNoticeBacklog } from '../storage/notices/notice-backlog.ts'
import { readPartitionsAhead, readPendingEvents, readReplicaLag } from '../storage/upkeep.ts'
import { seldom } from './seldom.ts'
import { type TellFault, whenAsked } from './when-asked.ts'

/** @param now milliseconds since 1970 */
export function upkeepMetrics(registry: Registry, db: Database, now: () => number, onFault: TellFault): void {
  const gauge = <Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
    read: (gauge: Gauge<Label>) => Promise<void>,
  ): void => {
    const made: Gauge<Label> = new Gauge({
      name,
      help,
      labelNames,
      aggregator: 'max',
      registers: [registry],
      collect: whenAsked(
        () => read(made),
        () => made.reset(),
        onFault,
      ),
    })
  }
  // Three gauges of one reading; where millions wait, each takes seconds.
  const backlog = seldom(
    () => readNoticeBacklog(db),
    () => performance.now(),
  )
  const waiting = async () => (await backlog()).filter(({ state }) => state !== 'dead')
  const pending = seldom(
    () => readPendingEvents(db),
    () => performance.now(),
  )
  const age = (oldest: number | undefined): number =>
    oldest === undefined ? 0 : Math.max(0, (now() - oldest) / 1000)

  gauge(
    'dmp_notices',
    'Notices that were not delivered, by channel and state',
    ['channel', 'state', 'reason'],
    async (notices) => {
      const standing = await backlog()
      notices.reset()
      for (const { channel, state, reason, count } of standing) notices.set({ channel, state, reason }, count)
    },
  )
  gauge('dmp_outbox_depth', 'What waits to be delivered', ['outbox'], async (depth) => {
    depth.set(
      { outbox: 'notices' },
      (await waiting()).reduce((sum, { count }) => sum + count, 0),
    )
    depth.set({ outbox: 'notifications' }, (await pending()).count)
  })
  gauge(
    'dmp_outbox_oldest_seconds',
    'For how long the oldest of what waits to be delivered has waited; 0: nothing waits',
    ['outbox'],
    async (oldest) => {
      const first = (await waiting()).reduce(
        (least, each) => Math.min(least, each.oldest),
        Number.POSITIVE_INFINITY,
      )
      oldest.set({ outbox: 'notices' }, age(Number.isFinite(first) ? first : undefined))
      oldest.set({ outbox: 'notifications' }, age((await pending()).oldest))
    },
  )
  gauge(
    'dmp_audit_partitions_ahead',
    'Months to come that have a partition for their traces',
    [],
    async (ahead) => {
      const thisMonth = new Date(now()).toISOString().slice(0, 7).replace('-', '_')
      ahead.set(await readPartitionsAhead(db, thisMonth))
    },
  )
  if (db.reads.load() === undefined) return
  gauge('dmp_replica_there', 'Whether the replica answers: 1 or 0', [], async (there) => {
    there.set((await readReplicaLag(db)) === undefined ? 0 : 1)
  })
  gauge(
    'dmp_replica_lag_seconds',
    'How far the replica is behind; absent when it does not answer',
    [],
    async (lag) => {
      const seconds = await readReplicaLag(db)
      if (seconds === undefined) lag.reset()
      else lag.set(seconds)
    },
  )
}
