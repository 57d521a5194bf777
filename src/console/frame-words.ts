/** What stands around every page of the console. */
import type { Words } from './words.ts'

export const frameWords = {
  name: { fr: 'Serveur FHIR du DMP', en: 'DMP FHIR server' },
  plainName: { fr: 'Serveur FHIR R4', en: 'FHIR R4 server' },
  skip: { fr: 'Aller au contenu', en: 'Skip to the content' },
  pages: { fr: 'Pages de la console', en: 'Pages of the console' },
  otherLanguage: { fr: 'English', en: 'Français' },
  switchLanguage: { fr: 'Read this page in English', en: 'Lire cette page en français' },
  sandbox: { fr: 'Bac à sable : données fictives', en: 'Sandbox: made-up data' },
  production: { fr: 'Production', en: 'Production' },
  trial: { fr: 'Essai : émetteur de jetons configuré', en: 'Trial: configured token issuer' },
  plain: { fr: 'FHIR R4 seul, sans jeton', en: 'Plain FHIR R4, no token' },
  noScript: {
    fr: 'Sans JavaScript, cette page se lit en entier ; ses filtres et ses actions ne fonctionnent pas.',
    en: 'Without JavaScript this page can be read as a whole; its filters and actions do not work.',
  },
  footer: {
    fr: 'Servi par ce serveur seul : aucun tiers, aucun cookie.',
    en: 'Served by this server alone: no third party, no cookie.',
  },
} satisfies Words
