/**
 * A criterion as a condition on a document or a list of a record, `document d` or `document_list l`.
 * @see https://hl7.org/fhir/R4/search.html#token, #missing
 */
import { parseResourceId, type Uuid } from '../../fhir/id.ts'
import type { Criterion, ReferenceValue, TokenValue } from '../../search/search-expression.ts'
import { joinSql, name, type Sql, sql } from '../sql.ts'
import { dateCondition } from './date-condition.ts'
import { entryCondition } from './entry-condition.ts'
import type { RecordColumn } from './record-columns.ts'
import { wordsCondition } from './words-condition.ts'

/** What is searched. */
export type Place = {
  /** Alias of the table. */
  readonly row: 'd' | 'l'
  readonly columns: ReadonlyMap<string, RecordColumn>
  /** The record: an id of another record names nothing in it. */
  readonly patientKey: Uuid
  /** Of a list: that it names one of these documents, as far as the caller sees. */
  readonly namesAny?: (documents: readonly Uuid[]) => Sql
}

/** @throws FhirError 400 for too many words */
export function criterionCondition(place: Place, criterion: Criterion): Sql {
  const { row, patientKey } = place
  const column = place.columns.get(criterion.parameter)
  if (!column) return entryCondition(row, criterion.parameter, criterion)
  if (criterion.kind === 'id' && column.kind === 'id')
    return sql`${name(row)}.id = any (${idsOf(patientKey, criterion.values)}::uuid[])`
  if (criterion.kind === 'token' && column.kind === 'token') {
    const any = joinSql(
      criterion.values.map((value) => tokenCondition(row, column, value)),
      ' or ',
    )
    return criterion.not ? sql`not (${any})` : sql`(${any})`
  }
  if (criterion.kind === 'date' && column.kind === 'date') {
    const from = sql`${name(row)}.${name('at' in column ? column.at : column.from)}`
    const until = 'at' in column ? from : sql`${name(row)}.${name(column.until)}`
    return sql`(${joinSql(
      criterion.values.map((value) => dateCondition(from, until, value)),
      ' or ',
    )})`
  }
  if (criterion.kind === 'string' && 'words' in column)
    return wordsCondition(sql`${name(row)}.${name(column.words)}`, criterion.values)
  if (criterion.kind === 'reference' && 'items' in column && place.namesAny)
    return place.namesAny(idsOf(patientKey, criterion.values.flatMap(documentId)))
  if (criterion.kind === 'missing') return missingCondition(row, column, criterion)
  throw new Error(`${criterion.parameter}: the column is of another kind than the criterion`)
}

function idsOf(patientKey: Uuid, texts: readonly string[]): Uuid[] {
  return texts.flatMap((text) => {
    const at = parseResourceId(text)
    return at?.patientKey === patientKey ? [at.id] : []
  })
}

function documentId(value: ReferenceValue): string[] {
  const isDocument = value.kind === 'local' && (value.type ?? 'DocumentReference') === 'DocumentReference'
  return isDocument && value.version === undefined ? [value.id] : []
}

function missingCondition(
  row: string,
  column: RecordColumn,
  { parameter, missing }: Extract<Criterion, { kind: 'missing' }>,
): Sql {
  const there = thereCondition(row, column)
  if (!there) throw new Error(`${parameter} is never missing: the search was not checked`)
  return missing ? sql`not (${there})` : there
}

function thereCondition(row: string, column: RecordColumn): Sql | undefined {
  if (column.kind === 'date' && 'from' in column) return sql`${name(row)}.${name(column.from)} is not null`
  if (column.kind === 'token' && 'column' in column) {
    const at = sql`${name(row)}.${name(column.column)}`
    return column.many ? sql`cardinality(${at}) > 0` : sql`${at} <> ''`
  }
  return undefined
}

type TokenColumn = Extract<RecordColumn, { kind: 'token' }>

function tokenCondition(row: string, column: TokenColumn, { system, code }: TokenValue): Sql {
  if ('flag' in column) {
    // A boolean has none.
    if (system !== undefined && system !== '') return sql`false`
    const flag = sql`${name(row)}.${name(column.flag)}`
    return code === 'true' ? flag : code === 'false' ? sql`not ${flag}` : sql`false`
  }
  if ('code' in column) {
    if (system !== undefined && system !== column.system) return sql`false`
    return code === undefined ? sql`true` : sql`${name(row)}.${name(column.code)} = ${code}::text`
  }
  const at = sql`${name(row)}.${name(column.column)}`
  if (system !== undefined && code !== undefined) {
    const token = `${system}|${code}`
    return column.many ? sql`${[token]}::text[] <@ ${at}` : sql`${at} = ${token}::text`
  }
  return column.many
    ? sql`exists (select from unnest(${at}) as t(token) where ${half(sql`t.token`, system, code)})`
    : half(at, system, code)
}

/** One half of `system|code`, cut at the first bar: a URI holds none, a code may. */
function half(token: Sql, system: string | undefined, code: string | undefined): Sql {
  const bar = sql`position('|' in ${token})`
  return system !== undefined
    ? sql`(${bar} > 0 and left(${token}, ${bar} - 1) = ${system}::text)`
    : sql`(${bar} > 0 and substr(${token}, ${bar} + 1) = ${code ?? ''}::text)`
}
