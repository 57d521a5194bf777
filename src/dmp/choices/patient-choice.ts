/**
 * The choices of the patient, and the form in which a Consent says each. One table for all: what a category may permit or
 * deny, whom or what it names, whether it ends by itself, and whether professionals see it in the list of TD1.6.
 * @see docs/policy.md A1 to A7, A13, P2, V6; CodeSystem https://dmp-fhir.example/CodeSystem/choix-patient
 */
import type { Ins } from '../identity/ins.ts'

export const choiceSystem = 'https://dmp-fhir.example/CodeSystem/choix-patient'

export type ProfessionalActor = `ps:${string}`
export type StructureActor = `st:${string}`

/** Milliseconds since 1970, not included; undefined where the Consent does not say. */
type End = { readonly until?: number | undefined }

export type AuthorisationChoice = End & {
  readonly category: 'autorisation'
  readonly actor: ProfessionalActor | StructureActor
}
export type ProfessionalChoice = {
  readonly category: 'blocage' | 'medecin-traitant'
  readonly actor: ProfessionalActor
}
/** What is on or off for the whole record. */
export type SwitchChoice = {
  readonly category:
    | 'bris-de-glace'
    | 'centre-15'
    | 'masques-en-urgence'
    | 'masquage-par-defaut'
    | 'notification'
  readonly permit: boolean
}
/** Who acts for the holder, by their own INS (rule P2). */
export type DelegateChoice = End & { readonly category: 'representation' | 'aidant'; readonly person: Ins }
/** Against one document, by its masterIdentifier as `system|value` (rule A13). */
export type ObjectionChoice = { readonly category: 'opposition-alimentation'; readonly document: string }

/** A third-party service that is let in, by its client_id, for what and to which documents (rule S1). */
export type ServiceChoice = End & {
  readonly category: 'service-tiers'
  readonly service: string
  /** Codes of v3-ActReason. */
  readonly purposes: readonly string[]
  /** `system|code` of types and classes of documents. */
  readonly codes: readonly string[]
}

export type PatientChoice =
  | AuthorisationChoice
  | ProfessionalChoice
  | SwitchChoice
  | DelegateChoice
  | ObjectionChoice
  | ServiceChoice
export type ChoiceCategory = PatientChoice['category']

export type ChoiceForm = {
  readonly provisions: readonly ('permit' | 'deny')[]
  readonly names: 'professional' | 'professional or structure' | 'person' | 'document' | 'service' | 'nobody'
  /** Whether `provision.period.end` may be said. */
  readonly ends: boolean
  /** What `provision.purpose` may be, in v3-ActReason: absent, or exactly these; `said`: one at least. */
  readonly purposes: readonly string[] | 'said'
  /** TD1.6 tells professionals of each other and of emergencies; who acts for the patient is not theirs to know. */
  readonly seenByProfessionals: boolean
}

export const choiceForms = {
  autorisation: {
    provisions: ['permit'],
    names: 'professional or structure',
    ends: true,
    purposes: ['TREAT'],
    seenByProfessionals: true,
  },
  blocage: {
    provisions: ['deny'],
    names: 'professional',
    ends: false,
    purposes: [],
    seenByProfessionals: true,
  },
  'medecin-traitant': {
    provisions: ['permit'],
    names: 'professional',
    ends: false,
    purposes: [],
    seenByProfessionals: true,
  },
  'bris-de-glace': {
    provisions: ['permit', 'deny'],
    names: 'nobody',
    ends: false,
    purposes: ['BTG'],
    seenByProfessionals: true,
  },
  'centre-15': {
    provisions: ['permit', 'deny'],
    names: 'nobody',
    ends: false,
    purposes: ['ETREAT'],
    seenByProfessionals: true,
  },
  'masques-en-urgence': {
    provisions: ['permit', 'deny'],
    names: 'nobody',
    ends: false,
    purposes: ['BTG', 'ETREAT'],
    seenByProfessionals: true,
  },
  // What professionals deposit later is denied to other professionals. `permit` would be read as either: not taken.
  'masquage-par-defaut': {
    provisions: ['deny'],
    names: 'nobody',
    ends: false,
    purposes: [],
    seenByProfessionals: false,
  },
  notification: {
    provisions: ['permit', 'deny'],
    names: 'nobody',
    ends: false,
    purposes: [],
    seenByProfessionals: false,
  },
  representation: {
    provisions: ['permit'],
    names: 'person',
    ends: true,
    purposes: [],
    seenByProfessionals: false,
  },
  aidant: { provisions: ['permit'], names: 'person', ends: true, purposes: [], seenByProfessionals: false },
  'opposition-alimentation': {
    provisions: ['deny'],
    names: 'document',
    ends: false,
    purposes: [],
    seenByProfessionals: false,
  },
  'service-tiers': {
    provisions: ['permit'],
    names: 'service',
    ends: true,
    purposes: 'said',
    seenByProfessionals: false,
  },
} as const satisfies Record<ChoiceCategory, ChoiceForm>

/** The opening of the record is a Consent too, the server's own: $ouvrir, $fermer and $reactiver keep it. */
export const openingCategory = 'ouverture'

export function isChoiceCategory(text: string): text is ChoiceCategory {
  return Object.hasOwn(choiceForms, text)
}

/** What makes a choice one and the same for ever in a record: its category and whom or what it names. */
export function choiceKey(choice: PatientChoice): string {
  if ('actor' in choice) return `${choice.category} ${choice.actor}`
  if ('person' in choice) return `${choice.category} ${choice.person.system}|${choice.person.value}`
  if ('service' in choice) return `${choice.category} ${choice.service}`
  return 'document' in choice ? `${choice.category} ${choice.document}` : choice.category
}
