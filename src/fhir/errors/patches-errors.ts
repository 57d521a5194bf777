/** Patches. `{index}` counts the operations from 0. @see ../error-catalogue.ts */
import type { Wording } from './wording.ts'

export const patchesErrors = {
  'patch-forme': {
    fr: 'Opération [{index}] du patch : {what} attendu',
    en: 'Operation [{index}] of the patch: {what} expected',
  },
  'patch-chemin': {
    fr: 'Opération [{index}] du patch : chemin incorrect ou non pris en charge',
    en: 'Operation [{index}] of the patch: path not correct or not supported',
  },
  'patch-cible': {
    fr: 'Opération [{index}] du patch : le chemin mène à {found} élément(s), {expected} attendu',
    en: 'Operation [{index}] of the patch: the path leads to {found} element(s), {expected} expected',
  },
  'patch-index': {
    fr: 'Opération [{index}] du patch : position hors de la liste, de 0 à {last} attendue',
    en: 'Operation [{index}] of the patch: position outside of the list, 0 to {last} expected',
  },
  'patch-existe': {
    fr: 'Opération [{index}] du patch : {name} a déjà une valeur et n’en admet qu’une ; remplacez-la',
    en: 'Operation [{index}] of the patch: {name} has a value already and takes only one; replace it',
  },
  'patch-valeur': {
    fr: 'Opération [{index}] du patch : {given} donné pour {name}, {expected} attendu',
    en: 'Operation [{index}] of the patch: {given} given for {name}, {expected} expected',
  },
  'patch-test': {
    fr: 'Opération [{index}] du patch : le test échoue, rien n’a été modifié',
    en: 'Operation [{index}] of the patch: the test fails, nothing was changed',
  },
  'patch-identite': {
    fr: 'Un patch ne change ni resourceType ni id : {name}',
    en: 'A patch changes neither resourceType nor id: {name}',
  },
} as const satisfies Record<string, Wording>
