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
  livez: { action: 'R', untraced: true },
  readyz: { action: 'R', untraced: true },
  home: { action: 'R', untraced: true },
  'sandbox-issuer': { action: 'E', untraced: true },
  'unknown-route': { action: 'R' },
  'read-document-reference': { action: 'R', subtype: 'read' },
  'vread-document-reference': { action: 'R', subtype: 'vread' },
  'search-document-references': { action: 'E', subtype: 'search-type', transaction: 'ITI-67' },
  'publish-document': { action: 'C', subtype: 'create', transaction: 'ITI-105' },
  'provide-documents': { action: 'C', subtype: 'transaction', transaction: 'ITI-65' },
  'retrieve-document': { action: 'R', subtype: 'read', transaction: 'ITI-68' },
  'read-resource': { action: 'R', subtype: 'read' },
  'vread-resource': { action: 'R', subtype: 'vread' },
  'find-patient': { action: 'E', subtype: 'search-type', transaction: 'TD0.2' },
  'read-patient': { action: 'R', subtype: 'read', transaction: 'TD1.3a' },
  'open-record': { action: 'C', subtype: 'operation' },
  'create-consent': { action: 'C', subtype: 'create' },
  'search-traces': { action: 'E', subtype: 'search-type' },
  'read-trace': { action: 'R', subtype: 'read' },
} as const satisfies Record<string, InteractionKind>

export type InteractionName = keyof typeof interactions

export function isInteractionName(name: unknown): name is InteractionName {
  return typeof name === 'string' && Object.hasOwn(interactions, name)
}
