/**
 * What in a plan would grow with the base of records, whatever the sizes it was planned for: a table read from end to end, an
 * index walked without a condition, a sort of more than one record's rows.
 *
 * A statement is flat when each row it looks at is found by the key of a record or of one row, or lies in an index that
 * crosses records in the order in which it is wanted; those are named here, each with what bounds it.
 */
export type PlanNode = {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly 'Index Name'?: string
  readonly 'Index Cond'?: string
  readonly 'Sort Key'?: readonly string[]
  readonly Plans?: readonly PlanNode[]
}

/** About nobody, and as many rows as there are keys, processes or months. */
const small: ReadonlySet<string> = new Set([
  ...['seal_key', 'server_profile', 'schema_migration', 'audit_retention', 'usage_cursor', 'usage_progress'],
  ...['audit_checkpoint', 'usage_count'],
])

/** Indexes that cross records, and what bounds a look into them. */
const crossing: Readonly<Record<string, string>> = {
  patient_identifier_pkey: 'one row: an INS leads to one record',
  representation_person: 'a person acts for a few others',
  standing_actor: 'in order, a page of it',
  record_traits: 'who was born on one day',
  record_key_master: 'one step for each master key',
  business_identifier_document: 'a uniqueId has one document',
  document_pending: 'in order, a batch of it',
  content_upload_started: 'in order, a batch of it',
  audit_writer: 'a stretch of one writer’s chain',
  audit_checkpoint_ends: 'one row for each process that ever was',
  subscription_owner: 'in order, a page of one owner’s',
  subscription_due: 'what is due',
  subscription_event_pending: 'what is still to be told',
  subscription_event_received: 'what is old enough to be forgotten',
  notice_delivery_due: 'what is due',
  notice_delivery_dead: 'what was given up',
}

/** Walked whole at each look: what is still to be told, and gone when it was told. */
const backlogs: ReadonlySet<string> = new Set(['subscription_event_pending'])

/** A queue: from its beginning, as many as are taken. */
const queues: Readonly<Record<string, string>> = { notice_outbox: 'emptied as it is filled' }

/** @param limited whether something above takes no more rows than asked for, without having to see all of them */
export function planFaults(node: PlanNode, limited = false): string[] {
  const kind = node['Node Type']
  const table = node['Relation Name'] ?? ''
  const index = nameOf(node)
  const faults: string[] = []
  if (kind === 'Seq Scan' && !small.has(table) && !(table in queues && limited))
    faults.push(`${table} is read from end to end`)
  if (/^(Index Scan|Index Only Scan|Bitmap Index Scan)$/.test(kind) && !small.has(table)) {
    const condition = node['Index Cond'] ?? ''
    const crosses = index in crossing
    if (backlogs.has(index) || (table in queues && limited)) return faults
    if (condition === '' && !(crosses && limited)) faults.push(`${index} is walked from end to end`)
    else if (!crosses && !/\bpatient_key\)?(::\w+)? = /.test(condition) && !keyed(index, condition))
      faults.push(`${index} is looked into without the key of a record: ${condition}`)
  }
  if (kind.includes('Sort') && unboundedBelow(node))
    faults.push(`sorted across records by ${node['Sort Key']?.join(', ')}`)
  const below = kind === 'Limit' || (limited && passesOn.has(kind))
  return [...faults, ...(node.Plans ?? []).flatMap((child) => planFaults(child, below))]
}

/** Partitions of audit are indexed as their parent. */
function nameOf(node: PlanNode): string {
  return (node['Index Name'] ?? '').replace(
    /^audit_(?:\d{4}_\d\d|default)_writer_seq_idx\d*$/,
    'audit_writer',
  )
}

/** Nodes that take from below no more than they give. */
const passesOn: ReadonlySet<string> = new Set([
  ...['LockRows', 'Nested Loop', 'Append', 'Merge Append', 'Result', 'Subquery Scan', 'Incremental Sort'],
])

/** Looked up by another row's key, which PostgreSQL writes as `table.column`. */
function keyed(index: string, condition: string): boolean {
  return index.endsWith('_pkey') && /\bpatient_key = /.test(condition)
}

/** What a sort has to see whole: rows that an order across records gave without an end. */
function unboundedBelow(node: PlanNode): boolean {
  return (node.Plans ?? []).some((child) => {
    if (child['Node Type'] === 'Limit') return false
    const index = nameOf(child)
    const ranges = new Set(['document_pending', 'content_upload_started', 'standing_actor', 'audit_writer'])
    if (ranges.has(index)) return true
    return unboundedBelow(child)
  })
}

export function indexesIn(node: PlanNode): string[] {
  const own = node['Index Name'] === undefined ? [] : [nameOf(node)]
  return [...own, ...(node.Plans ?? []).flatMap(indexesIn)]
}
