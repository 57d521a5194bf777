/**
 * A push from its first file to its last: prepared one after the other, sent several at once, each noted in the journal
 * before it counts as done.
 */
import type { Acknowledgements } from './acknowledgements.ts'
import { type Lot, LotAssembler, lotOf } from './assemble-lots.ts'
import { type DeliverWith, deliver, GivenUp, type Outcome } from './deliver.ts'
import { type Item, nameOf, type Origin, type Reason, type Sendable } from './item.ts'
import type { Journal } from './journal.ts'
import { Lanes } from './lanes.ts'
import type { Report, Told } from './report.ts'
import type { Tell } from './tell.ts'

export type RunWith = Omit<DeliverWith, 'willSend' | 'waiting' | 'signal'> & {
  readonly journal: Journal
  readonly report: Report
  readonly tell: Tell
  readonly acknowledgements: Acknowledgements | undefined
  readonly batch: number
  readonly concurrency: number
  /** Ends when the user says so. */
  readonly stop: AbortController
  /** How many items there will be, as far as is known. */
  readonly expected: number
}

export type Ended = {
  /** Items that were begun and have no outcome, or were never looked at. */
  readonly unfinished: boolean
  /** Why the run ended before its end, if it did. */
  readonly gaveUp: string | undefined
}

/** Lots that wait for a turn: enough to find one whose patient is free. */
const AHEAD = 64

export async function runPush(items: AsyncIterable<Item>, using: RunWith): Promise<Ended> {
  const { journal, stop, concurrency, pace } = using
  const run = new Run(using)
  const lanes = new Lanes()
  const lots = new LotAssembler(using.batch, (item) => journal.openLot(item))
  const deliverWith: DeliverWith = {
    ...using,
    signal: stop.signal,
    willSend: (sendables) => journal.willSend(sendables),
    waiting: (why) => run.waits(why, pace.waiting),
  }
  let gaveUp: string | undefined
  let failure: unknown
  const running = new Set<Promise<void>>()
  const start = (): void => {
    while (running.size < concurrency && !stop.signal.aborted) {
      const lot = lanes.next()
      if (!lot) return
      const sent = deliver(lot, deliverWith)
        .then((outcomes) => run.settle(outcomes))
        .catch((error: unknown) => {
          stop.abort()
          run.unfinished = true
          if (error instanceof GivenUp) gaveUp ??= error.message
          else failure ??= error
        })
        .finally(() => {
          lanes.done(lot)
          running.delete(sent)
        })
      running.add(sent)
    }
  }
  const drain = async (to: number): Promise<void> => {
    for (start(); lanes.waiting + running.size > to && !stop.signal.aborted; start())
      await Promise.race(running)
  }
  try {
    for await (const item of items) {
      if (stop.signal.aborted) break
      const sendable = await run.consider(item)
      if (sendable) lanes.add(lots.add(sendable))
      await drain(AHEAD)
    }
    lanes.add(lots.end())
    await drain(0)
    // What replaces a document that came after it has its place now.
    lanes.add(run.takeDeferred())
    await drain(0)
  } finally {
    await Promise.all(running)
  }
  if (failure !== undefined) throw failure
  return { unfinished: run.unfinished || stop.signal.aborted, gaveUp }
}

class Run {
  readonly #using: RunWith
  #deferred: Sendable[] = []
  #again = false
  #seen = 0
  unfinished = false

  constructor(using: RunWith) {
    this.#using = using
  }

  /** What has its outcome without a request gets it here. @returns what has to be sent */
  async consider(item: Item): Promise<Sendable | undefined> {
    this.#seen++
    if (item.kind === 'unusable') return this.#tell(item.origin, 'refused', { reasons: item.reasons })
    if (item.kind === 'ignored') return this.#tell(item.origin, 'ignored', { reasons: [item.reason] })
    const known = this.#using.journal.know(item)
    if (known.kind === 'new') return item
    if (known.kind === 'done') return this.#tell(item.origin, 'known', { item, id: known.id })
    return this.#tell(item.origin, 'refused', { item, reasons: [changedSince[known.of]] })
  }

  async settle(outcomes: readonly Outcome[]): Promise<void> {
    const there = outcomes.flatMap((outcome) => ('id' in outcome ? [outcome] : []))
    if (there.length > 0) await this.#using.journal.noteDone(there)
    for (const outcome of outcomes) {
      const { item } = outcome
      if (outcome.kind === 'pending') this.unfinished = true
      else if ('id' in outcome) this.#tell(item.origin, outcome.kind, { item, id: outcome.id })
      else if (outcome.kind === 'refused' && this.#mayDefer(item)) this.#deferred.push(item)
      else this.#tell(item.origin, outcome.kind, { item, reasons: outcome.reasons })
    }
  }

  waits(why: string, milliseconds: number): void {
    const { tell, report, expected } = this.#using
    tell.waiting(why, milliseconds)
    tell.progress(report.counts, Math.max(expected, this.#seen))
  }

  /** What replaces or deletes another was perhaps sent before it: names of files keep no order. Once. */
  takeDeferred(): Lot[] {
    this.#again = true
    const lots = this.#deferred.map((item) => lotOf([item]))
    this.#deferred = []
    return lots
  }

  #mayDefer(item: Sendable): boolean {
    return !this.#again && item.kind === 'document' && item.ordered && item.origin.message === undefined
  }

  #tell(
    origin: Origin,
    outcome: Told,
    about: { readonly item?: Sendable; readonly id?: string; readonly reasons?: readonly Reason[] },
  ): undefined {
    const { report, tell, acknowledgements, expected } = this.#using
    const { item, id, reasons } = about
    const line = {
      file: nameOf(origin),
      outcome,
      ...(item ? { uniqueId: item.uniqueId } : {}),
      ...(id ? { id } : {}),
      ...(reasons ? { reasons } : {}),
    }
    report.note(line)
    tell.document(line)
    tell.progress(report.counts, Math.max(expected, this.#seen))
    const told = outcome === 'refused' || outcome === 'failed' ? outcome : 'accepted'
    acknowledgements?.note(origin, told, told === 'accepted' ? [] : (reasons ?? []))
    return undefined
  }
}

const changedSince = {
  identifier: {
    code: 'changed',
    text: 'a document of this identifier was sent, with other content: a new version has an identifier of its own, and says what it replaces',
  },
  file: {
    code: 'changed',
    text: 'this file was sent with other content: give the new version a name of its own, and say in "replaces" what it replaces',
  },
} as const satisfies Record<'identifier' | 'file', Reason>
