/**
 * Searches of what belongs to a record and is no document: choices, care teams, messages, appointments. There are few in a
 * record, and they lie together: they are read off the primary key, and told apart by the terms they were written with.
 */
import type { Uuid } from '../../fhir/id.ts'
import type { DateValue } from '../../search/search-expression.ts'
import type { TimePosition } from '../../search/time-position.ts'
import type { Runner } from '../database.ts'
import { term } from '../search-index/term.ts'
import { dateCondition } from '../search-sql/date-condition.ts'
import { joinSql, type Sql, sql } from '../sql.ts'
import { timestamp } from '../timestamp.ts'

/** What a resource is found by, as text: `Consent.status active`. */
export function recordTerm(type: string, parameter: string, value: string): string {
  return `${type}.${parameter} ${value}`
}

export type RecordCriterion =
  /** At least one of the terms; with `not`, none. */
  | { readonly kind: 'terms'; readonly not: boolean; readonly terms: readonly string[] }
  | { readonly kind: 'ids'; readonly ids: readonly Uuid[] }
  | { readonly kind: 'updated'; readonly values: readonly DateValue[] }
  /** An instant that the body says. */
  | { readonly kind: 'said'; readonly element: SaidInstant; readonly values: readonly DateValue[] }

/** Elements of a body that searches compare. Each is an instant, or is not there. */
export type SaidInstant = 'sent' | 'received' | 'start'

export type RecordType = 'Consent' | 'CareTeam' | 'Communication' | 'Appointment'

export type RecordSearch = {
  readonly patientKey: Uuid
  readonly type: RecordType
  readonly criteria: readonly RecordCriterion[]
  /** In the order of an instant that every body of the type says; newest written first unless said. */
  readonly order?: RecordOrder
}

export type RecordOrder = { readonly element: SaidInstant; readonly descending: boolean }

export type FoundResource = {
  readonly id: Uuid
  readonly version: number
  readonly body: string
  /** The instant it is ordered by, in milliseconds since 1970; 0 where it is not. */
  readonly at: number
}

/** @param before the last one of the page before */
export async function searchRecord(
  db: Runner,
  search: RecordSearch,
  before: TimePosition | undefined,
  count: number,
): Promise<{ readonly found: readonly FoundResource[]; readonly more: boolean }> {
  if (count === 0) return { found: [], more: false }
  const { at, direction, compared } = sequence(search.order)
  const position = before && sql`(${timestamp(before.at)}::timestamptz, ${before.id}::text)`
  const beyond = !before
    ? sql`true`
    : search.order
      ? sql`(${at}, r.id) ${compared} ${position ?? sql`null`}`
      : sql`r.id < ${before.id}::text`
  const rows = await db.run<Omit<FoundResource, 'at'> & { readonly at: string }>(
    sql`select r.id, r.version, r.body, (extract(epoch from ${at}) * 1000)::bigint::text as at
      from resource r where ${everything(search)} and ${beyond}
      order by ${at} ${direction}, r.id ${direction} limit ${count + 1}::integer`,
  )
  const found = rows.map((row) => ({ ...row, at: Number(row.at) }))
  return { found: found.slice(0, count), more: rows.length > count }
}

/** What is not ordered by an instant has one and the same, and is told apart by its id. */
function sequence(order: RecordOrder | undefined): {
  readonly at: Sql
  readonly direction: Sql
  readonly compared: Sql
} {
  const at = order ? saidAt(order.element) : sql`'epoch'::timestamptz`
  return order?.descending === false
    ? { at, direction: sql`asc`, compared: sql`>` }
    : { at, direction: sql`desc`, compared: sql`<` }
}

export async function countRecord(db: Runner, search: RecordSearch): Promise<number> {
  const [row] = await db.run<{ total: number }>(
    sql`select count(*)::integer as total from resource r where ${everything(search)}`,
  )
  return row?.total ?? 0
}

function everything({ patientKey, type, criteria }: RecordSearch): Sql {
  return joinSql(
    [
      sql`r.patient_key = ${patientKey}::uuid and r.type = ${type}::text and r.method <> 'DELETE'`,
      ...criteria.map(condition),
    ],
    ' and ',
  )
}

/** Read out of the texts of a record's few; the element is one of ours, and no text of a client. */
export function saidAt(element: SaidInstant): Sql {
  // json and not jsonb: another element may hold a character that jsonb refuses.
  return sql`(r.body::json ->> ${element}::text)::timestamptz`
}

function condition(criterion: RecordCriterion): Sql {
  switch (criterion.kind) {
    case 'terms': {
      const any = sql`r.terms && ${criterion.terms.map(term)}::uuid[]`
      return criterion.not ? sql`not (${any})` : any
    }
    case 'ids':
      return sql`r.id = any(${criterion.ids}::text[])`
    case 'updated': {
      const at = sql`r.last_updated`
      return sql`(${joinSql(
        criterion.values.map((value) => dateCondition(at, at, value)),
        ' or ',
      )})`
    }
    case 'said': {
      const at = saidAt(criterion.element)
      return sql`(${joinSql(
        criterion.values.map((value) => sql`coalesce(${dateCondition(at, at, value)}, false)`),
        ' or ',
      )})`
    }
  }
}
