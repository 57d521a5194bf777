/** What is the same in every form of a trace: its id, its time, that it never changes, and that something is kept back. */
import { formatResourceId } from '../../fhir/id.ts'
import type { JsonObject } from '../../fhir/json.ts'
import { subsetted } from './coded.ts'
import type { ShownTrace } from './shown-trace.ts'

export function identityOf(trace: ShownTrace, profiles: readonly string[]): JsonObject {
  return {
    resourceType: 'AuditEvent',
    id: formatResourceId({ patientKey: trace.patient_key, id: trace.id }),
    meta: {
      versionId: '1',
      lastUpdated: recordedAt(trace),
      ...(profiles.length > 0 ? { profile: [...profiles] } : {}),
      ...(trace.withheld ? { tag: [subsetted] } : {}),
    },
  }
}

export function recordedAt({ recorded }: ShownTrace): string {
  return new Date(recorded).toISOString()
}
