/**
 * What notices say, in French and then in English. A mail lies in a box that others may open, and its first line on a locked
 * screen: who, which document, where, why are said nowhere, nor whose record it is; signed in, the patient reads it all.
 * @see docs/notices.md "What is said"; CSP R.1111-46, R.1111-48
 */
import type { NoticeKind } from '../policy/decision.ts'

export type InBoth = { readonly fr: string; readonly en: string }

/** One for all kinds: a subject tells nobody who looks over a shoulder what has happened. */
export const noticeSubject =
  'Dossier médical partagé : une information vous attend / Your medical record: a message for you'

const toPatient = {
  'premier-acces': {
    fr: 'Un professionnel de santé a consulté votre dossier médical partagé pour la première fois.',
    en: 'A health professional has consulted your shared medical record for the first time.',
  },
  bris_de_glace: {
    fr: 'Votre dossier médical partagé a été consulté en urgence, en mode « bris de glace ».',
    en: 'Your shared medical record was consulted in an emergency (mode “bris de glace”).',
  },
  centre_15: {
    fr: 'Votre dossier médical partagé a été consulté en urgence par la régulation médicale (centre 15).',
    en: 'Your shared medical record was consulted in an emergency by the medical regulation (centre 15).',
  },
  depot: {
    fr: 'Un document a été ajouté à votre dossier médical partagé.',
    en: 'A document was added to your shared medical record.',
  },
  modification: {
    fr: 'Un document de votre dossier médical partagé a été modifié.',
    en: 'A document of your shared medical record was changed.',
  },
  choix: {
    fr: 'Un réglage de votre dossier médical partagé, par exemple qui peut le consulter, a été modifié par quelqu’un d’autre que vous.',
    en: 'A setting of your shared medical record, such as who may consult it, was changed by somebody other than you.',
  },
  message: {
    fr: 'Vous avez reçu un message au sujet d’un document de votre dossier médical partagé.',
    en: 'You have received a message about a document of your shared medical record.',
  },
  'rendez-vous': {
    fr: 'Un rendez-vous de votre dossier médical partagé a été ajouté, modifié ou annulé.',
    en: 'An appointment of your shared medical record was added, changed or cancelled.',
  },
  'annonce-a-venir': {
    fr: 'Un document de votre dossier médical partagé vous sera bientôt ouvert. Vous pouvez en parler avant avec votre médecin.',
    en: 'A document of your shared medical record will soon be open to you. You may ask your doctor about it before.',
  },
  'rendu-visible': {
    fr: 'Un document de votre dossier médical partagé vous est maintenant ouvert.',
    en: 'A document of your shared medical record is now open to you.',
  },
} as const satisfies Record<NoticeKind, InBoth>

const toCorrespondent: InBoth = {
  fr: 'Un patient vous a écrit au sujet d’un document de son dossier médical partagé.',
  en: 'A patient has written to you about a document of the shared medical record.',
}

/** Emergencies alone are told to the médecin traitant as such. */
const toMedecinTraitant: InBoth = {
  fr: 'Le dossier médical partagé d’un patient dont vous êtes le médecin traitant a été consulté en urgence.',
  en: 'The shared medical record of a patient whose médecin traitant you are was consulted in an emergency.',
}

export function noticeText(kind: NoticeKind, recipient: string): InBoth {
  if (recipient === 'patient') return toPatient[kind]
  return kind === 'message' ? toCorrespondent : toMedecinTraitant
}

/** @param site where the patient signs in; undefined: it is not said, and the patient knows */
export function mailText(kind: NoticeKind, recipient: string, site: string | undefined): string {
  const { fr, en } = noticeText(kind, recipient)
  const where = site === undefined ? '' : ` : ${site}`
  const whereEn = site === undefined ? '' : `: ${site}`
  return `Bonjour,

${fr}

Pour voir ce qui s’est passé, connectez-vous à votre espace${where}
Ce message est envoyé automatiquement. Il ne contient aucune donnée de santé, et personne ne vous demandera de mot de passe en réponse.

—

Hello,

${en}

To see what happened, sign in to your space${whereEn}
This message is sent automatically. It holds no health data, and nobody will ask you for a password in reply.
`
}
