/**
 * Criteria that lead to other resources: chains, `_has`, compartments. What is on the way has to be there, and within
 * reach, as if it were asked for itself.
 * @see https://hl7.org/fhir/R4/search.html#chaining, #has, https://hl7.org/fhir/R4/compartmentdefinition.html
 */
import type { Criterion } from '../../search/search-expression.ts'
import { inPartition } from '../resources/partition.ts'
import { referenceForm } from '../search-index/forms.ts'
import { parameterKey, term } from '../search-index/term.ts'
import { type Sql, sql } from '../sql.ts'
import { type Asked, hasTerm, isLive, isOfTypes, rowOf } from './asked.ts'

type OfKind<K extends Criterion['kind']> = Extract<Criterion, { kind: K }>
type Condition = (criterion: Criterion, of: Asked) => Sql

/** @param condition of the criterion at the other end */
export function chainCondition(
  { parameter, targets }: OfKind<'chain'>,
  of: Asked,
  condition: Condition,
): Sql {
  const single = of.types.length === 1
  const sources = targets.map(({ type, criterion }) => {
    const target = { ...of, types: [type], depth: of.depth + 1 }
    const row = rowOf(target)
    return sql`select ${single ? sql`f.id` : sql`f.type, f.id`} from search_reference f
      join resource ${row} on ${row}.id = f.target_id
      where ${inPartition(sql`f`, of.patientKey)} and ${isOfTypes(sql`f`, of)} and f.parameter = ${parameter}::text
        and f.target_type = ${type}::text and ${isLive(target)} and ${condition(criterion, target)}`
  })
  const [first, ...others] = sources
  if (!first) return sql`false`
  const all = others.reduce((before, next) => sql`${before} union all ${next}`, first)
  return single ? sql`${rowOf(of)}.id in (${all})` : sql`(${rowOf(of)}.type, ${rowOf(of)}.id) in (${all})`
}

/** @param condition of the criterion on the resources that refer to these */
export function hasCondition(
  { type, reference, criterion }: OfKind<'has'>,
  of: Asked,
  condition: Condition,
): Sql {
  const source = { ...of, types: [type], depth: of.depth + 1 }
  const row = rowOf(source)
  const single = of.types.length === 1
  const target = single
    ? sql`f.target_type = ${of.types[0]}::text`
    : sql`f.target_type = any (${of.types}::text[])`
  const found = sql`select ${single ? sql`f.target_id` : sql`f.target_type, f.target_id`} from search_reference f
    join resource ${row} on ${row}.id = f.id
    where ${inPartition(sql`f`, of.patientKey)} and f.type = ${type}::text and f.parameter = ${reference}::text
      and ${target} and ${isLive(source)} and ${condition(criterion, source)}`
  return single ? sql`${rowOf(of)}.id in (${found})` : sql`(${rowOf(of)}.type, ${rowOf(of)}.id) in (${found})`
}

export function compartmentCondition(criterion: OfKind<'compartment'>, of: Asked): Sql {
  const form = referenceForm({ kind: 'local', type: criterion.type, id: criterion.id })
  const terms = of.types.flatMap((type) =>
    (criterion.parameters.get(type) ?? []).map((code) => term(parameterKey(type, code) + form)),
  )
  const row = rowOf(of)
  const centre = of.types.includes(criterion.type)
    ? sql`(${row}.type = ${criterion.type}::text and ${row}.id = ${criterion.id}::text)`
    : undefined
  if (terms.length === 0) return centre ?? sql`false`
  return centre ? sql`(${hasTerm(of, terms)} or ${centre})` : hasTerm(of, terms)
}
