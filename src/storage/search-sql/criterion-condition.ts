/**
 * A criterion as a condition on `document d`.
 * @see https://hl7.org/fhir/R4/search.html#token
 */
import { parseResourceId, type Uuid } from '../../fhir/id.ts'
import type { Criterion, TokenValue } from '../../search/search-expression.ts'
import { joinSql, name, type Sql, sql } from '../sql.ts'
import { dateCondition } from './date-condition.ts'
import { documentColumns } from './document-columns.ts'

/** @param patientKey the record searched: an id of another record names nothing in it */
export function criterionCondition(criterion: Criterion, patientKey: Uuid): Sql {
  const column = documentColumns.get(criterion.parameter)
  if (!column) throw new Error(`No column for ${criterion.parameter}: the search was not checked`)
  if (criterion.kind === 'id' && column.kind === 'id') {
    const ids = criterion.values
      .map((text) => parseResourceId(text))
      .filter((at) => at?.patientKey === patientKey)
      .map((at) => at?.id)
    return sql`d.id = any (${ids}::uuid[])`
  }
  if (criterion.kind === 'token' && column.kind === 'token') {
    const any = joinSql(
      criterion.values.map((value) => tokenCondition(column, value)),
      ' or ',
    )
    return criterion.not ? sql`not (${any})` : sql`(${any})`
  }
  if (criterion.kind === 'date' && column.kind === 'date') {
    const from = sql`d.${name('at' in column ? column.at : column.from)}`
    const until = 'at' in column ? from : sql`d.${name(column.until)}`
    return sql`(${joinSql(
      criterion.values.map((value) => dateCondition(from, until, value)),
      ' or ',
    )})`
  }
  throw new Error(`${criterion.parameter}: the column is of another kind than the criterion`)
}

type TokenColumn = Extract<NonNullable<ReturnType<typeof documentColumns.get>>, { kind: 'token' }>

function tokenCondition(column: TokenColumn, { system, code }: TokenValue): Sql {
  // A boolean and a plain code have no system of their own: a system in the request matches what R4 gives the code.
  if ('flag' in column) {
    const flag = sql`d.${name(column.flag)}`
    return code === 'true' ? flag : code === 'false' ? sql`not ${flag}` : sql`false`
  }
  if ('code' in column) return sql`d.${name(column.code)} = ${code ?? ''}::text`
  const at = sql`d.${name(column.column)}`
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
