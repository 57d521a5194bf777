/** Who asks: tokens, scopes, access modes. @see ../error-catalogue.ts */
import type { Wording } from './wording.ts'

export const callerErrors = {
  'jeton-absent': {
    fr: "Cette requête demande un jeton d'accès : envoyez l'en-tête Authorization: Bearer …",
    en: 'This request needs an access token: send the header Authorization: Bearer …',
  },
  'jeton-invalide': {
    fr: "Le jeton d'accès n'est pas accepté : {cause}",
    en: 'The access token is not accepted: {cause}',
  },
  'jeton-expire': {
    fr: "Le jeton d'accès a expiré : demandez-en un nouveau",
    en: 'The access token has expired: ask for a new one',
  },
  'certificat-non-lie': {
    fr: "Le jeton d'accès est lié à un autre certificat que celui de la connexion",
    en: 'The access token is bound to another certificate than the one of this connection',
  },
  'portee-insuffisante': {
    fr: 'La portée (scope) du jeton ne couvre pas {need}',
    en: 'The scope of the token does not cover {need}',
  },
  'mode-acces-invalide': {
    fr: "DMP-Mode-Acces doit valoir normal, bris_de_glace ou centre_15, et s'accorder avec le jeton",
    en: 'DMP-Mode-Acces must be normal, bris_de_glace or centre_15, and agree with the token',
  },
  'motif-illisible': {
    fr: 'DMP-Motif ne se lit pas : écrivez le motif en UTF-8 encodé en pour-cent (% devient %25, é devient %C3%A9), sur une seule ligne',
    en: 'DMP-Motif cannot be read: write the motive in percent-encoded UTF-8 (% becomes %25, é becomes %C3%A9), on one line',
  },
} as const satisfies Record<string, Wording>
