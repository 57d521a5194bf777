/**
 * Who has subscribed, as it is asked about later: the person and structure as the token said, and what of the documents it
 * covered. Not the token, nor a right: these are decided anew at each delivery.
 */
import type { Trace } from '../../../audit/trace.ts'
import type { Caller, InsIdentifier } from '../../../policy/caller.ts'
import { type Covered, coveredDocuments } from '../../../policy/scope-narrowing.ts'
import type { StoredSubscription } from '../../../storage/subscriptions/subscriptions.ts'
import type { DmpExchange } from '../dmp-exchange.ts'

type Subscriber = { readonly caller: Caller; readonly covered: Covered }

export function subscriberOf({ caller }: DmpExchange): string {
  const { tokenMotive: _, ...lasting } = caller
  const covered = coveredDocuments(caller.scopes, { type: 'DocumentReference', letter: 'r' })
  const subscriber: Subscriber = {
    caller: { ...lasting, scopes: [], tokenId: '', regulation: false },
    covered,
  }
  return JSON.stringify(subscriber)
}

/** The request that a delivery stands for: the subscriber reads, now, in normal mode. */
export function subscriberExchange(
  { subscriber }: Pick<StoredSubscription, 'subscriber'>,
  now: number,
  trace: Trace,
): DmpExchange {
  const { caller, covered } = read(subscriber)
  trace.calledBy(caller, 'normal', '')
  return {
    caller,
    covered,
    mode: 'normal',
    motive: '',
    language: 'fr',
    now,
    trace,
    handling: 'strict',
    prefer: undefined,
  }
}

/** Whether it was made for the same person: who acts for several has one name in all their records. */
export function actsForSame({ subscriber }: Pick<StoredSubscription, 'subscriber'>, now: Caller): boolean {
  const { caller } = read(subscriber)
  return same(caller.ins, now.ins) && same(caller.onBehalfOf, now.onBehalfOf)
}

function same(one: InsIdentifier | undefined, other: InsIdentifier | undefined): boolean {
  return one?.system === other?.system && one?.value === other?.value
}

function read(text: string): Subscriber {
  // Written by `subscriberOf`, and by nobody else.
  return JSON.parse(text) as Subscriber
}
