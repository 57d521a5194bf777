/** What is refused to third-party services, messages and appointments. @see ../error-catalogue.ts */
import type { Wording } from './wording.ts'

export const neighbourErrors = {
  'service-sans-consentement': {
    fr: 'Le patient n’a pas ouvert son dossier à ce service pour cette finalité : demandez-lui un consentement « service-tiers »',
    en: 'The patient has not opened the record to this service for this purpose: ask for a consent of category "service-tiers"',
  },
  'service-lit': {
    fr: 'Un service tiers lit ce que le patient lui ouvre, en mode normal, et ne fait rien d’autre',
    en: 'A third-party service reads what the patient opens to it, in mode normal, and does nothing else',
  },
  'message-incorrect': {
    fr: 'Ce message ne suit pas la forme attendue, corrigez-le : {cause}',
    en: 'This message does not have the form that is expected, correct it: {cause}',
  },
  'message-document-cache': {
    fr: 'Ce document est encore caché au patient ou à ses représentants, qui liraient le message : attendez l’annonce, ou parlez-en de vive voix',
    en: 'This document is still hidden from the patient or from representatives, who would read the message: wait for the announcement, or speak of it in person',
  },
  'messages-trop-nombreux': {
    fr: 'Trop de vos messages ne sont pas lus dans ce dossier (au plus {limit}) : attendez qu’ils le soient',
    en: 'Too many of your messages are unread in this record (at most {limit}): wait until they are read',
  },
  'message-destinataire': {
    fr: 'Le destinataire seul dit qu’un message est lu',
    en: 'Only the one a message is written to says that it was read',
  },
  'message-immuable': {
    fr: 'Un message envoyé ne change plus : seul status passe de in-progress à completed, par le destinataire',
    en: 'A message that was sent changes no more: only status goes from in-progress to completed, by its recipient',
  },
  'identifiant-pris': {
    fr: 'Vous avez déjà envoyé autre chose sous cet identifiant dans ce dossier : prenez-en un autre',
    en: 'You have sent something else under this identifier in this record: take another one',
  },
  'rendez-vous-incorrect': {
    fr: 'Ce rendez-vous ne suit pas la forme attendue, corrigez-le : {cause}',
    en: 'This appointment does not have the form that is expected, correct it: {cause}',
  },
  'rendez-vous-clos': {
    fr: 'Ce rendez-vous est annulé ou passé (cancelled, fulfilled, noshow, entered-in-error) : déposez-en un autre',
    en: 'This appointment is over (cancelled, fulfilled, noshow, entered-in-error): put in another one',
  },
} as const satisfies Record<string, Wording>
