/**
 * What policy reads before it decides: one row for a record, a few columns for a document.
 */
import type { Uuid } from '../fhir/id.ts'

/** A person or a structure, as stored in records and documents: `ps:` + PS_IdNat, `st:` + Struct_IdNat, `patient`. */
export type ActorId = `ps:${string}` | `st:${string}` | 'patient'

export type Authorisation = { readonly actor: ActorId; readonly until: number }

export type RecordFacts = {
  readonly patientKey: Uuid
  readonly status: 'open' | 'closed'
  /** Milliseconds since 1970; the end is not included (rule A4). */
  readonly authorisations: readonly Authorisation[]
  readonly blocked: readonly ActorId[]
  /** `ps:…`, or empty when the patient has none. */
  readonly medecinTraitant: string
  readonly version: number
}

export type DocumentFacts = {
  /** `system|code` of DocumentReference.type. */
  readonly type: string
  readonly masked: boolean
  readonly invisiblePatient: boolean
  readonly invisibleLegal: boolean
  readonly authors: readonly string[]
}
