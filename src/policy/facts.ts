/**
 * What policy reads before it decides: one row for a record, a few columns for a document.
 */
import type { Uuid } from '../fhir/id.ts'
import type { ServiceConsent } from './third-party-service.ts'

/** A person or a structure, as stored in records and documents: `ps:` + PS_IdNat, `st:` + Struct_IdNat, `patient`. */
export type ActorId = `ps:${string}` | `st:${string}` | 'patient'

export type Authorisation = { readonly actor: ActorId; readonly until: number }

/** A care team (CareTeam), whose members are deemed authorised once the patient has consented (rule A1). */
export type CareTeamFacts = {
  /** Logical id of the CareTeam within the record. */
  readonly team: string
  readonly members: readonly ActorId[]
  /** Milliseconds since 1970, not included; null when the CareTeam has no end. */
  readonly until: number | null
  /** Written by the patient: that is the consent. Else a member's own authorisation is. */
  readonly byPatient: boolean
}

/** The patient's choices for emergencies, `true` for permit (rule A7). */
export type EmergencyChoices = {
  readonly brisDeGlace: boolean
  readonly centre15: boolean
  /** Masked documents in either. */
  readonly masked: boolean
}

export type RecordFacts = {
  readonly patientKey: Uuid
  readonly status: 'open' | 'closed'
  /** Milliseconds since 1970; the end is not included (rule A4). */
  readonly authorisations: readonly Authorisation[]
  readonly blocked: readonly ActorId[]
  /** `ps:…`, or empty when the patient has none. */
  readonly medecinTraitant: string
  readonly careTeams: readonly CareTeamFacts[]
  readonly emergency: EmergencyChoices
  /** Professionals' documents are masked at deposit (rule V6). */
  readonly maskedByDefault: boolean
  /** Whether the patient wants to be told of deposits and changes (rule A10). */
  readonly noticesOfChanges: boolean
  /** `YYYY-MM-DD`: minors have secrets (rule V5). */
  readonly birthDate: string
  readonly version: number
}

/** What the record knows of a caller who says that it acts for the holder (rule P2). */
export type Representation = {
  readonly kind: 'REPRESENTANT_LEGAL' | 'AIDANT'
  /** Milliseconds since 1970, not included. */
  readonly until: number
}

/** What a record is to the caller who asks. */
export type Relation = {
  /** Whether the record is that of the caller's own INS, or of the person for whom the caller acts. */
  readonly holder: boolean
  readonly representation: Representation | undefined
  /** What the patient has opened to the third-party service that calls (rule S1). */
  readonly service?: ServiceConsent
  /** Whether the patient was told already that this professional consulted the record (rule A10). */
  readonly announced: boolean
}

export type DocumentFacts = {
  /** `system|code` of DocumentReference.type. */
  readonly type: string
  /** current, superseded or entered-in-error. */
  readonly status: string
  readonly archived: boolean
  readonly masked: boolean
  readonly invisiblePatient: boolean
  readonly invisibleLegal: boolean
  readonly authors: readonly string[]
}
