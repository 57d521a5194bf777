/** What the page of the functional rights says: every caller, mode, right and value has its line in both languages. */
import type {
  accessModes,
  authenticationModes,
  functionalRights,
  Grant,
  matrixActors,
} from '../../dmp/matrices/functional-matrix.ts'
import type { Text, Words } from '../words.ts'

export const rightsWords = {
  lead: {
    fr: 'Qui peut appeler quelle transaction, et à quelle condition, avant que les choix du patient ne soient regardés. C’est la table que ce serveur applique en ce moment.',
    en: 'Who may call which transaction, and on which condition, before the choices of the patient are looked at. It is the table that this server applies right now.',
  },
  filters: { fr: 'Filtrer', en: 'Filter' },
  caller: { fr: 'Appelant', en: 'Caller' },
  allCallers: { fr: 'Tous les appelants', en: 'All callers' },
  authentication: { fr: 'Authentification', en: 'Authentication' },
  mode: { fr: 'Mode d’accès', en: 'Access mode' },
  any: { fr: 'Toutes', en: 'Any' },
  anyMode: { fr: 'Tous', en: 'Any' },
  reset: { fr: 'Tout montrer', en: 'Show all' },
  none: {
    fr: 'Cet appelant n’a aucun droit de cette façon.',
    en: 'This caller has no right in this way.',
  },
  shown: { fr: 'Tables montrées : {tables}.', en: 'Tables shown: {tables}.' },
  right: { fr: 'Droit', en: 'Right' },
  without: {
    fr: 'Sans aucun droit de cette façon : {callers}.',
    en: 'Without any right in this way: {callers}.',
  },
  sources: { fr: 'Sources', en: 'Sources' },
  mark: { fr: '« ? » : proposition de notre part', en: '“?”: a proposal of ours' },
  values: { fr: 'Ce que valent les cases', en: 'What the cells mean' },
  short: { fr: 'Case', en: 'Cell' },
  meaning: { fr: 'Sens', en: 'Meaning' },
  rules: {
    fr: 'Ce que disent les règles (F0 à F17, A, V, D)',
    en: 'What the rules say (F0 to F17, A, V, D)',
  },
} satisfies Words

export const callerWords = {
  PS_NON_MEDECIN: { fr: 'Professionnel non médecin', en: 'Professional, not a doctor' },
  MEDECIN: { fr: 'Médecin', en: 'Doctor' },
  MEDECIN_TRAITANT: { fr: 'Médecin traitant', en: 'Médecin traitant' },
  MEDECIN_DU_TRAVAIL: { fr: 'Médecin du travail', en: 'Occupational doctor' },
  NON_PS: { fr: 'Personnel non professionnel de santé', en: 'Staff, not a health professional' },
  STRUCTURE: { fr: 'Structure', en: 'Structure' },
  PATIENT: { fr: 'Patient', en: 'Patient' },
  REPRESENTANT_LEGAL: { fr: 'Représentant légal', en: 'Legal representative' },
  AIDANT: { fr: 'Aidant', en: 'Carer (aidant)' },
  ASSURANCE_MALADIE: { fr: 'Assurance maladie', en: 'Health insurance' },
  AUDITEUR: { fr: 'Auditeur', en: 'Auditor' },
  ADMINISTRATION: { fr: 'Administration du DMP', en: 'DMP administration' },
} satisfies Readonly<Record<(typeof matrixActors)[number], Text>>

export const authenticationWords = {
  DIRECTE: { fr: 'authentification directe', en: 'direct authentication' },
  INDIRECTE: { fr: 'authentification indirecte', en: 'indirect authentication' },
  INDIRECTE_RENFORCEE: {
    fr: 'authentification indirecte renforcée (AIR)',
    en: 'reinforced indirect authentication (AIR)',
  },
} satisfies Readonly<Record<(typeof authenticationModes)[number], Text>>

export const modeWords = {
  normal: { fr: 'Mode normal', en: 'Normal mode' },
  bris_de_glace: { fr: 'Bris de glace', en: 'Bris de glace (break the glass)' },
  centre_15: { fr: 'Centre 15', en: 'Centre 15 (emergency dispatch)' },
} satisfies Readonly<Record<(typeof accessModes)[number], Text>>

/** The tables name the rights in French. */
export const rightWords = {
  F0: 'open a record',
  F1: 'test whether the record exists, its status, one’s own authorisation',
  F2: 'declare oneself authorised',
  F3: 'list the records that authorise me',
  F4: 'look for a patient by traits, without INS',
  F5: 'consult the administrative data',
  F6: 'list the authorised and the blocked professionals',
  F7: 'feed: deposit, replace',
  F8: 'search documents',
  F9: 'find the reference of one’s own document',
  F10: 'consult a document that is not masked',
  F11: 'consult a document masked to professionals',
  F12: 'consult a document that is invisible to the patient, archived, replaced or deleted',
  F13: 'mask a document',
  F14: 'unmask a document',
  F15: 'make a document visible to the patient',
  F16: 'archive and unarchive a document',
  F17: 'delete a document',
} satisfies Readonly<Record<(typeof functionalRights)[number], string>>

type GrantWords = { readonly short: Text; readonly meaning: Text }

export const grantWords = {
  yes: { short: { fr: 'oui', en: 'yes' }, meaning: { fr: 'accordé', en: 'granted' } },
  no: { short: { fr: 'non', en: 'no' }, meaning: { fr: 'refusé', en: 'refused' } },
  own: {
    short: { fr: 'les siens', en: 'own' },
    meaning: { fr: 'seulement sur les documents qu’il a écrits', en: 'only on documents the caller wrote' },
  },
  'own-structure': {
    short: { fr: 'sa structure', en: 'own structure' },
    meaning: {
      fr: 'seulement sur ce qui appartient à sa structure',
      en: 'only on what belongs to the caller’s structure',
    },
  },
  'for-structure': {
    short: { fr: 'pour sa structure', en: 'for structure' },
    meaning: {
      fr: 'accordé, l’effet étant au nom de la structure',
      en: 'granted, the effect being in the name of the structure',
    },
  },
  'imputed-to-structure': {
    short: { fr: 'imputé', en: 'imputed' },
    meaning: {
      fr: 'accordé, le dépôt étant imputé à la structure',
      en: 'granted, the deposit being imputed to the structure',
    },
  },
  'if-masked-allowed': {
    short: { fr: 'si permis', en: 'if allowed' },
    meaning: {
      fr: 'seulement si le patient laisse lire les documents masqués en urgence (A7)',
      en: 'only if the patient lets masked documents be read in an emergency (A7)',
    },
  },
  'all-but-patient-authored': {
    short: { fr: 'sauf patient', en: 'not the patient’s' },
    meaning: {
      fr: 'sur tout document, sauf ceux que le patient a écrits',
      en: 'on every document but those the patient wrote',
    },
  },
  'own-or-patient-authored': {
    short: { fr: 'siens ou patient', en: 'own, patient’s' },
    meaning: {
      fr: 'sur les documents qu’il a écrits, ou que le patient a écrits',
      en: 'on documents the caller or the patient wrote',
    },
  },
  'patient-types': {
    short: { fr: 'types patient', en: 'patient types' },
    meaning: {
      fr: 'seulement les types qu’un patient peut écrire (D7)',
      en: 'only the types that a patient may write (D7)',
    },
  },
  'reimbursement-only': {
    short: { fr: 'remboursements', en: 'reimbursements' },
    meaning: { fr: 'seulement le type REMB (D7)', en: 'only the type REMB (D7)' },
  },
  'except-hidden-from-caller': {
    short: { fr: 'sauf cachés', en: 'unless hidden' },
    meaning: {
      fr: 'accordé, sauf les documents que leur étiquette lui cache (V4, V5)',
      en: 'granted, but for documents whose label hides them from this caller (V4, V5)',
    },
  },
} satisfies Readonly<Record<Grant, GrantWords>>
