/** What a write comes to, and with its trace what is stored for it. */
import type { Issue } from '../../../fhir/issue.ts'
import type { ResourceWrite } from '../../../storage/resources/stored-resource.ts'
import type { TraceRow } from '../../../storage/traces/insert-traces.ts'

export type Outcome = {
  readonly effect: 'created' | 'updated' | 'unchanged' | 'existing' | 'deleted' | 'absent'
  readonly type: string
  readonly id: string
  /** Of the version that is current now; 0 where there is none. */
  readonly version: number
  readonly lastUpdated: number
  /** JSON text, as it is served; empty after a deletion. */
  readonly body: string
  /** What validation of a patched resource had to say without refusing. */
  readonly remarks: readonly Issue[]
  /** What is to be stored; undefined when nothing changes. */
  readonly write?: ResourceWrite
}

/** A create that depends on nothing, and goes with others. */
export type Creation = { readonly outcome: Outcome; readonly trace: TraceRow }

/** Where such creates go: resolves when resource and trace are durable. */
export type Creations = { readonly store: (creation: Creation) => Promise<void> }
