/**
 * Each change of a document is asked of policy on its own: the right of its transaction in this record, then whether
 * what the right is worth extends to this document. A patch that makes several needs them all.
 * @see docs/policy.md F13 to F17, V2, V4, V5, D3
 */

import { monthBefore } from '../../../dmp/documents/announcement.ts'
import type { DocumentChange } from '../../../dmp/documents/document-change.ts'
import { type FhirError, refusal } from '../../../fhir/fhir-error.ts'
import { timeOfUuid, type Uuid } from '../../../fhir/id.ts'
import { actorClass } from '../../../policy/actor-class.ts'
import { mayChange } from '../../../policy/document-change.ts'
import type { DocumentFacts } from '../../../policy/facts.ts'
import { type Action, actions } from '../../../policy/question.ts'
import type { RightId, RuleId } from '../../../policy/rule-ids.ts'
import type { KnownRecord } from '../../../storage/records/record-facts.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { ask } from '../permit.ts'

type DocumentAction = Extract<Action, 'mask' | 'unmask' | 'show' | 'archive' | 'delete-document'>

const actionOf = {
  mask: 'mask',
  unmask: 'unmask',
  'hide-from-patient': 'show',
  'show-to-patient': 'show',
  'hide-from-representatives': 'show',
  'show-to-representatives': 'show',
  archive: 'archive',
  unarchive: 'archive',
  delete: 'delete-document',
} as const satisfies Record<DocumentChange, DocumentAction>

/** @throws FhirError 403 for the first change that is refused, 409 for a document that is deleted, 422 for what V4 and V5 forbid */
export function permitChanges(
  engine: DmpEngine,
  exchange: DmpExchange,
  record: KnownRecord,
  document: { readonly id: Uuid; readonly facts: DocumentFacts },
  changes: readonly DocumentChange[],
): void {
  const rules = new Set<RuleId>()
  for (const change of changes) {
    const action = actionOf[change]
    const { right } = actions[action]
    const decision = ask(engine, exchange, record, action)
    for (const rule of decision.rules) rules.add(rule)
    exchange.trace.decided([...rules])
    if (decision.effect === 'deny') throw decision.refusal
    exchange.trace.owes(decision.notices)
    const isOwn = document.facts.authors.some((author) => decision.scope.self.includes(author))
    // V4: that an announcement is pending is for the author to say, who alone can know it.
    if (!mayChange(decision, document.facts) || (change === 'hide-from-patient' && !isOwn))
      throw refused(engine, exchange, record, right)
    if (document.facts.status === 'entered-in-error')
      throw refusal('conflict', 'document-supprime', { rule: 'D3' })
    if (change === 'hide-from-representatives')
      throw refusal('unprocessable', 'etiquette-irreversible', {
        rule: 'V5',
        expression: 'DocumentReference.securityLabel',
      })
    if (change === 'hide-from-patient' && timeOfUuid(document.id) <= monthBefore(exchange.now))
      throw refusal('unprocessable', 'annonce-echue', {
        rule: 'V4',
        expression: 'DocumentReference.securityLabel',
      })
  }
}

function refused(
  engine: DmpEngine,
  { caller, mode, now }: DmpExchange,
  record: KnownRecord,
  right: RightId,
): FhirError {
  const name = engine.matricesAt(now).rights.describe(right)?.name ?? ''
  const actor = actorClass(caller, record.facts)
  return refusal('forbidden', 'droit-fonctionnel', { rule: right, params: { right, name, actor, mode } })
}
