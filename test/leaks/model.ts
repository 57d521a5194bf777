/**
 * What the records hold, as plainly as can be said: the oracle decides on this, and on nothing that the server computes.
 */
import type { InsIdentifier } from '../../src/policy/caller.ts'

export type ModelDocument = {
  readonly record: number
  readonly uniqueId: string
  readonly id: string
  readonly binaryId: string
  readonly listId: string
  /** LOINC or another code of JDV_J66; the codes are distinct across systems. */
  readonly type: string
  /** `ps:…`, `st:…`, `patient`. */
  readonly authors: readonly string[]
  /** Milliseconds since 1970. */
  readonly date: number
  masked: boolean
  pending: boolean
  secret: boolean
  archived: boolean
  /** Whether it has the extension that says so: a patch adds it or changes it. */
  hasArchiveExtension: boolean
  status: 'current' | 'superseded' | 'entered-in-error'
}

export type ModelRecord = {
  readonly id: string
  readonly ins: InsIdentifier
  closed: boolean
  /** Actor → milliseconds since 1970, not included. */
  readonly authorised: Map<string, number>
  readonly blocked: Set<string>
  medecinTraitant: string
  brisDeGlace: boolean
  centre15: boolean
  maskedInEmergency: boolean
  readonly careTeams: { readonly id: string; members: readonly string[]; until: number }[]
  /** `category actor` → the id of the Consent that says so. */
  readonly consents: Map<string, string>
  /** INS of who acts for the holder. */
  readonly representatives: Map<
    string,
    { readonly kind: 'REPRESENTANT_LEGAL' | 'AIDANT'; readonly until: number }
  >
}

export type Model = { readonly records: readonly ModelRecord[]; readonly documents: ModelDocument[] }

export function newRecord(id: string, ins: InsIdentifier): ModelRecord {
  return {
    id,
    ins,
    closed: false,
    authorised: new Map(),
    blocked: new Set(),
    medecinTraitant: '',
    brisDeGlace: true,
    centre15: true,
    maskedInEmergency: false,
    careTeams: [],
    consents: new Map(),
    representatives: new Map(),
  }
}
