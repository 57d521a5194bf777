/** What a verification finds, and signatures that are refused: rule D8 of docs/policy.md. @see ../error-catalogue.ts */
import type { Wording } from './wording.ts'

export const sealErrors = {
  'sceau-absent': {
    fr: 'Cette version n’a pas de sceau alors que le serveur scellait déjà : elle a été ajoutée, ou son sceau retiré, hors du serveur',
    en: 'This version has no seal although the server was sealing already: it was put in, or its seal taken away, outside the server',
  },
  'sceau-altere': {
    fr: 'Le sceau de cette version a été modifié : sa signature ne correspond pas à ce qu’il dit',
    en: 'The seal of this version has been changed: its signature does not match what it says',
  },
  'cle-inconnue': {
    fr: 'Le sceau de cette version porte une clé que le serveur ne reconnaît pas',
    en: 'The seal of this version is by a key that the server does not know as its own',
  },
  'metadonnees-alterees': {
    fr: 'Les métadonnées de cette version ne sont pas celles qui ont été scellées',
    en: 'The metadata of this version are not those that were sealed',
  },
  'texte-altere': {
    fr: 'Les métadonnées de cette version disent ce qui a été scellé, mais leur texte a été récrit',
    en: 'The metadata of this version say what was sealed, but their text has been rewritten',
  },
  'version-absente': {
    fr: 'Cette version a existé et n’est plus là',
    en: 'This version has existed and is no longer there',
  },
  'chaine-rompue': {
    fr: 'La version précédente n’est pas celle que cette version a remplacée',
    en: 'The version before is not the one that this version took the place of',
  },
  'contenu-altere': {
    fr: 'Le contenu n’est pas celui qui a été déposé : son empreinte SHA-256 diffère de celle qui a été scellée',
    en: 'The content is not the one that was deposited: its SHA-256 is not the one that was sealed',
  },
  'contenu-illisible': {
    fr: 'Le contenu ne peut plus être ouvert : il, ou sa clé, a été modifié ou retiré',
    en: 'The content can no longer be opened: it, or its key, has been changed or taken away',
  },
  'colonnes-alterees': {
    fr: 'Ce que le serveur lit pour décider des accès ne correspond plus aux métadonnées scellées',
    en: 'What the server reads to decide on access no longer matches the sealed metadata',
  },
  'lot-altere': {
    fr: 'Le lot de soumission du dépôt n’est plus celui qui a été scellé',
    en: 'The submission set of the deposit is no longer the one that was sealed',
  },
  'verdict-altere': {
    fr: 'Ce qui a été constaté d’une signature de ce document a été modifié ou retiré',
    en: 'What was found of a signature of this document has been changed or taken away',
  },
  'signature-invalide': {
    fr: 'La signature est invalide ({cause}) : signez à nouveau le document tel que vous l’envoyez',
    en: 'The signature is not valid ({cause}): sign the document again as you send it',
  },
} as const satisfies Record<string, Wording>
