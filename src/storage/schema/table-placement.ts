/**
 * Where each table lies when Citus spreads the database (docs/decisions/0021).
 *
 * `record`: in shards by patient_key, all of a patient's rows on one node. `everywhere`: whole on every node, because
 * statements join it with records; rarely written. `coordinator`: on the first node alone: about nobody, few rows, asked
 * by itself.
 *
 * Every table has its line; a test compares. The order is that in which they are spread: `record` first, the others beside it.
 */
export type Placement = 'record' | 'everywhere' | 'coordinator'

export const tablePlacement = {
  record: 'record',
  patient_identifier: 'everywhere',
  seal_key: 'everywhere',
  standing: 'record',
  representation: 'record',
  service_consent: 'record',
  record_key: 'record',
  document: 'record',
  document_clock: 'record',
  document_change: 'record',
  document_list: 'record',
  document_signature: 'record',
  folder_item: 'record',
  business_identifier: 'record',
  resource: 'record',
  resource_version: 'record',
  seal: 'record',
  content: 'record',
  content_chunk: 'record',
  content_upload: 'record',
  notice: 'record',
  notice_outbox: 'record',
  notice_delivery: 'record',
  subscription: 'record',
  subscription_event: 'record',
  search_range: 'record',
  search_string: 'record',
  search_reference: 'record',
  search_code: 'record',
  search_unsorted: 'record',
  usage_first_reading: 'record',
  audit: 'record',
  audit_checkpoint: 'coordinator',
  audit_retention: 'coordinator',
  usage_count: 'coordinator',
  usage_cursor: 'coordinator',
  usage_progress: 'coordinator',
  server_profile: 'coordinator',
  schema_migration: 'coordinator',
} as const satisfies Readonly<Record<string, Placement>>
