/** What the home page says. */
import type { Words } from '../words.ts'

export const homeWords = {
  lead: {
    fr: 'Ce serveur tient des dossiers médicaux partagés (DMP) et les sert en FHIR R4 : un établissement y dépose une lettre de sortie, le médecin du patient la lit, qui n’en a pas le droit ne la voit pas, et le patient sait qui a fait quoi.',
    en: 'This server keeps shared medical records (dossier médical partagé, DMP) and serves them as FHIR R4: a hospital deposits a discharge letter, the patient’s doctor reads it, whoever has no right to it does not see it, and the patient knows who did what.',
  },
  sandboxLead: {
    fr: 'C’est un bac à sable : chacun peut s’y donner un jeton, et aucun vrai patient ne s’y trouve.',
    en: 'It is a sandbox: anybody can give themselves a token, and no real patient is in it.',
  },
  plainLead: {
    fr: 'Ce serveur est le moteur FHIR R4 seul, sans jeton ni règle du DMP, ouvert à cette machine seulement : il sert aux suites de conformité.',
    en: 'This server is the FHIR R4 engine alone, without tokens or rules of the DMP, open to this machine only: it is for conformance suites.',
  },
  pages: { fr: 'Où aller', en: 'Where to go' },
  state: { fr: 'État du serveur', en: 'State of the server' },
  fact: { fr: 'Élément', en: 'Item' },
  value: { fr: 'Valeur', en: 'Value' },
  base: { fr: 'Base FHIR', en: 'FHIR base' },
  version: { fr: 'Version', en: 'Version' },
  mode: { fr: 'Mode', en: 'Mode' },
  habilitation: { fr: 'Matrice d’habilitation', en: 'Habilitation matrix' },
  rights: { fr: 'Droits fonctionnels', en: 'Functional rights' },
  inForce: {
    fr: 'version {version}, en vigueur depuis le {day}',
    en: 'version {version}, in force since {day}',
  },
  next: { fr: 'puis la version {version}, le {day}', en: 'then version {version}, on {day}' },
  noNext: { fr: 'aucune version suivante connue', en: 'no next version known' },
  machines: { fr: 'Pour les machines', en: 'For machines' },
  statement: { fr: 'déclaration de capacités', en: 'capability statement' },
  openApi: { fr: 'description OpenAPI 3.1', en: 'OpenAPI 3.1 description' },
  smart: { fr: 'configuration SMART', en: 'SMART configuration' },
  matrices: { fr: 'matrices en vigueur', en: 'matrices in force' },
  ready: { fr: 'prêt à servir ?', en: 'ready to serve?' },
} satisfies Words
