/** What the page of the interface says around the viewer, which speaks English. */
import type { Words } from '../words.ts'

export const apiWords = {
  lead: {
    fr: 'Chaque opération, ses paramètres, ses réponses et un exemple. La même description, pour les outils :',
    en: 'Every operation, its parameters, its answers and an example. The same description, for tools:',
  },
  english: {
    fr: 'La description et l’afficheur (Swagger UI) sont en anglais.',
    en: 'The viewer is Swagger UI.',
  },
  who: { fr: 'Agir en tant que', en: 'Act as' },
  take: { fr: 'Se donner son jeton', en: 'Take their token' },
  whoAbout: {
    fr: 'Le bac à sable donne un jeton à chacun ; les essais ci-dessous l’envoient. Il dure une heure et disparaît avec la page.',
    en: 'The sandbox gives a token to anybody; what is tried below sends it. It lasts one hour and goes with the page.',
  },
  asking: { fr: 'Jeton demandé…', en: 'Asking for a token…' },
  given: { fr: 'Les essais se font en tant que : {name}.', en: 'Requests are now made as: {name}.' },
  notGiven: { fr: 'Pas de jeton : {why}', en: 'No token: {why}' },
  operations: { fr: 'Opérations', en: 'Operations' },
} satisfies Words
