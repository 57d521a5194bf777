/**
 * What each interaction asks of policy, for `$expliquer`. Of several actions which one is asked depends on what is sent,
 * or the second stands in for the first (F9 for F8), or both are asked ($verify). A test holds that every route is here, or
 * is about no one record, or asks nothing of policy: who subscribed reads and ends what is its own.
 */
import type { Action } from '../../../policy/question.ts'
import type { DmpRoute } from '../dmp-route.ts'

const documents = ['search-documents', 'find-own-document'] as const
/** By the topic that is sent, or that was. */
const topics = ['search-documents', 'read-traces'] as const
const changes = ['mask', 'unmask', 'show', 'archive', 'delete-document'] as const
const choices = [
  'declare-authorisation',
  'authorise-colleague',
  'choose',
  'block',
  'name-representative',
] as const

const byInteraction: Readonly<Partial<Record<DmpRoute['interaction'], readonly Action[]>>> = {
  'provide-documents': ['feed'],
  'publish-document': ['feed'],
  'generate-metadata': ['feed'],
  'search-document-references': documents,
  'read-document-reference': documents,
  'vread-document-reference': documents,
  'document-history': documents,
  'document-type-history': documents,
  'search-lists': ['search-documents'],
  'search-provenance': documents,
  'read-provenance': documents,
  'verify-document': [...documents, 'read-content'],
  'change-document': changes,
  'retrieve-document': ['read-content'],
  synthese: ['read-content'],
  'find-patient': ['find-record'],
  'tell-rights': ['find-record'],
  'read-patient': ['read-record'],
  'create-consent': choices,
  'update-consent': [...choices, 'end-own-authorisation'],
  'search-consents': ['list-choices'],
  'consent-history': ['list-choices'],
  'create-care-team': ['choose', 'authorise-colleague'],
  'update-care-team': ['choose', 'authorise-colleague'],
  'search-care-teams': ['list-choices'],
  'care-team-history': ['list-choices'],
  'create-subscription': topics,
  'update-subscription': topics,
  'subscription-events': topics,
  'close-record': ['close-record'],
  'reactivate-record': ['reactivate-record'],
  'send-message': ['send-message'],
  'acknowledge-message': ['read-messages'],
  'search-messages': ['read-messages'],
  'message-history': ['read-messages'],
  'push-appointment': ['feed'],
  'update-appointment': ['feed'],
  'search-appointments': documents,
  'appointment-history': documents,
  'search-traces': ['read-traces'],
  'read-trace': ['read-traces'],
  'summarise-accesses': ['read-traces'],
}

/** @returns undefined for what is about no one record, or no matter of policy */
export function askedBy({
  interaction,
  url,
}: Pick<DmpRoute, 'interaction' | 'url'>): readonly Action[] | undefined {
  // Of the types that are read alike, submission sets are documents and the others choices; a subscription is one's own.
  if (interaction === 'read-resource' || interaction === 'vread-resource') {
    if (isOfSubscription({ url })) return undefined
    if (url.startsWith('/Communication')) return ['read-messages']
    if (url.startsWith('/Appointment')) return documents
    return url.startsWith('/List') ? ['search-documents'] : ['list-choices']
  }
  return byInteraction[interaction]
}

/** What is told by itself, later: policy is asked as in mode normal, whatever the mode of the request. */
export function isOfSubscription({ url }: Pick<DmpRoute, 'url'>): boolean {
  return url.startsWith('/Subscription')
}
