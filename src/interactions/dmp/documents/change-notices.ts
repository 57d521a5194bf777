/**
 * Whom a deposit or a change of a document is told to: the patient, unless the patient made it, or wants no such notices
 * (A10). Of what the patient may not see yet nothing is told (V4, V7); that it may be seen now is.
 */
import { encodeUuid, type Uuid } from '../../../fhir/id.ts'
import type { Caller } from '../../../policy/caller.ts'
import type { Notice } from '../../../policy/decision.ts'
import type { DocumentFacts, RecordFacts } from '../../../policy/facts.ts'

type Told = Pick<DocumentFacts, 'invisiblePatient'>

export function noticesOfDeposit(caller: Caller, facts: RecordFacts, id: Uuid, document: Told): Notice[] {
  if (!isTold(caller, facts) || document.invisiblePatient) return []
  return [{ key: `depot ${nameOf(id, 1)}`, kind: 'depot', recipient: 'patient' }]
}

/** @param version that the change made */
export function noticesOfChange(
  caller: Caller,
  facts: RecordFacts,
  { id, version }: { readonly id: Uuid; readonly version: number },
  before: Told,
  after: Told,
): Notice[] {
  if (after.invisiblePatient) return []
  // That an announced document is open now cannot be turned off, whoever opens it.
  const kind = before.invisiblePatient ? 'rendu-visible' : 'modification'
  if (kind === 'modification' && !isTold(caller, facts)) return []
  return [{ key: `${kind} ${nameOf(id, version)}`, kind, recipient: 'patient' }]
}

function isTold(caller: Caller, facts: RecordFacts): boolean {
  return facts.noticesOfChanges && caller.actor !== 'PATIENT'
}

function nameOf(id: Uuid, version: number): string {
  return `DocumentReference/${encodeUuid(id)}/${version}`
}
