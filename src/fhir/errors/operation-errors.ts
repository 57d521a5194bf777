/** Concurrency and operation. @see ../error-catalogue.ts */
import type { Wording } from './wording.ts'

export const operationErrors = {
  'version-perimee': {
    fr: 'La ressource a changé entre-temps : relisez-la, puis recommencez',
    en: 'The resource has changed meanwhile: read it again, then retry',
  },
  'conflit-concurrent': {
    fr: 'Une autre requête modifiait le même dossier : recommencez, rien n’a été enregistré',
    en: 'Another request was changing the same record: retry, nothing was stored',
  },
  'periode-mois-entier': {
    fr: 'Les indicateurs portent sur un mois entier : donnez son premier jour dans periodStart et son dernier dans periodEnd, ou AAAA-MM dans les deux',
    en: 'Indicators are of a whole month: give its first day as periodStart and its last as periodEnd, or YYYY-MM as both',
  },
  'trop-de-requetes': {
    fr: 'Trop de requêtes : réessayez dans {seconds} s',
    en: 'Too many requests: try again in {seconds} s',
  },
  surcharge: {
    fr: 'Le serveur a plus de requêtes qu’il n’en peut traiter ; rien n’a été fait de celle-ci : réessayez dans {seconds} s',
    en: 'The server has more requests than it can handle; nothing was done of this one: try again in {seconds} s',
  },
  'trace-impossible': {
    fr: 'La trace ne peut être écrite, donc aucune réponse : réessayez plus tard',
    en: 'The trace cannot be written, hence no answer: try again later',
  },
  indisponible: {
    fr: 'Service momentanément indisponible : réessayez plus tard',
    en: 'Service unavailable for the moment: try again later',
  },
  interne: {
    fr: 'Erreur interne. Communiquez X-Request-Id au support',
    en: 'Internal error. Give X-Request-Id to the support',
  },
} as const satisfies Record<string, Wording>
