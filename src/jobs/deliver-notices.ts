/**
 * Notices (rule A10) on one channel: what is owed is given to the channels, the oldest of each recipient is taken, looked at
 * once more — the patient may have turned it off, the document may be hidden by now — and handed on without a connection
 * held. Told at least once, under one id, in order. A process that dies in between loses its lease, and another hands on
 * the same again.
 * @see docs/notices.md, docs/policy.md A10
 */
import { decodeUuid, type Uuid } from '../fhir/id.ts'
import type { Engine } from '../interactions/engine.ts'
import { ATTEMPT_MS, type Channel, type Handed } from '../notices/channel.ts'
import { documentOfKey, withheldBecause } from '../notices/withheld.ts'
import {
  giveNoticeBack,
  type LeasedNotice,
  leaseNotices,
  readOwedNotice,
  settleNotice,
  settleNoticeFailed,
} from '../storage/notices/notice-delivery.ts'
import { planNotices } from '../storage/notices/notice-outbox.ts'
import { takeTurn } from '../storage/notices/pending-documents.ts'
import { retryAfter } from './retry-after.ts'

export type NoticeEngine = Pick<Engine, 'db' | 'newId'>
export type DueNotice = LeasedNotice & { readonly lease: Uuid }

/** Beyond the time that the receiver has: to look at it, and to settle. */
const MARGIN_SECONDS = 10
const LEASE_SECONDS = ATTEMPT_MS / 1000 + MARGIN_SECONDS
/** Notices given to the channels in one statement. */
const BATCH = 500
/** How old a notice is that is given up, and how often it was tried then, at least: after an outage of ours it is tried too. */
const PATIENCE_MS = 5 * 24 * 60 * 60 * 1000
const LEAST_ATTEMPTS = 8
const LONGEST_WAIT_MS = 3_600_000

/** A notice that is given up; who it was for and what it told of is not said. */
export class UndeliveredNotice extends Error {
  override readonly name = 'UndeliveredNotice'
}

/** One process at a time, so that what was owed first is not overtaken. @returns how many were given to the channels */
export async function planOwedNotices(
  { db }: NoticeEngine,
  channels: readonly Channel[],
  now: number,
): Promise<number> {
  const names = channels.map(({ name }) => name)
  let all = 0
  for (;;) {
    const planned = await db.transaction(async (transaction) =>
      (await takeTurn(transaction, 'notices')) ? planNotices(transaction, names, now, BATCH) : 0,
    )
    all += planned
    if (planned < BATCH) return all
  }
}

export async function takeDueNotices(
  { db, newId }: NoticeEngine,
  channel: Channel,
  now: number,
  limit: number,
): Promise<DueNotice[]> {
  const lease = newId(now)
  const leased = await leaseNotices(db, channel.name, lease, now, LEASE_SECONDS, limit)
  return leased.map((notice) => ({ ...notice, lease }))
}

/** @throws UndeliveredNotice when it is given up, for the log */
export async function deliverNotice(
  { db }: NoticeEngine,
  channel: Channel,
  due: DueNotice,
  now: () => number,
  signal: AbortSignal,
): Promise<void> {
  const document = decodeUuid(documentOfKey(due.key) ?? '')
  const handed = await attempt(db, channel, due, document, now, signal)
  switch (handed.outcome) {
    case 'received':
      return settleNotice(db, due, due.lease, 'sent', '', now())
    case 'withheld':
      return settleNotice(db, due, due.lease, 'withheld', handed.reason, now())
    case 'no-address':
      return settleNotice(db, due, due.lease, 'withheld', 'no-address', now())
    case 'interrupted':
      return giveNoticeBack(db, due, due.lease, now(), now())
    case 'refused':
      return giveUp(db, channel, due, handed.reason, now())
    case 'failed': {
      const failures = due.failures + 1
      if (failures >= LEAST_ATTEMPTS && now() - due.recorded > PATIENCE_MS)
        return giveUp(db, channel, due, handed.reason, now())
      const wait = Math.max(
        retryAfter(failures),
        Math.min((handed.retryAfterSeconds ?? 0) * 1000, LONGEST_WAIT_MS),
      )
      return settleNoticeFailed(db, due, due.lease, handed.reason, now(), now() + wait)
    }
  }
}

type Attempted = Handed | { readonly outcome: 'withheld'; readonly reason: string }

async function attempt(
  db: NoticeEngine['db'],
  channel: Channel,
  due: DueNotice,
  document: Uuid | undefined,
  now: () => number,
  signal: AbortSignal,
): Promise<Attempted> {
  try {
    const owed = await readOwedNotice(db, due, document)
    // The record was destroyed, and its rows are going with it.
    if (!owed) return { outcome: 'withheld', reason: 'gone' }
    const reason = withheldBecause(owed, now())
    return reason ? { outcome: 'withheld', reason } : await channel.hand(owed, now(), signal)
  } catch (error) {
    // Ours, not the receiver's: not soon again, and told to the operator.
    await giveNoticeBack(db, due, due.lease, now(), now() + retryAfter(due.failures + 1))
    throw error
  }
}

async function giveUp(
  db: NoticeEngine['db'],
  channel: Channel,
  due: DueNotice,
  reason: string,
  now: number,
): Promise<void> {
  await settleNotice(db, due, due.lease, 'dead', reason, now)
  throw new UndeliveredNotice(`a notice was given up: ${channel.name}, ${reason} (dmp notices tells more)`)
}
