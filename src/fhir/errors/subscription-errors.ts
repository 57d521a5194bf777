/** Subscriptions: docs/subscriptions.md. @see ../error-catalogue.ts */
import type { Wording } from './wording.ts'

export const subscriptionErrors = {
  'abonnement-sujet': {
    fr: 'criteria nomme l’un de ces sujets : {topics}',
    en: 'criteria names one of these topics: {topics}',
  },
  'abonnement-filtre': {
    fr: 'Nommez un dossier, et lui seul, par l’extension backport-filter-criteria de criteria : {form}',
    en: 'Name one record, and nothing else, by the extension backport-filter-criteria of criteria: {form}',
  },
  'abonnement-canal': {
    fr: '{name} : seul {form} est pris en charge',
    en: '{name}: only {form} is supported',
  },
  'abonnement-adresse': {
    fr: 'Adresse refusée ({cause}) : une URL https, sans identifiants, d’un hôte que l’exploitant du serveur a admis ; demandez-lui de l’ajouter',
    en: 'Address refused ({cause}): an https URL, without credentials, of a host that the operator of the server has listed; ask for it to be added',
  },
  'abonnement-entete': {
    fr: 'En-tête refusé : « Nom: valeur » en ASCII, {limit} au plus, et aucun de ceux que le serveur écrit lui-même',
    en: 'Header refused: "Name: value" in ASCII, {limit} at most, and none of those that the server writes itself',
  },
  'abonnement-fin': {
    fr: 'end est à venir, et à {days} jours au plus',
    en: 'end lies ahead, and {days} days away at most',
  },
  'abonnement-statut': {
    fr: 'status est requested, ou off pour mettre fin à l’abonnement : le serveur écrit les autres',
    en: 'status is requested, or off to end the subscription: the others are written by the server',
  },
  'abonnement-mode': {
    fr: 'Un abonnement se prend en mode d’accès normal',
    en: 'A subscription is made in the access mode normal',
  },
  'abonnement-nombre': {
    fr: 'Au plus {limit} abonnements : supprimez-en un',
    en: '{limit} subscriptions at most: delete one',
  },
  'abonnement-urgence': {
    fr: 'Les accès d’urgence sont dits au patient et à son médecin traitant, à personne d’autre',
    en: 'Emergency accesses are told to the patient and the médecin traitant, and to nobody else',
  },
  'abonnement-immuable': {
    fr: 'Le sujet et le dossier d’un abonnement ne changent pas : créez-en un autre',
    en: 'The topic and the record of a subscription do not change: create another',
  },
} as const satisfies Record<string, Wording>
