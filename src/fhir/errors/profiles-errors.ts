/** What a profile demands of a resource. @see ../error-catalogue.ts */
import type { Wording } from './wording.ts'

export const profilesErrors = {
  'profil-inconnu': {
    fr: '{name} : ce profil n’est pas connu de ce serveur, il n’a pas été vérifié',
    en: '{name}: this profile is not known to this server, it was not checked',
  },
  'profil-type': {
    fr: '{name} : le profil {profile} n’admet ici que {expected}',
    en: '{name}: profile {profile} takes only {expected} here',
  },
  'profil-cardinalite': {
    fr: '{name} : le profil {profile} attend de {min} à {max} valeurs',
    en: '{name}: profile {profile} expects {min} to {max} values',
  },
  'profil-tranche': {
    fr: '{name} : le profil {profile} attend de {min} à {max} valeurs pour « {slice} »',
    en: '{name}: profile {profile} expects {min} to {max} values for “{slice}”',
  },
  'profil-tranche-fermee': {
    fr: '{name} : le profil {profile} n’admet ici que {expected}',
    en: '{name}: profile {profile} takes nothing but {expected} here',
  },
  'profil-ordre': {
    fr: '{name} : le profil {profile} impose un ordre, cette valeur vient trop tard',
    en: '{name}: profile {profile} demands an order, this value comes too late',
  },
  'profil-valeur-fixe': {
    fr: '{name} : le profil {profile} fixe la valeur {expected}',
    en: '{name}: profile {profile} fixes the value {expected}',
  },
  'profil-motif': {
    fr: '{name} : le profil {profile} demande que la valeur contienne {expected}',
    en: '{name}: profile {profile} demands that the value contains {expected}',
  },
  'profil-cible': {
    fr: '{name} : la cible de la référence ne suit aucun des profils attendus ({expected})',
    en: '{name}: the target of the reference follows none of the expected profiles ({expected})',
  },
  'profil-longueur': {
    fr: '{name} : le profil {profile} limite la longueur à {max} caractères',
    en: '{name}: profile {profile} limits the length to {max} characters',
  },
} as const satisfies Record<string, Wording>
