/**
 * Every interaction this server performs: a route cannot be registered without one of these names. What each one is in
 * an AuditEvent: `action`, subtype of restful-interaction, and the IHE or DMP transaction it is.
 * @see https://hl7.org/fhir/R4/codesystem-restful-interaction.html
 */
export type InteractionKind = {
  readonly action: 'C' | 'R' | 'U' | 'D' | 'E'
  /** Code of restful-interaction, absent for what is outside FHIR. */
  readonly subtype?: string
  readonly transaction?: string
  /** Public and about nobody: leaves no trace. */
  readonly untraced?: true
}

export const interactions = {
  capabilities: { action: 'R', subtype: 'capabilities', untraced: true },
  'smart-configuration': { action: 'R', untraced: true },
  openapi: { action: 'R', untraced: true },
  'publish-matrices': { action: 'R', untraced: true },
  'publish-seal-keys': { action: 'R', untraced: true },
  livez: { action: 'R', untraced: true },
  readyz: { action: 'R', untraced: true },
  /** A page or an asset of the console. */
  home: { action: 'R', untraced: true },
  'sandbox-issuer': { action: 'E', untraced: true },
  'unknown-route': { action: 'R' },
  'read-document-reference': { action: 'R', subtype: 'read' },
  'vread-document-reference': { action: 'R', subtype: 'vread' },
  'search-document-references': { action: 'E', subtype: 'search-type', transaction: 'ITI-67' },
  'publish-document': { action: 'C', subtype: 'create', transaction: 'ITI-105' },
  'generate-metadata': { action: 'C', subtype: 'create', transaction: 'ITI-106' },
  'provide-documents': { action: 'C', subtype: 'transaction', transaction: 'ITI-65' },
  'document-history': { action: 'R', subtype: 'history-instance' },
  'document-type-history': { action: 'R', subtype: 'history-type' },
  'search-lists': { action: 'E', subtype: 'search-type', transaction: 'ITI-66' },
  'change-document': { action: 'U', subtype: 'patch', transaction: 'TD3.3' },
  'verify-document': { action: 'E', subtype: 'operation' },
  'read-provenance': { action: 'R', subtype: 'read' },
  'search-provenance': { action: 'E', subtype: 'search-type' },
  'announce-document': { action: 'E' },
  'reveal-document': { action: 'U', subtype: 'patch', transaction: 'TD3.3b' },
  'destroy-record': { action: 'D' },
  'retrieve-document': { action: 'R', subtype: 'read', transaction: 'ITI-68' },
  'read-resource': { action: 'R', subtype: 'read' },
  'vread-resource': { action: 'R', subtype: 'vread' },
  'find-patient': { action: 'E', subtype: 'search-type', transaction: 'TD0.2' },
  'list-records': { action: 'E', subtype: 'operation', transaction: 'TD0.4' },
  'match-patient': { action: 'E', subtype: 'operation', transaction: 'ITI-119' },
  'summarise-accesses': { action: 'E', subtype: 'operation' },
  'read-patient': { action: 'R', subtype: 'read', transaction: 'TD1.3a' },
  'open-record': { action: 'C', subtype: 'operation' },
  'create-consent': { action: 'C', subtype: 'create' },
  'update-consent': { action: 'U', subtype: 'update' },
  'search-consents': { action: 'E', subtype: 'search-type', transaction: 'TD1.6' },
  'consent-history': { action: 'R', subtype: 'history-instance' },
  'create-care-team': { action: 'C', subtype: 'create' },
  'update-care-team': { action: 'U', subtype: 'update' },
  'search-care-teams': { action: 'E', subtype: 'search-type' },
  'care-team-history': { action: 'R', subtype: 'history-instance' },
  'close-record': { action: 'U', subtype: 'operation' },
  'reactivate-record': { action: 'U', subtype: 'operation' },
  synthese: { action: 'E', subtype: 'operation' },
  'create-subscription': { action: 'C', subtype: 'create' },
  'update-subscription': { action: 'U', subtype: 'update' },
  'delete-subscription': { action: 'D', subtype: 'delete' },
  'search-subscriptions': { action: 'E', subtype: 'search-type' },
  'subscription-status': { action: 'E', subtype: 'operation' },
  'subscription-events': { action: 'E', subtype: 'operation' },
  'deliver-notification': { action: 'E' },
  'search-traces': { action: 'E', subtype: 'search-type' },
  'export-traces': { action: 'E', subtype: 'search-type' },
  'read-trace': { action: 'R', subtype: 'read' },
  'search-measures': { action: 'E', subtype: 'search-type' },
  'read-measure': { action: 'R', subtype: 'read' },
  'evaluate-measure': { action: 'E', subtype: 'operation' },
  'tell-rights': { action: 'E', subtype: 'operation' },
  'explain-request': { action: 'E', subtype: 'operation' },
  'send-message': { action: 'C', subtype: 'create' },
  'acknowledge-message': { action: 'U', subtype: 'patch' },
  'search-messages': { action: 'E', subtype: 'search-type' },
  'message-history': { action: 'R', subtype: 'history-instance' },
  'push-appointment': { action: 'C', subtype: 'create' },
  'update-appointment': { action: 'U', subtype: 'update' },
  'search-appointments': { action: 'E', subtype: 'search-type' },
  'appointment-history': { action: 'R', subtype: 'history-instance' },
  // The plain FHIR interactions
  read: { action: 'R', subtype: 'read' },
  vread: { action: 'R', subtype: 'vread' },
  'history-instance': { action: 'R', subtype: 'history-instance' },
  'history-type': { action: 'R', subtype: 'history-type' },
  'history-system': { action: 'R', subtype: 'history-system' },
  create: { action: 'C', subtype: 'create' },
  update: { action: 'U', subtype: 'update' },
  'conditional-update': { action: 'U', subtype: 'update' },
  patch: { action: 'U', subtype: 'patch' },
  'conditional-patch': { action: 'U', subtype: 'patch' },
  delete: { action: 'D', subtype: 'delete' },
  'conditional-delete': { action: 'D', subtype: 'delete' },
  'search-type': { action: 'E', subtype: 'search-type' },
  'search-system': { action: 'E', subtype: 'search-system' },
  'search-compartment': { action: 'E', subtype: 'search-type' },
  bundle: { action: 'E', subtype: 'transaction' },
  everything: { action: 'E', subtype: 'operation' },
  validate: { action: 'E', subtype: 'operation' },
  meta: { action: 'E', subtype: 'operation' },
  'meta-add': { action: 'U', subtype: 'operation' },
  'meta-delete': { action: 'U', subtype: 'operation' },
  versions: { action: 'E', subtype: 'operation' },
  terminology: { action: 'E', subtype: 'operation' },
} as const satisfies Record<string, InteractionKind>

export type InteractionName = keyof typeof interactions

export function isInteractionName(name: unknown): name is InteractionName {
  return typeof name === 'string' && Object.hasOwn(interactions, name)
}
