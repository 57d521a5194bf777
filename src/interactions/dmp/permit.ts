/**
 * Asks policy, notes in the trace what it said, and throws its refusal. The only door to a record.
 */
import { type FhirError, refusal } from '../../fhir/fhir-error.ts'
import { decide } from '../../policy/decide.ts'
import type { Decision, Permit } from '../../policy/decision.ts'
import type { Action } from '../../policy/question.ts'
import { narrowed } from '../../policy/scope-narrowing.ts'
import type { Asker, KnownRecord } from '../../storage/records/record-facts.ts'
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
  return settled(exchange, record, ask(engine, exchange, record, action))
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
    if (own.effect === 'permit') return settled(exchange, record, own)
  }
  return settled(exchange, record, search)
}

/** What was decided, in the trace, with the notices it owes. @throws FhirError the refusal */
function settled(exchange: DmpExchange, record: KnownRecord, decision: Decision): Permitted {
  exchange.trace.decided(decision.rules)
  if (decision.effect === 'deny') throw decision.refusal
  exchange.trace.owes(decision.notices)
  return { ...decision, record }
}

function mayFindOwn(rules: readonly string[], givesWay: string): boolean {
  return (
    rules.includes('F8') ||
    (givesWay !== 'functional right' && (rules.includes('A1') || rules.includes('A4')))
  )
}

/**
 * What policy says, and no more: nothing is thrown, nothing owed. Of the documents that a permit opens, those that the
 * token covers.
 */
export function ask(engine: DmpEngine, exchange: DmpExchange, record: KnownRecord, action: Action): Decision {
  const { caller, mode, motive, now, trace, covered } = exchange
  trace.inRecord(record.facts.patientKey, record.holder, record.representedBy)
  const decision = decide({
    action,
    caller,
    mode,
    motive,
    ...record,
    now,
    matrices: engine.matricesAt(now),
  })
  if (decision.effect === 'deny') return decision
  return { ...decision, scope: narrowed(decision.scope, covered, engine.terminology.documentTypes) }
}

/** The one answer for what is unseen, denied by its type, or does not exist (rule V7). */
export function unknown(): FhirError {
  return refusal('not-found', 'inconnu')
}

/** Who asks, as a record may know the caller. */
export function askerOf({ caller }: DmpExchange): Asker {
  const { ins, onBehalfOf, practitionerId, service, client } = caller
  const holder = onBehalfOf ?? ins
  return {
    ...(holder ? { holder } : {}),
    ...(onBehalfOf && ins ? { representative: ins } : {}),
    ...(caller.actor === 'PS' && practitionerId ? { professional: `ps:${practitionerId}` } : {}),
    ...(service ? { service: client } : {}),
  }
}
