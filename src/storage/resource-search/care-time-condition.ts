/**
 * Whether a resource tells of care within a time, as a condition on its row. Made for what lies in one compartment: the
 * rows of each resource are looked up by its own key, and never the other way round. `offset 0` keeps PostgreSQL from
 * turning that into a join with all dates there are.
 * @see https://hl7.org/fhir/R4/patient-operation-everything.html
 */
import type { Criterion } from '../../search/search-expression.ts'
import { inPartition } from '../resources/partition.ts'
import { PRESENT } from '../search-index/forms.ts'
import { dateForms } from '../search-index/row-forms.ts'
import { parameterKey, term } from '../search-index/term.ts'
import { type Sql, sql } from '../sql.ts'
import { type Asked, hasTerm, rowOf } from './asked.ts'
import { endsOf } from './range-condition.ts'

export function careTimeCondition(
  { start, end, parameters }: Extract<Criterion, { kind: 'care-time' }>,
  of: Asked,
): Sql {
  const keys = of.types.flatMap((type) =>
    (parameters.get(type) ?? []).map((code) => parameterKey(type, code)),
  )
  if (keys.length === 0) return sql`true`
  const row = rowOf(of)
  const terms = keys.flatMap((key) => dateForms.map(({ form }) => `\\x${term(key + form)}`))
  const { low, high, at } = endsOf(sql`x`, undefined)
  const within = sql`exists (
      select from search_range x where ${inPartition(sql`x`, of.patientKey)} and x.type = ${row}.type
        and x.id = ${row}.id and substr(x.low, 1, 16) = any (${terms}::bytea[])
        and ${high} > ${at(start)} and ${low} < ${at(end)} offset 0)`
  return sql`(${within} or not (${hasTerm(
    of,
    keys.map((key) => term(key + PRESENT)),
  )}))`
}
