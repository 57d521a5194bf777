/**
 * Searches of what belongs to a record and is no document: choices and care teams. There are few in a record, and they lie
 * together: they are read off the primary key, and told apart by the terms they were written with.
 */
import type { Uuid } from '../fhir/id.ts'
import type { DateValue } from '../search/search-expression.ts'
import type { Runner } from './database.ts'
import { term } from './search-index/term.ts'
import { dateCondition } from './search-sql/date-condition.ts'
import { joinSql, type Sql, sql } from './sql.ts'

/** What a resource is found by, as text: `Consent.status active`. */
export function recordTerm(type: string, parameter: string, value: string): string {
  return `${type}.${parameter} ${value}`
}

export type RecordCriterion =
  /** At least one of the terms; with `not`, none. */
  | { readonly kind: 'terms'; readonly not: boolean; readonly terms: readonly string[] }
  | { readonly kind: 'ids'; readonly ids: readonly Uuid[] }
  | { readonly kind: 'updated'; readonly values: readonly DateValue[] }

export type RecordSearch = {
  readonly patientKey: Uuid
  readonly type: 'Consent' | 'CareTeam'
  readonly criteria: readonly RecordCriterion[]
}

export type FoundResource = { readonly id: Uuid; readonly version: number; readonly body: string }

/** Newest first, by when each was first written. @param before the last one of the page before */
export async function searchRecord(
  db: Runner,
  search: RecordSearch,
  before: Uuid | undefined,
  count: number,
): Promise<{ readonly found: readonly FoundResource[]; readonly more: boolean }> {
  if (count === 0) return { found: [], more: false }
  const beyond = before === undefined ? sql`true` : sql`r.id < ${before}::text`
  const rows = await db.run<FoundResource>(
    sql`select r.id, r.version, r.body from resource r where ${everything(search)} and ${beyond}
      order by r.id desc limit ${count + 1}::integer`,
  )
  return { found: rows.slice(0, count), more: rows.length > count }
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
  }
}
