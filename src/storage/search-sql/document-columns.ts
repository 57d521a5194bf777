/**
 * Which columns of `document` answer which search parameters of DocumentReference. A parameter that is not here is
 * refused; one that is here and not defined by FHIR, MHD or PDSm stops the start (search/column-capability.ts).
 * Tokens lie as `system|code`, dates as half-open ranges; what a document does not say is null, and no date matches it.
 * @see docs/decisions/0004 (typed columns rather than index tables)
 */

export type DocumentColumn =
  | { readonly kind: 'id' }
  | { readonly kind: 'token'; readonly column: string; readonly many: boolean }
  | { readonly kind: 'token'; readonly flag: string }
  | { readonly kind: 'token'; readonly code: string }
  | { readonly kind: 'date'; readonly from: string; readonly until: string }
  | { readonly kind: 'date'; readonly at: string }

export const documentColumns: ReadonlyMap<string, DocumentColumn> = new Map<string, DocumentColumn>([
  ['_id', { kind: 'id' }],
  ['_lastUpdated', { kind: 'date', at: 'last_updated' }],
  ['identifier', { kind: 'token', column: 'identifier', many: true }],
  ['status', { kind: 'token', code: 'status' }],
  ['type', { kind: 'token', column: 'type', many: false }],
  ['category', { kind: 'token', column: 'category', many: true }],
  ['format', { kind: 'token', column: 'format', many: false }],
  ['facility', { kind: 'token', column: 'facility', many: false }],
  ['setting', { kind: 'token', column: 'setting', many: false }],
  ['event', { kind: 'token', column: 'event', many: true }],
  ['security-label', { kind: 'token', column: 'security_label', many: true }],
  ['isArchived', { kind: 'token', flag: 'archived' }],
  ['date', { kind: 'date', at: 'date' }],
  ['creation', { kind: 'date', from: 'creation_from', until: 'creation_until' }],
  ['period', { kind: 'date', from: 'period_from', until: 'period_until' }],
  ['period-start', { kind: 'date', from: 'start_from', until: 'start_until' }],
  ['period-end', { kind: 'date', from: 'end_from', until: 'end_until' }],
])

/** Columns `_sort` may name; each is a point in time and never null. */
export const documentSortColumns: ReadonlyMap<string, string> = new Map([
  ['date', 'date'],
  ['_lastUpdated', 'last_updated'],
])
