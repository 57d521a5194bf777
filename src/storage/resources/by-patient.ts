/** Groups by patient_key: a statement touches one record, hence one shard. */
import type { Uuid } from '../../fhir/id.ts'

export function byPatient<T extends { readonly patientKey: Uuid }>(items: readonly T[]): Map<Uuid, T[]> {
  const groups = new Map<Uuid, T[]>()
  for (const item of items) {
    const group = groups.get(item.patientKey)
    if (group) group.push(item)
    else groups.set(item.patientKey, [item])
  }
  return groups
}
