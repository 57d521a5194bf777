/**
 * Asks policy, notes in the trace what it said, and throws its refusal. The only door to a record.
 */
import { type FhirError, refusal } from '../../fhir/fhir-error.ts'
import { decide } from '../../policy/decide.ts'
import type { Decision, Permit } from '../../policy/decision.ts'
import type { Action } from '../../policy/question.ts'
import type { KnownRecord } from '../../storage/record-facts.ts'
import type { DmpEngine } from './dmp-engine.ts'
import type { DmpExchange } from './dmp-exchange.ts'

export type Permitted = Permit & { readonly record: KnownRecord }

/** @throws FhirError the first refusal, or 404 when there is no such record */
export function permit(
  engine: DmpEngine,
  exchange: DmpExchange,
  record: KnownRecord | undefined,
  action: Action,
): Permitted {
  if (!record) throw unknown()
  const decision = ask(engine, exchange, record, action)
  exchange.trace.decided(decision.rules)
  if (decision.effect === 'deny') throw decision.refusal
  return { ...decision, record }
}

/**
 * The same for reading documents, where who may not search at all may still find its own (F9). Refusals of the record
 * itself (no authorisation, blocked, closed) stay: only a missing functional right gives way.
 */
export function permitOrOwn(
  engine: DmpEngine,
  exchange: DmpExchange,
  record: KnownRecord | undefined,
  givesWay: 'functional right' | 'functional right or authorisation',
): Permitted {
  if (!record) throw unknown()
  const search = ask(engine, exchange, record, 'search-documents')
  if (search.effect === 'deny' && mayFindOwn(search.rules, givesWay)) {
    const own = ask(engine, exchange, record, 'find-own-document')
    if (own.effect === 'permit') {
      exchange.trace.decided(own.rules)
      return { ...own, record }
    }
  }
  exchange.trace.decided(search.rules)
  if (search.effect === 'deny') throw search.refusal
  return { ...search, record }
}

function mayFindOwn(rules: readonly string[], givesWay: string): boolean {
  return (
    rules.includes('F8') ||
    (givesWay !== 'functional right' && (rules.includes('A1') || rules.includes('A4')))
  )
}

function ask(engine: DmpEngine, exchange: DmpExchange, record: KnownRecord, action: Action): Decision {
  const { caller, mode, motive, now, trace } = exchange
  trace.inRecord(record.facts.patientKey, record.holder)
  return decide({
    action,
    caller,
    mode,
    motive,
    facts: record.facts,
    holder: record.holder,
    now,
    matrices: engine.matricesAt(now),
  })
}

/** The one answer for what is unseen, denied by its type, or does not exist (rule V7). */
export function unknown(): FhirError {
  return refusal('not-found', 'inconnu')
}

/** The INS by which policy recognises the holder of a record. */
export function holderIns(exchange: DmpExchange): DmpExchange['caller']['ins'] {
  return exchange.caller.onBehalfOf ?? exchange.caller.ins
}
