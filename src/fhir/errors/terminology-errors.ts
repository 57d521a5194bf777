/** Operations on terminology. @see ../error-catalogue.ts */
import type { Wording } from './wording.ts'

export const terminologyErrors = {
  'jeu-inconnu': {
    fr: 'Jeu de valeurs inconnu de ce serveur : {valueSet}',
    en: 'Value set unknown to this server: {valueSet}',
  },
  'jeu-incorrect': {
    fr: 'Jeu de valeurs incorrect : il contredit {rule}',
    en: 'Value set not correct: it contradicts {rule}',
  },
  'jeu-cyclique': { fr: 'Ce jeu de valeurs s’inclut lui-même', en: 'This value set includes itself' },
  'systeme-inconnu': {
    fr: 'Le système de codes {system} n’est pas chargé ici, ou pas en entier : sans lui, pas de réponse sûre',
    en: 'The code system {system} is not loaded here, or not wholly: without it there is no safe answer',
  },
  'filtre-non-pris-en-charge': {
    fr: 'Ce filtre du jeu de valeurs n’est pas compris : {filter}',
    en: 'This filter of the value set is not understood: {filter}',
  },
  'expansion-trop-couteuse': {
    fr: 'Expansion trop coûteuse : demandez moins de {limit} codes, par count et offset, ou un filtre plus étroit',
    en: 'Expansion too costly: ask for less than {limit} codes, by count and offset, or a narrower filter',
  },
  'code-hors-systeme': {
    fr: 'Le code {code} n’est pas du système {system}',
    en: 'Code {code} is not of the system {system}',
  },
  'code-hors-jeu': {
    fr: 'Le code {code} du système {system} n’est pas de {valueSet}',
    en: 'Code {code} of the system {system} is not in {valueSet}',
  },
  'code-abstrait': {
    fr: 'Le code {code} est abstrait : un regroupement, pas une valeur',
    en: 'Code {code} is abstract: a group, not a value',
  },
  'code-inactif': { fr: 'Le code {code} n’est plus actif', en: 'Code {code} is no longer active' },
  'libelle-different': {
    fr: 'Ce libellé n’est pas du code {code} ; attendu : {display}',
    en: 'This display is not of code {code}; expected: {display}',
  },
} as const satisfies Record<string, Wording>
