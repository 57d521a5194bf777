/** The rows of search_range, search_string and search_reference of some resources, each table in one statement. */
import type { Uuid } from '../../fhir/id.ts'
import type { Runner } from '../database.ts'
import { name, sql } from '../sql.ts'
import type { IndexEntries, Term } from './index-entries.ts'
import { endOf, type HexDigits } from './range-end.ts'

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
  const rows = owners.flatMap(({ type, id, entries }) =>
    entries.ranges.map((entry, position) => ({ type, id, position, ...entry })),
  )
  if (rows.length === 0) return
  await tx.run(
    sql`insert into search_range (patient_key, type, id, position, element, lowest, highest, low, high, tokens)
      select ${patientKey}::uuid, n.type, n.id, n.position, n.element, n.lowest, n.highest, decode(n.low, 'hex'),
          decode(n.high, 'hex'), n.tokens::uuid[]
        from unnest(${rows.map((r) => r.type)}::text[], ${rows.map((r) => r.id)}::text[],
          ${plain(rows.map((r) => r.position))}::smallint[], ${plain(rows.map((r) => r.element))}::smallint[],
          ${plain(rows.map((r) => r.lowest))}::boolean[], ${plain(rows.map((r) => r.highest))}::boolean[],
          ${plain(rows.map((r) => endOf(r.term, r.low)))}::text[],
          ${plain(rows.map((r) => endOf(r.term, r.high)))}::text[],
          ${rows.map((r) => r.tokens && plain(r.tokens))}::text[]
        ) as n(type, id, position, element, lowest, highest, low, high, tokens)`,
  )
}

async function insertStrings(tx: Runner, patientKey: Uuid, owners: readonly Indexed[]): Promise<void> {
  const rows = owners.flatMap(({ type, id, entries }) =>
    entries.strings.map((entry, position) => ({ type, id, position, ...entry })),
  )
  if (rows.length === 0) return
  await tx.run(
    sql`insert into search_string (patient_key, type, id, position, element, lowest, highest, term, folded, tokens)
      select ${patientKey}::uuid, n.type, n.id, n.position, n.element, n.lowest, n.highest, n.term, n.folded,
          n.tokens::uuid[]
        from unnest(${rows.map((r) => r.type)}::text[], ${rows.map((r) => r.id)}::text[],
          ${plain(rows.map((r) => r.position))}::smallint[], ${plain(rows.map((r) => r.element))}::smallint[],
          ${plain(rows.map((r) => r.lowest))}::boolean[], ${plain(rows.map((r) => r.highest))}::boolean[],
          ${plain(rows.map((r) => r.term))}::uuid[], ${rows.map((r) => r.folded)}::text[],
          ${rows.map((r) => r.tokens && plain(r.tokens))}::text[]
        ) as n(type, id, position, element, lowest, highest, term, folded, tokens)`,
  )
}

async function insertReferences(tx: Runner, patientKey: Uuid, owners: readonly Indexed[]): Promise<void> {
  const rows = owners.flatMap(({ type, id, entries }) =>
    entries.references.map((entry) => ({ type, id, ...entry })),
  )
  if (rows.length === 0) return
  await tx.run(
    sql`insert into search_reference (patient_key, type, id, parameter, target_type, target_id)
      select ${patientKey}::uuid, n.type, n.id, n.parameter, n.target_type, n.target_id
        from unnest(${rows.map((r) => r.type)}::text[], ${rows.map((r) => r.id)}::text[],
          ${rows.map((r) => r.parameter)}::text[], ${rows.map((r) => r.targetType)}::text[],
          ${rows.map((r) => r.targetId)}::text[]
        ) as n(type, id, parameter, target_type, target_id)`,
  )
}

/** An array as PostgreSQL reads it, of values that need no quotes: several times faster than what pg does. */
function plain(values: readonly (number | boolean | Term | HexDigits)[]): string {
  return `{${values.join(',')}}`
}
