/**
 * Whether the resource of an index row may meet a criterion, by the signature in the row: it is not opened when it cannot.
 * A row without one is of a resource that may. No index answers such a case, and PostgreSQL takes it to hold of every
 * second row.
 * @see ../search-index/signature.ts
 */
import type { Criterion } from '../../search/search-expression.ts'
import { bitsOf } from '../search-index/signature.ts'
import { joinSql, type Sql, sql } from '../sql.ts'

/** Of more values most signatures have those of one. */
const MAX_VALUES = 8

/** @returns undefined for a criterion that signatures tell nothing of */
export function mayMeet(row: Sql, criterion: Criterion): Sql | undefined {
  const values = signedValues(criterion)
  if (values === undefined || values.length === 0 || values.length > MAX_VALUES) return undefined
  const lacks = values.map((value) => {
    const bits = bitsOf(value)
    return sql`(${row}.signature & ${bits}::bigint) <> ${bits}::bigint`
  })
  return sql`case when ${joinSql(lacks, ' and ')} then false else true end`
}

/** As build-index.ts signs them; undefined where one of the values is not signed. */
function signedValues(criterion: Criterion): readonly string[] | undefined {
  switch (criterion.kind) {
    case 'token':
      if (criterion.not || criterion.parameter === '_id') return undefined
      return all(criterion.values.map(({ code }) => code))
    case 'reference':
      return criterion.values.map((value) => (value.kind === 'local' ? value.id : value.url))
    case 'uri':
      return criterion.match === 'exact' ? criterion.values.map(({ uri }) => uri) : undefined
    default:
      return undefined
  }
}

function all(values: readonly (string | undefined)[]): readonly string[] | undefined {
  const given = values.filter((value) => value !== undefined)
  return given.length === values.length ? given : undefined
}
