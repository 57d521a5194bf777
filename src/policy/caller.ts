/**
 * Who calls: what a verified access token says, in the DMP's terms.
 * @see docs/policy.md §1 (actors, authentication modes, access modes)
 */

import { accessModes, authenticationModes } from '../dmp/matrices/functional-matrix.ts'

/** What the token's `dmp.acteur` may say. */
export const tokenActors = [
  'PS',
  'NON_PS',
  'STRUCTURE',
  'PATIENT',
  'REPRESENTANT_LEGAL',
  'AIDANT',
  'ASSURANCE_MALADIE',
  'AUDITEUR',
  'ADMINISTRATION',
] as const
export type TokenActor = (typeof tokenActors)[number]

export { accessModes, authenticationModes }
export type AuthenticationMode = (typeof authenticationModes)[number]
export type AccessMode = (typeof accessModes)[number]

/** An INS as FHIR writes it: `urn:oid:1.2.250.1.213.1.4.8` and a matricule of 15 characters. */
export type InsIdentifier = { readonly system: string; readonly value: string }

/** One parameter of a scope's query: `type=http://loinc.org|11488-4,…`; the values, each `system|code`, are alternatives. */
export type ScopeCriterion = { readonly parameter: 'type' | 'category'; readonly values: readonly string[] }

/** A SMART v2 scope, parsed: `user/DocumentReference.rs`. */
export type Scope = {
  readonly level: 'patient' | 'user' | 'system'
  readonly resourceType: string
  readonly interactions: string
  /** What its query leaves of the documents, each criterion less; absent without a query. */
  readonly criteria?: readonly ScopeCriterion[]
}

/** What makes of a caller a third-party service (rule S1). */
export type CallingService = {
  readonly name: string
  /** Those for which this token asks: the one that it says, or else every one the service is registered for. */
  readonly purposes: readonly string[]
}

export type Caller = {
  readonly actor: TokenActor
  readonly authentication: AuthenticationMode
  /** PS_IdNat, as `8` + RPPS; absent for structures and patients (rule I5). */
  readonly practitionerId?: string
  /** TRE_G15 or another profession code, as the habilitation matrix keys it. */
  readonly profession?: string
  /** Savoir-faire, as `SM26`. */
  readonly speciality?: string
  /** Struct_IdNat of the exercise, as `1` + FINESS (rule I5). */
  readonly structureId?: string
  /** INS of the person who calls: patients, representatives, aidants. */
  readonly ins?: InsIdentifier
  /** INS of the person for whom a representative or aidant calls. */
  readonly onBehalfOf?: InsIdentifier
  /** `Acces_Regulation_Medicale` = VRAI: may use centre_15 (rule A9). */
  readonly regulation: boolean
  /** A minor's secret: sees and writes only INVISIBLE_REPRESENTANTS_LEGAUX documents (rule V5). */
  readonly secretConnection: boolean
  /** Motive and mode when the client could put them in the token (`Mode_Acces_Raison`). */
  readonly tokenMotive?: string
  /** For what the token asks, a code of v3-ActReason, where it says so (rule S1). */
  readonly purpose?: string
  /** The third-party service that calls for the patient; absent where the patient's own software does. */
  readonly service?: CallingService
  readonly scopes: readonly Scope[]
  /** `client_id` of the software that calls. */
  readonly client: string
  /** `jti`, for traces. */
  readonly tokenId: string
  /** Stable text that names this caller: binds page cursors. Holds no INS. */
  readonly key: string
}
