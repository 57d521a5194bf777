/** Content of resources, as the base specification has it. @see ../error-catalogue.ts */
import type { Wording } from './wording.ts'

export const contentErrors = {
  'aucun-defaut': { fr: 'Aucun défaut trouvé', en: 'No fault found' },
  'element-inconnu': {
    fr: 'Élément inconnu de {type} : {name}',
    en: 'Element unknown to {type}: {name}',
  },
  'element-requis': { fr: 'Élément obligatoire absent : {name}', en: 'Mandatory element missing: {name}' },
  cardinalite: {
    fr: '{name} : {min} à {max} valeurs attendues',
    en: '{name}: {min} to {max} values expected',
  },
  'valeur-invalide': {
    fr: 'Valeur incorrecte pour {name} : {cause}',
    en: 'Value not correct for {name}: {cause}',
  },
  'code-inconnu': {
    fr: '{name} : ce code n’est pas de {valueSet}',
    en: '{name}: this code is not in {valueSet}',
  },
  'type-attendu': { fr: '{name} : {datatype} attendu', en: '{name}: {datatype} expected' },
  'valeur-vide': {
    fr: '{name} : ni objet, ni tableau, ni texte vide',
    en: '{name}: no empty object, array or text',
  },
  'extension-incorrecte': {
    fr: '{name} : une extension a soit une valeur, soit des extensions',
    en: '{name}: an extension has either a value or extensions',
  },
  'reference-type': {
    fr: '{name} : la référence doit mener à {expected}',
    en: '{name}: the reference must lead to {expected}',
  },
  'recit-incorrect': {
    fr: '{name} : XHTML de présentation seulement, dans un div',
    en: '{name}: XHTML for display only, in one div',
  },
  'recit-sans-contenu': {
    fr: '{name} : le récit doit contenir un texte ou une image (txt-2)',
    en: '{name}: the narrative must contain text or an image (txt-2)',
  },
  'identifiant-seul': {
    fr: '{name} : un id seul ne suffit pas, il faut une valeur ou une extension (ele-1)',
    en: '{name}: an id alone is not enough, a value or an extension is needed (ele-1)',
  },
  'extension-url': {
    fr: "{name} : l'url d'une extension est absolue, sauf dans une autre extension",
    en: '{name}: the url of an extension is absolute, except inside another extension',
  },
  'contenue-en-double': {
    fr: '{name} : une autre ressource contenue porte déjà cet id',
    en: '{name}: another contained resource has this id already',
  },
  'contenue-orpheline': {
    fr: '{name} : rien ne renvoie à cette ressource contenue (dom-3) : ajoutez une référence, ou retirez-la',
    en: '{name}: nothing refers to this contained resource (dom-3): add a reference, or remove it',
  },
  invariant: {
    fr: '{name} : la règle {key} n’est pas respectée. {human}',
    en: '{name}: rule {key} does not hold. {human}',
  },
  'reference-introuvable': {
    fr: '{name} : la référence ne mène à rien dans ce lot ni sur ce serveur',
    en: '{name}: the reference leads to nothing in this bundle or on this server',
  },
} as const satisfies Record<string, Wording>
