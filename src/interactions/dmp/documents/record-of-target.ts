/** The record that `Provenance?target=` names: a document's id says in which record it is. */
import { parseResourceId, type Uuid } from '../../../fhir/id.ts'
import { parseReference } from '../../../fhir/reference.ts'

/** @param values as sent: of several the first, since all that are sealed in one record are asked for there */
export function recordOfTarget(base: string, values: string): Uuid | undefined {
  const [target = ''] = values.split(',')
  const parsed = parseReference(target, base)
  return parseResourceId(parsed?.kind === 'relative' ? parsed.id : target)?.patientKey
}
