/**
 * Criteria that lead to other resources: chains, `_has`, compartments. What is on the way has to be there, and within
 * reach, as if it were asked for itself.
 * @see https://hl7.org/fhir/R4/search.html#chaining, #has, https://hl7.org/fhir/R4/compartmentdefinition.html
 */
import type { Criterion, ReferenceValue } from '../../search/search-expression.ts'
import { inPartition } from '../resources/partition.ts'
import { referenceForm } from '../search-index/forms.ts'
import { parameterKey, term } from '../search-index/term.ts'
import { joinSql, type Sql, sql } from '../sql.ts'
import { type Asked, hasTerm, idOf, isLive, isOfTypes, rowOf } from './asked.ts'

type OfKind<K extends Criterion['kind']> = Extract<Criterion, { kind: K }>

/** How the criterion at the other end of a link is asked. */
export type AtTheEnd = {
  readonly condition: (criterion: Criterion, of: Asked) => Sql
  /** Undefined where only the resources themselves answer. */
  readonly foundIds: (criterion: Criterion, of: Asked) => Sql | undefined
  /** The condition by a look at each resource. */
  readonly look: (criterion: Criterion, of: Asked) => Sql
}

/** The ids of resources with a reference to one that meets its criterion. */
export function chainSources({ parameter, targets }: OfKind<'chain'>, of: Asked, at: AtTheEnd): Sql {
  const sources = targets.map(({ type, criterion }) => {
    const target = { ...of, types: [type], depth: of.depth + 1 }
    const { join, where } = atTheEnd(sql`f.target_id`, criterion, target, at)
    return sql`select ${idOf(of, sql`f.type`, sql`f.id`)} from search_reference f ${join}
      where ${inPartition(sql`f`, of.patientKey)} and ${isOfTypes(sql`f`, of)} and f.parameter = ${parameter}::text
        and f.target_type = ${type}::text and ${where}`
  })
  const [first, ...others] = sources
  if (!first) return sql`select ${idOf(of, sql`''::text`, sql`''::text`)} where false`
  return others.reduce((before, next) => sql`${before} union all ${next}`, first)
}

/** The ids that such resources refer to. Whether there is anything under these ids is not looked at. */
export function hasTargets({ type, reference, criterion }: OfKind<'has'>, of: Asked, at: AtTheEnd): Sql {
  const source = { ...of, types: [type], depth: of.depth + 1 }
  const { join, where } = atTheEnd(sql`f.id`, criterion, source, at)
  const target =
    of.types.length === 1
      ? sql`f.target_type = ${of.types[0]}::text`
      : sql`f.target_type = any (${of.types}::text[])`
  return sql`select ${idOf(of, sql`f.target_type`, sql`f.target_id`)} from search_reference f ${join}
    where ${inPartition(sql`f`, of.patientKey)} and f.type = ${type}::text and f.parameter = ${reference}::text
      and ${target} and ${where}`
}

/** The same of one resource, of one type: its own references are followed. */
export function leadsTo({ parameter, targets }: OfKind<'chain'>, of: Asked, at: AtTheEnd): Sql {
  const ways = targets.map(({ type, criterion }) => {
    const target = { ...of, types: [type], depth: of.depth + 1 }
    const own = sql`${isOfTypes(sql`f`, of)} and f.id = ${rowOf(of)}.id and f.target_type = ${type}::text`
    return looked(own, parameter, sql`f.target_type, f.target_id`, criterion, target, at)
  })
  return ways.length > 0 ? sql`(${joinSql(ways, ' or ')})` : sql`false`
}

/**
 * Whether such a resource refers to this one, of one type. Where only the referring resource says whether it meets the
 * criterion, it is looked for by its terms, that of the reference among them, which is made here as search-index/term.ts
 * makes it: all that refer to one patient may be many.
 */
export function isReferredTo({ type, reference, criterion }: OfKind<'has'>, of: Asked, at: AtTheEnd): Sql {
  const source = { ...of, types: [type], depth: of.depth + 1 }
  const [own = ''] = of.types
  if (!isOpened(criterion, source, at)) {
    const here = sql`f.type = ${type}::text and f.target_type = ${own}::text and f.target_id = ${rowOf(of)}.id`
    return looked(here, reference, sql`f.type, f.id`, criterion, source, at)
  }
  const form = parameterKey(type, reference) + referenceForm({ kind: 'local', type: own, id: '' })
  const made = sql`substr(encode(sha256(convert_to(${form}::text || ${rowOf(of)}.id, 'UTF8')), 'hex'), 1, 32)::uuid`
  const row = rowOf(source)
  return sql`exists (select from resource ${row} where ${isLive(source)} and ${row}.terms @> array[${made}]
    and ${at.condition(criterion, source)} offset 0)`
}

/** `offset 0`: the references are read first, and the other end of each is looked at by itself. */
function looked(own: Sql, parameter: string, end: Sql, criterion: Criterion, of: Asked, at: AtTheEnd): Sql {
  const row = rowOf(of)
  const holds = isOpened(criterion, of, at)
    ? sql`exists (select from resource ${row} where ${row}.id = e.id and ${isLive(of)} and ${at.condition(criterion, of)} offset 0)`
    : sql`exists (select from (select e.type, e.id offset 0) ${row} where ${at.look(criterion, of)})`
  return sql`exists (select from search_reference f cross join lateral (select ${end}) e (type, id)
    where ${inPartition(sql`f`, of.patientKey)} and ${own} and f.parameter = ${parameter}::text and ${holds} offset 0)`
}

/** Whether the resource itself at the end of a link has to be opened. */
function isOpened(criterion: Criterion, of: Asked, at: AtTheEnd): boolean {
  return !of.reach.unrestricted || !isOfThere(criterion) || at.foundIds(criterion, of) === undefined
}

/** The resource at this end of a link is opened only where its row has to be seen. */
function atTheEnd(id: Sql, criterion: Criterion, of: Asked, at: AtTheEnd): { join: Sql; where: Sql } {
  const found = isOpened(criterion, of, at) ? undefined : at.foundIds(criterion, of)
  if (found) return { join: sql``, where: sql`${id} in (${found})` }
  const row = rowOf(of)
  return {
    join: sql`join resource ${row} on ${row}.id = ${id}`,
    where: sql`${isLive(of)} and ${at.condition(criterion, of)}`,
  }
}

/** Whether what the index finds is there: all of it but what `_has` finds, which is only referred to. */
export function isOfThere({ kind }: Criterion): boolean {
  return kind !== 'has'
}

type LocalReference = Extract<ReferenceValue, { kind: 'local' }> & { readonly type: string }

/** Whether rows of references answer it: of the type named, and to no version. */
export function isToNamed({ values }: OfKind<'reference'>): boolean {
  return values.every(isNamed)
}

function isNamed(value: ReferenceValue): value is LocalReference {
  return value.kind === 'local' && value.type !== undefined && value.version === undefined
}

/** The ids of resources that refer to these. */
export function referenceSources({ parameter, values }: OfKind<'reference'>, of: Asked): Sql {
  const named = values.filter(isNamed)
  const types = [...new Set(named.map(({ type }) => type))]
  const targets = types.map((type) => {
    const ids = named.filter((value) => value.type === type).map(({ id }) => id)
    return sql`(f.target_type = ${type}::text and f.target_id = any (${ids}::text[]))`
  })
  return sql`select ${idOf(of, sql`f.type`, sql`f.id`)} from search_reference f
    where ${inPartition(sql`f`, of.patientKey)} and ${isOfTypes(sql`f`, of)} and f.parameter = ${parameter}::text
      and (${joinSql(targets, ' or ')})`
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
