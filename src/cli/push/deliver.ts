/**
 * One lot, sent until there is an answer that stands: it is there, or it is refused. A lot of several that is refused is
 * sent again one by one, so that one document's fault is not the others'.
 */

import { CommandError, exitCodes } from '../command.ts'
import type { Lot } from './assemble-lots.ts'
import type { Connection, Request } from './connection.ts'
import { NoAnswer } from './connection.ts'
import { ContentChanged } from './content-source.ts'
import type { DocumentItem, Reason, Sendable } from './item.ts'
import { type LotSource, provideBody, publishBody } from './lot.ts'
import type { Pace } from './pace.ts'
import { type Place, readAnswer, type Verdict } from './read-answer.ts'
import { BodyBuilder } from './request-body.ts'
import type { TokenSource } from './token-source.ts'

export type Outcome =
  | { readonly kind: 'sent' | 'there'; readonly item: Sendable; readonly id: string }
  | {
      readonly kind: 'refused' | 'failed'
      readonly item: Sendable
      readonly reasons: readonly [Reason, ...Reason[]]
    }
  /** Stopped before there was an answer. */
  | { readonly kind: 'pending'; readonly item: Sendable }

/** The whole run must end: no token any more, or no server for too long. */
export class GivenUp extends Error {
  override readonly name = 'GivenUp'
}

export type DeliverWith = {
  readonly connection: Connection
  readonly pace: Pace
  readonly tokens: TokenSource
  readonly source: LotSource
  readonly simple: boolean
  readonly giveUpAfterMs: number
  readonly signal: AbortSignal
  /** Told before anything is sent. */
  readonly willSend: (items: readonly Sendable[]) => Promise<void>
  /** Told when a request has to be made again. */
  readonly waiting: (why: string) => void
}

/** Tries of one lot at a server that is able, and answers it with a fault of its own. */
const TRIES = 5

/** @throws GivenUp */
export async function deliver(lot: Lot, using: DeliverWith): Promise<Outcome[]> {
  const [first, ...more] = lot.items
  if (more.length > 0) await using.willSend(lot.items)
  const verdict = await settle(requestOf(lot, using), using)
  if (verdict === undefined) return lot.items.map((item) => ({ kind: 'pending', item }))
  if (verdict.kind === 'there') return lot.items.map((item, i) => placed(item, verdict.places[i]))
  if (more.length === 0)
    return [
      { kind: verdict.kind === 'refused' ? 'refused' : 'failed', item: first, reasons: verdict.reasons },
    ]
  const single: Outcome[] = []
  for (const item of lot.items) single.push(...(await deliver({ ...lot, items: [item] }, using)))
  return single
}

/** A deletion is answered alike the first time and again. */
function placed(item: Sendable, place: Place | undefined): Outcome {
  const [first, ...rest] = place?.otherwise ?? []
  // It must not pass for hidden: whoever sent it hidden is told, and no journal says that it was done.
  if (first) return { kind: 'refused', item, reasons: [first, ...rest] }
  const wasThere = item.kind === 'document' && place?.created === false
  return { kind: wasThere ? 'there' : 'sent', item, id: place?.reference ?? '' }
}

type Settled = Extract<Verdict, { kind: 'there' | 'refused' | 'again' }>

/** @returns undefined when it was stopped before */
async function settle(
  request: Omit<Request, 'token'>,
  { connection, pace, tokens, giveUpAfterMs, signal, waiting }: DeliverWith,
): Promise<Settled | undefined> {
  let renewed = 0
  for (let tried = 1; ; ) {
    if (!(await pace.take(signal))) return undefined
    let verdict: Verdict
    let token = ''
    try {
      token = await tokens.current()
      verdict = readAnswer(await connection.send({ ...request, token }), Date.now())
    } catch (error) {
      if (error instanceof NoAnswer || isIssuerAway(error))
        verdict = { kind: 'hindered', retryAfterMs: undefined, why: error.message }
      else {
        pace.left()
        if (error instanceof CommandError) throw new GivenUp(error.message)
        if (!(error instanceof ContentChanged)) throw error
        const text = 'the file changed while it was sent: the next run sends it as it is then'
        return { kind: 'again', reasons: [{ code: 'file', text }] }
      }
    }
    if (verdict.kind === 'hindered') {
      pace.hindered(verdict.retryAfterMs)
      if (pace.fruitless > giveUpAfterMs) throw new GivenUp(`no server for too long (${verdict.why})`)
      waiting(verdict.why)
      continue
    }
    pace.succeeded()
    if (verdict.kind === 'unauthorised') {
      const reason = verdict.reasons[0].code
      if (++renewed > 2 || !(await tokens.renew(token)))
        throw new GivenUp(`the token is not accepted (${reason}): get another, and run again`)
      continue
    }
    if (verdict.kind !== 'again' || tried++ >= TRIES) return verdict
    // Something that may pass, at this server or in this record.
    pace.slowDown()
  }
}

/** The sandbox's issuer is the server itself: away with it, and back. */
function isIssuerAway(error: unknown): error is CommandError {
  return error instanceof CommandError && error.exitCode === exitCodes.unavailable
}

function requestOf({ items }: Lot, { simple, source }: DeliverWith): Omit<Request, 'token'> {
  const [first] = items
  if (first.kind === 'deletion') {
    const query = new URLSearchParams({ identifier: `urn:ietf:rfc:3986|${first.uniqueId}` })
    const operations = [{ op: 'replace', path: '/status', value: 'entered-in-error' }]
    return {
      method: 'PATCH',
      path: `/DocumentReference?${query}`,
      contentType: 'application/json-patch+json',
      body: new BodyBuilder().build(operations),
    }
  }
  if (simple) {
    return {
      method: 'POST',
      path: '/DocumentReference',
      contentType: 'application/fhir+json',
      body: publishBody(first),
    }
  }
  const documents = items.filter((item): item is DocumentItem => item.kind === 'document' && item !== first)
  return {
    method: 'POST',
    path: '/',
    contentType: 'application/fhir+json',
    body: provideBody([first, ...documents], source, Date.now()),
  }
}
