/** Identity of the patient: rules I1 to I3 of docs/policy.md. @see ../error-catalogue.ts */
import type { Wording } from './wording.ts'

export const identityErrors = {
  'ins-systeme': {
    fr: "L'identifiant du patient doit être un INS : système urn:oid:1.2.250.1.213.1.4.8 (NIR) ou .9 (NIA){test}",
    en: 'The patient identifier must be an INS: system urn:oid:1.2.250.1.213.1.4.8 (NIR) or .9 (NIA){test}',
  },
  'ins-cle': {
    fr: 'Matricule INS incorrect : 13 caractères et une clé de 2 chiffres, clé = 97 − (nombre mod 97), 2A → 19, 2B → 18',
    en: 'INS matricule not correct: 13 characters and a key of 2 digits, key = 97 − (number mod 97), 2A → 19, 2B → 18',
  },
  'ins-non-qualifiee': {
    fr: "L'identité n'est pas qualifiée : {missing}",
    en: 'The identity is not qualified: {missing}',
  },
  'traits-divergents': {
    fr: "Les traits envoyés diffèrent de ceux du dossier : {traits}. Vérifiez l'identité ; rien n'a été enregistré",
    en: 'The traits sent differ from those of the record: {traits}. Check the identity; nothing was stored',
  },
  'dossier-existant': {
    fr: 'Un dossier existe déjà pour cette identité',
    en: 'A record already exists for this identity',
  },
} as const satisfies Record<string, Wording>
