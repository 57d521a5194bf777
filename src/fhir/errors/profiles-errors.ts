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
    fr: '{name} : le profil {profile} attend de {min} à {max} valeurs : ajoutez ce qui manque, retirez ce qui est en trop',
    en: '{name}: profile {profile} expects {min} to {max} values: add what is missing, take away what is too much',
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
  'profil-contenue': {
    fr: '{name} : le profil {profile} veut une ressource contenue : mettez-la dans contained et désignez-la par #id',
    en: '{name}: profile {profile} wants a contained resource: put it into contained and name it by #id',
  },
  'code-non-admis': {
    fr: '{name} : {code} n’est pas de {valueSet} ({version}) : prenez un code de ce jeu de valeurs',
    en: '{name}: {code} is not in {valueSet} ({version}): take a code of this value set',
  },
  'code-autre-systeme': {
    fr: '{name} : {code} est de {valueSet} ({version}) avec un autre system : envoyez {system}',
    en: '{name}: {code} is in {valueSet} ({version}) with another system: send {system}',
  },
  'code-par-libelle': {
    fr: '{name} : {code} n’est pas de {valueSet} ({version}) ; son libellé y a pour code {expected} de {system} : envoyez celui-ci',
    en: '{name}: {code} is not in {valueSet} ({version}); its display has the code {expected} of {system} there: send this one',
  },
  'code-mal-forme': {
    fr: '{name} : {code} n’a pas la forme d’un code de ce system (CCAM : ABCD123 ; CIM-10 : A00.0)',
    en: '{name}: {code} is not formed as a code of this system (CCAM: ABCD123; ICD-10: A00.0)',
  },
  'producteur-patient': {
    fr: '{name} : l’auteur est le patient, prenez un code de TRE_A00 dans {valueSet} ({version})',
    en: '{name}: the author is the patient, take a code of TRE_A00 in {valueSet} ({version})',
  },
  'producteur-professionnel': {
    fr: '{name} : l’auteur est un professionnel, TRE_A00 est pour les patients : prenez un autre code de {valueSet} ({version})',
    en: '{name}: the author is a professional, TRE_A00 is for patients: take another code of {valueSet} ({version})',
  },
  'profil-longueur': {
    fr: '{name} : le profil {profile} limite la longueur à {max} caractères',
    en: '{name}: profile {profile} limits the length to {max} characters',
  },
} as const satisfies Record<string, Wording>
