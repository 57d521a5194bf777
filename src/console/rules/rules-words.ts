/** What the page of the rules says around them. */
import type { Words } from '../words.ts'

export const rulesWords = {
  lead: {
    fr: 'Chaque refus, chaque trace et chaque explication nomme les règles qui l’ont décidé. Les voici, avec leur source légale.',
    en: 'Each refusal, each trace and each explanation names the rules that decided it. These are they, with their legal source.',
  },
  english: {
    fr: 'Le texte des règles est en anglais, les termes de droit en français.',
    en: 'Legal terms are French.',
  },
  certainty: {
    fr: 'A : loi, guide de l’ANS · B : presse, éditeurs · C : notre déduction · U : non trouvé, notre choix.',
    en: 'A: law, ANS guide · B: press, vendors · C: our derivation · U: not found, our choice.',
  },
  source: { fr: 'Source', en: 'Source' },
  contents: { fr: 'Toutes les règles', en: 'All rules' },
} as const satisfies Words
