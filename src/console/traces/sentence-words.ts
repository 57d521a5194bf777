/**
 * What each interaction is in a patient's words: done, and tried but refused. `{a}` is the auxiliary that agrees with who (`a`,
 * `avez`), `{what}` the document that is named, or "a document". What has no line here is told by the trace's own words.
 */
import type { Text } from '../words.ts'

export type ActionKind = 'read' | 'write' | 'choice' | 'other'
export type Sentence = { readonly kind: ActionKind; readonly done: Text; readonly tried: Text }

const says = (kind: ActionKind, fr: readonly [string, string], en: readonly [string, string]): Sentence => ({
  kind,
  done: { fr: `{who} {a} ${fr[0]}`, en: `{who} ${en[0]}` },
  tried: { fr: `{who} {a} voulu ${fr[1]}`, en: `{who} tried to ${en[1]}` },
})

const reading = says('read', ['lu {what}', 'lire {what}'], ['read {what}', 'read {what}'])
const card = says(
  'read',
  ['vu la fiche de {what}', 'voir la fiche de {what}'],
  ['saw the card of {what}', 'see the card of {what}'],
)
const deposit = says(
  'write',
  ['déposé {what}', 'déposer un document'],
  ['deposited {what}', 'deposit a document'],
)
const history = says(
  'read',
  ['suivi ce qui a changé dans les documents', 'suivre les documents'],
  ['followed what changed in the documents', 'follow the documents'],
)
const seal = says(
  'read',
  ['vérifié le sceau de {what}', 'vérifier le sceau d’un document'],
  ['verified the seal of {what}', 'verify the seal of a document'],
)
const choices = says(
  'read',
  ['consulté les autorisations et les choix', 'consulter les autorisations et les choix'],
  ['looked at the authorisations and choices', 'look at the authorisations and choices'],
)
const following = says(
  'other',
  ['suivi le dossier par un abonnement', 'suivre le dossier par un abonnement'],
  ['followed the record by a subscription', 'follow the record by a subscription'],
)
const traces = says(
  'read',
  ['lu qui est venu dans le dossier', 'lire qui est venu dans le dossier'],
  ['read who came into the record', 'read who came into the record'],
)
const team = says(
  'choice',
  ['changé une équipe de soins', 'changer une équipe de soins'],
  ['changed a care team', 'change a care team'],
)

export const sentences: Readonly<Record<string, Sentence>> = {
  'retrieve-document': reading,
  'read-document-reference': card,
  'vread-document-reference': card,
  'document-history': card,
  'document-type-history': history,
  'search-document-references': says(
    'read',
    ['regardé la liste des documents', 'regarder la liste des documents'],
    ['looked at the list of documents', 'look at the list of documents'],
  ),
  'search-lists': says(
    'read',
    ['regardé les lots et classeurs', 'regarder les lots et classeurs'],
    ['looked at lots and folders', 'look at lots and folders'],
  ),
  'publish-document': deposit,
  'generate-metadata': deposit,
  'provide-documents': deposit,
  'change-document': says(
    'write',
    ['modifié la fiche de {what} (masquage, archivage ou suppression)', 'modifier la fiche de {what}'],
    ['changed the card of {what} (masking, archiving or deletion)', 'change the card of {what}'],
  ),
  'verify-document': seal,
  'read-provenance': seal,
  'search-provenance': seal,
  'announce-document': says(
    'other',
    ['annoncé qu’un document va venir', 'annoncer un document'],
    ['announced that a document will come', 'announce a document'],
  ),
  'reveal-document': says(
    'other',
    ['rendu {what} visible au terme du délai', 'rendre un document visible'],
    ['made {what} visible after the delay', 'make a document visible'],
  ),
  'find-patient': says(
    'read',
    ['vérifié que le dossier existe', 'vérifier que le dossier existe'],
    ['checked that the record exists', 'check that the record exists'],
  ),
  'match-patient': says(
    'read',
    ['recherché ce dossier par le nom', 'rechercher ce dossier par le nom'],
    ['looked for this record by name', 'look for this record by name'],
  ),
  'read-patient': says(
    'read',
    ['lu les données administratives', 'lire les données administratives'],
    ['read the administrative data', 'read the administrative data'],
  ),
  'open-record': says(
    'write',
    ['ouvert le dossier', 'ouvrir le dossier'],
    ['opened the record', 'open the record'],
  ),
  'close-record': says(
    'write',
    ['fermé le dossier', 'fermer le dossier'],
    ['closed the record', 'close the record'],
  ),
  'reactivate-record': says(
    'write',
    ['rouvert le dossier', 'rouvrir le dossier'],
    ['opened the record again', 'open the record again'],
  ),
  'create-consent': says(
    'choice',
    ['donné une autorisation ou fait un choix', 'donner une autorisation ou faire un choix'],
    ['gave an authorisation or made a choice', 'give an authorisation or make a choice'],
  ),
  'update-consent': says(
    'choice',
    ['changé ou retiré une autorisation ou un choix', 'changer une autorisation ou un choix'],
    ['changed or ended an authorisation or choice', 'change an authorisation or choice'],
  ),
  'search-consents': choices,
  'consent-history': choices,
  'create-care-team': team,
  'update-care-team': team,
  'search-care-teams': choices,
  'care-team-history': choices,
  synthese: says(
    'read',
    ['lu la synthèse du dossier', 'lire la synthèse du dossier'],
    ['read the synthesis of the record', 'read the synthesis of the record'],
  ),
  'create-subscription': following,
  'update-subscription': following,
  'delete-subscription': following,
  'subscription-status': following,
  'subscription-events': following,
  'deliver-notification': following,
  'search-traces': traces,
  'read-trace': traces,
  'summarise-accesses': traces,
  'export-traces': says(
    'read',
    ['emporté la liste des accès en tableau', 'emporter la liste des accès'],
    ['took the list of accesses as a table', 'take the list of accesses'],
  ),
  'tell-rights': says(
    'other',
    ['demandé quels sont ses droits ici', 'demander quels sont ses droits ici'],
    ['asked what rights they have here', 'ask what rights they have here'],
  ),
  'explain-request': says(
    'other',
    ['demandé l’explication d’une décision', 'demander l’explication d’une décision'],
    ['asked for the explanation of a decision', 'ask for the explanation of a decision'],
  ),
}

export const otherSentence: Sentence = says(
  'other',
  ['fait ceci : {display}', 'faire ceci : {display}'],
  ['did this: {display}', 'do this: {display}'],
)
