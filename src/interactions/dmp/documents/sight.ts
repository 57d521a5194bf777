/**
 * Which documents are there for a caller who is about to change or replace one: those it may search, and those it wrote,
 * which it knows without an authorisation (A2). What is unseen is absent: the answer is that to an id nobody gave out (V7).
 */
import type { FhirError } from '../../../fhir/fhir-error.ts'
import type { Notice, Permit } from '../../../policy/decision.ts'
import { mayChange } from '../../../policy/document-change.ts'
import { holds } from '../../../policy/document-scope.ts'
import type { DocumentFacts } from '../../../policy/facts.ts'
import type { RuleId } from '../../../policy/rule-ids.ts'
import type { KnownRecord } from '../../../storage/records/record-facts.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { ask, unknown } from '../permit.ts'

export type Sight = {
  readonly record: KnownRecord
  readonly rules: readonly RuleId[]
  sees(document: DocumentFacts): boolean
  /** Whether it is seen with the right to consult, and not only as one's own. */
  consults(document: DocumentFacts): boolean
  /** What consulting owes (A10). */
  readonly notices: readonly Notice[]
  /** For whatever is not seen, the same for every id of the record. */
  readonly absent: FhirError
}

/** @throws FhirError 404 without a record, or what refuses the record to a caller who could see nothing in it */
export function sightIn(engine: DmpEngine, exchange: DmpExchange, record: KnownRecord | undefined): Sight {
  if (!record) throw unknown()
  const search = ask(engine, exchange, record, 'search-documents')
  const own = ask(engine, exchange, record, 'delete-document')
  if (search.effect === 'deny' && own.effect === 'deny') {
    exchange.trace.decided(search.rules)
    throw search.refusal
  }
  const consults = (document: DocumentFacts): boolean =>
    search.effect === 'permit' && holds(search.scope, document)
  return {
    record,
    rules: search.rules,
    consults,
    sees: (document) => consults(document) || (own.effect === 'permit' && isAuthor(own, document)),
    notices: search.effect === 'permit' ? search.notices : [],
    // Who may not search at all is told what it is told when it reads; who could, and is refused this record, is told that.
    absent: search.effect === 'permit' || search.rules.includes('F8') ? unknown() : search.refusal,
  }
}

/** Seen as its own, whatever else the right to delete may reach. */
function isAuthor(own: Permit, document: DocumentFacts): boolean {
  return (
    holds({ ...own.scope, onlyOwn: true }, document) &&
    mayChange({ ...own, grant: own.grant === 'own-structure' ? 'own-structure' : 'own' }, document)
  )
}
