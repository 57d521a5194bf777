/** The rows of search_range, search_string and search_reference of some resources, each table in one statement. */
import type { Uuid } from '../../fhir/id.ts'
import type { Runner } from '../database.ts'
import { name, sql } from '../sql.ts'
import type { CodeEntry, IndexEntries, RangeEntry, StringEntry, Term } from './index-entries.ts'
import { endOf, type HexDigits } from './range-end.ts'
import type { Signature } from './signature.ts'

type Owner = { readonly type: string; readonly id: string }
export type Indexed = Owner & { readonly entries: IndexEntries }

const tables = ['search_range', 'search_string', 'search_reference']

/** Looked up one by one, by the primary key: see ../resources/lock-resources.ts. */
export async function deleteEntries(tx: Runner, patientKey: Uuid, owners: readonly Owner[]): Promise<void> {
  if (owners.length === 0) return
  const types = owners.map(({ type }) => type)
  const ids = owners.map(({ id }) => id)
  await Promise.all(
    tables.map((table) =>
      tx.run(
        sql`delete from ${name(table)} x using (
            select r.ctid from unnest(${types}::text[], ${ids}::text[]) as o(type, id) cross join lateral (
              select e.ctid from ${name(table)} e
                where e.patient_key = ${patientKey}::uuid and e.type = o.type and e.id = o.id
                offset 0
            ) r
          ) old where x.ctid = old.ctid`,
      ),
    ),
  )
}

export async function insertEntries(tx: Runner, patientKey: Uuid, owners: readonly Indexed[]): Promise<void> {
  await Promise.all([
    insertRanges(tx, patientKey, owners),
    insertStrings(tx, patientKey, owners),
    insertReferences(tx, patientKey, owners),
  ])
}

async function insertRanges(tx: Runner, patientKey: Uuid, owners: readonly Indexed[]): Promise<void> {
  const rows = owners.flatMap(({ type, id, entries: { ranges, signature } }) =>
    ranges.map((entry, position) => ({ type, id, position, ...entry, signature: ofRow(entry, signature) })),
  )
  if (rows.length === 0) return
  await tx.run(
    sql`insert into search_range (patient_key, type, id, position, element, lowest, highest, low, high, tokens, signature)
      select ${patientKey}::uuid, n.type, n.id, n.position, n.element, n.lowest, n.highest, decode(n.low, 'hex'),
          decode(n.high, 'hex'), n.tokens::uuid[], n.signature
        from unnest(${rows.map((r) => r.type)}::text[], ${rows.map((r) => r.id)}::text[],
          ${plain(rows.map((r) => r.position))}::smallint[], ${plain(rows.map((r) => r.element))}::smallint[],
          ${plain(rows.map((r) => r.lowest))}::boolean[], ${plain(rows.map((r) => r.highest))}::boolean[],
          ${plain(rows.map((r) => endOf(r.term, r.low)))}::text[],
          ${plain(rows.map((r) => endOf(r.term, r.high)))}::text[],
          ${rows.map((r) => r.tokens && plain(r.tokens))}::text[],
          ${plain(rows.map((r) => r.signature))}::bigint[]
        ) as n(type, id, position, element, lowest, highest, low, high, tokens, signature)`,
  )
}

async function insertStrings(tx: Runner, patientKey: Uuid, owners: readonly Indexed[]): Promise<void> {
  const rows = owners.flatMap(({ type, id, entries: { strings, signature } }) =>
    strings.map((entry, position) => ({ type, id, position, ...entry, signature: ofRow(entry, signature) })),
  )
  if (rows.length === 0) return
  await tx.run(
    sql`insert into search_string (patient_key, type, id, position, element, lowest, highest, term, folded, tokens, signature)
      select ${patientKey}::uuid, n.type, n.id, n.position, n.element, n.lowest, n.highest, n.term, n.folded,
          n.tokens::uuid[], n.signature
        from unnest(${rows.map((r) => r.type)}::text[], ${rows.map((r) => r.id)}::text[],
          ${plain(rows.map((r) => r.position))}::smallint[], ${plain(rows.map((r) => r.element))}::smallint[],
          ${plain(rows.map((r) => r.lowest))}::boolean[], ${plain(rows.map((r) => r.highest))}::boolean[],
          ${plain(rows.map((r) => r.term))}::uuid[], ${rows.map((r) => r.folded)}::text[],
          ${rows.map((r) => r.tokens && plain(r.tokens))}::text[],
          ${plain(rows.map((r) => r.signature))}::bigint[]
        ) as n(type, id, position, element, lowest, highest, term, folded, tokens, signature)`,
  )
}

/**
 * With the codes that nobody has had so far: there are few of them once a server is in use, so they have no statement of
 * their own, and each is looked up by itself (`offset 0`), whatever the planner knows of the table. In one order, whoever writes them: else two who wait for each other's code would wait for ever.
 */
async function insertReferences(tx: Runner, patientKey: Uuid, owners: readonly Indexed[]): Promise<void> {
  const rows = owners.flatMap(({ type, id, entries: { references, signature } }) =>
    references.map((entry) => ({ type, id, ...entry, signature })),
  )
  const codes = distinctCodes(owners)
  if (rows.length + codes.length === 0) return
  await tx.run(
    sql`with added as (
        insert into search_code (patient_key, type, parameter, term, sorts, code)
        select ${patientKey}::uuid, n.type, n.parameter, n.term, n.sorts, n.code
          from unnest(${codes.map((c) => c.type)}::text[], ${codes.map((c) => c.parameter)}::text[],
            ${plain(codes.map((c) => c.term))}::uuid[], ${codes.map((c) => c.sorts)}::text[],
            ${codes.map((c) => c.code)}::text[]
          ) as n(type, parameter, term, sorts, code)
          where not exists (select from search_code c where c.patient_key = ${patientKey}::uuid and c.type = n.type
            and c.parameter = n.parameter and c.term = n.term offset 0)
        on conflict do nothing
      )
      insert into search_reference (patient_key, type, id, parameter, target_type, target_id, signature)
      select ${patientKey}::uuid, n.type, n.id, n.parameter, n.target_type, n.target_id, n.signature
        from unnest(${rows.map((r) => r.type)}::text[], ${rows.map((r) => r.id)}::text[],
          ${rows.map((r) => r.parameter)}::text[], ${rows.map((r) => r.targetType)}::text[],
          ${rows.map((r) => r.targetId)}::text[], ${plain(rows.map((r) => r.signature))}::bigint[]
        ) as n(type, id, parameter, target_type, target_id, signature)`,
  )
}

/** Only rows that sort are walked along. */
function ofRow(row: RangeEntry | StringEntry, signature: Signature): Signature | null {
  return row.lowest || row.highest ? signature : null
}

/** Each once, by its term, which tells type and parameter too. */
function distinctCodes(owners: readonly Indexed[]): readonly (CodeEntry & { readonly type: string })[] {
  const codes = new Map<Term, CodeEntry & { readonly type: string }>()
  for (const { type, entries } of owners)
    for (const entry of entries.codes) if (!codes.has(entry.term)) codes.set(entry.term, { type, ...entry })
  return [...codes.values()].sort((a, b) => (a.term < b.term ? -1 : 1))
}

/** An array as PostgreSQL reads it, of values that need no quotes: several times faster than what pg does. */
function plain(values: readonly (number | boolean | Term | HexDigits | Signature | null)[]): string {
  return `{${values.map((value) => value ?? 'null').join(',')}}`
}
