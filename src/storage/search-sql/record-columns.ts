/**
 * Which columns answer which search parameters of documents and lists. What has no column here lies among the entries of
 * `tokens` and `strings` (search/record/), or is refused; a column without a definition by FHIR, MHD, PDSm or us stops the
 * start (search/finding-capability.ts). Tokens lie as `system|code`, dates as half-open ranges; what a document does not
 * say is null, and no date matches it.
 * @see docs/decisions/0004 (typed columns rather than index tables), 0014 (entries)
 */

export type RecordColumn =
  | { readonly kind: 'id' }
  | { readonly kind: 'token'; readonly column: string; readonly many: boolean }
  | { readonly kind: 'token'; readonly flag: string }
  /** A code without its system, which is always this one. */
  | { readonly kind: 'token'; readonly code: string; readonly system: string }
  | { readonly kind: 'date'; readonly from: string; readonly until: string }
  | { readonly kind: 'date'; readonly at: string }
  /** A tsvector. */
  | { readonly kind: 'string'; readonly words: string }
  /** Ids of documents that a list names. */
  | { readonly kind: 'reference'; readonly items: true }

export const documentColumns: ReadonlyMap<string, RecordColumn> = new Map<string, RecordColumn>([
  ['_id', { kind: 'id' }],
  ['_lastUpdated', { kind: 'date', at: 'last_updated' }],
  ['identifier', { kind: 'token', column: 'identifier', many: true }],
  ['status', { kind: 'token', code: 'status', system: 'http://hl7.org/fhir/document-reference-status' }],
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
  ['mots', { kind: 'string', words: 'words' }],
])

export const listColumns: ReadonlyMap<string, RecordColumn> = new Map<string, RecordColumn>([
  ['_id', { kind: 'id' }],
  // Of a folder its reader's: search-lists.ts.
  ['_lastUpdated', { kind: 'date', at: 'updated' }],
  ['status', { kind: 'token', code: 'status', system: 'http://hl7.org/fhir/list-status' }],
  ['isArchived', { kind: 'token', flag: 'archived' }],
  ['date', { kind: 'date', at: 'date' }],
  ['item', { kind: 'reference', items: true }],
])

/** Answered by an entry, and by no extraction of the engine's own (search/record/author-exercise.ts). */
export const derivedEntries: readonly string[] = ['author-profession', 'author-speciality']

/** What is never absent. */
export function isAlways(column: RecordColumn): boolean {
  return column.kind === 'id' || 'flag' in column || 'code' in column || 'at' in column || 'items' in column
}

/** A column `_sort` may name: a time, or a text in the order of its characters. Null: the document does not say. */
export type SortColumn = {
  readonly column: string
  readonly kind: 'time' | 'text'
  readonly nullable: boolean
}

/** A range is sorted by its beginning. */
export const documentSortColumns: ReadonlyMap<string, SortColumn> = new Map<string, SortColumn>([
  ['date', { column: 'date', kind: 'time', nullable: false }],
  ['_lastUpdated', { column: 'last_updated', kind: 'time', nullable: false }],
  ['creation', { column: 'creation_from', kind: 'time', nullable: true }],
  ['period', { column: 'period_from', kind: 'time', nullable: true }],
  ['period-start', { column: 'start_from', kind: 'time', nullable: true }],
  ['period-end', { column: 'end_from', kind: 'time', nullable: true }],
  ['type', { column: 'type', kind: 'text', nullable: false }],
  ['status', { column: 'status', kind: 'text', nullable: false }],
])

export const listSortColumns: ReadonlyMap<string, SortColumn> = new Map<string, SortColumn>([
  ['date', { column: 'date', kind: 'time', nullable: false }],
  ['_lastUpdated', { column: 'updated', kind: 'time', nullable: false }],
])
