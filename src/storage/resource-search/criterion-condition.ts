/**
 * A criterion as a condition on the row of a resource. Equality asks the terms in the row itself; ranges, strings and
 * links are semi-joins, which PostgreSQL may begin from the side that is the more selective.
 * @see https://hl7.org/fhir/R4/search.html, docs/decisions/0008
 */
import type { Criterion } from '../../search/search-expression.ts'
import {
  aboveForms,
  belowForms,
  exactForm,
  identifierForm,
  ofTypeForm,
  PRESENT,
  referenceForm,
  tokenForm,
  uriForm,
} from '../search-index/forms.ts'
import { joinSql, type Sql, sql } from '../sql.ts'
import { type Asked, hasTerm, isAmong, isSeenAmong, rowOf, termsOf } from './asked.ts'
import { careTimeCondition } from './care-time-condition.ts'
import { firstCodeCondition } from './code-keys.ts'
import { compositeCondition, compositeRows, isFoundByRows } from './composite-condition.ts'
import { instantCondition } from './instant-condition.ts'
import {
  type AtTheEnd,
  chainSources,
  compartmentCondition,
  hasTargets,
  isReferredTo,
  isToNamed,
  leadsTo,
  referenceSources,
} from './link-condition.ts'
import { ownRows } from './own-rows.ts'

type OfKind<K extends Criterion['kind']> = Extract<Criterion, { kind: K }>
type Builders = { readonly [K in Criterion['kind']]: (criterion: OfKind<K>, of: Asked) => Sql }

export function criterionCondition(criterion: Criterion, of: Asked): Sql {
  // Each builder takes its own kind: the table below is total, and checked as such.
  return (builders[criterion.kind] as (criterion: Criterion, of: Asked) => Sql)(criterion, of)
}

const builders: Builders = {
  id: ({ values }, of) => sql`${rowOf(of)}.id = any (${values}::text[])`,
  token: ({ parameter, not, values }, of) => {
    const found =
      parameter === '_id'
        ? sql`${rowOf(of)}.id = any (${values.flatMap(({ system, code }) => (system ? [] : (code ?? [])))}::text[])`
        : hasTerm(of, termsOf(of, parameter, values.map(tokenForm)))
    return not ? sql`not (${found})` : found
  },
  'token-text': onOwnRows,
  'token-of-type': ({ parameter, values }, of) => hasTerm(of, termsOf(of, parameter, values.map(ofTypeForm))),
  string: (criterion, of) =>
    criterion.match === 'exact'
      ? hasTerm(of, termsOf(of, criterion.parameter, criterion.values.map(exactForm)))
      : onOwnRows(criterion, of),
  date: (criterion, of) =>
    criterion.parameter === '_lastUpdated'
      ? any(criterion.values.map((value) => instantCondition(sql`${rowOf(of)}.last_updated`, value, of.now)))
      : onOwnRows(criterion, of),
  number: onOwnRows,
  quantity: onOwnRows,
  reference: ({ parameter, values }, of) => hasTerm(of, termsOf(of, parameter, values.map(referenceForm))),
  'reference-identifier': ({ parameter, values }, of) =>
    hasTerm(of, termsOf(of, parameter, values.map(identifierForm))),
  uri: ({ parameter, match, values }, of) => {
    const forms = {
      exact: () => values.map(uriForm),
      below: () => values.flatMap(({ uri }) => belowForms(uri)),
      above: () => values.flatMap(({ uri }) => aboveForms(uri)),
    }
    return hasTerm(of, termsOf(of, parameter, forms[match]()))
  },
  composite: compositeCondition,
  missing: ({ parameter, missing }, of) => {
    if (parameter === '_id' || parameter === '_lastUpdated') return missing ? sql`false` : sql`true`
    const found = hasTerm(of, termsOf(of, parameter, [PRESENT]))
    return missing ? sql`not (${found})` : found
  },
  chain: (criterion, of) => isAmong(of, chainSources(criterion, of, links)),
  has: (criterion, of) => isAmong(of, hasTargets(criterion, of, links)),
  compartment: compartmentCondition,
  'care-time': careTimeCondition,
  'first-code': firstCodeCondition,
}

/**
 * The ids, for several types with the type before it, that the index tables find by a criterion, without a look at the
 * resources; undefined where they do not answer it. All are there, but for those of `_has` (isOfThere).
 */
export function foundIds(criterion: Criterion, of: Asked): Sql | undefined {
  switch (criterion.kind) {
    case 'composite':
      return isFoundByRows(criterion) ? compositeRows(criterion, of) : undefined
    case 'reference':
      return isToNamed(criterion) ? referenceSources(criterion, of) : undefined
    case 'chain':
      return chainSources(criterion, of, links)
    case 'has':
      return hasTargets(criterion, of, links)
    default:
      return ownRows(criterion, of)
  }
}

/** Whether only the row of a resource says if it meets the criterion. */
export function needsRow(criterion: Criterion, of: Asked): boolean {
  return criterion.kind !== 'id' && foundIds(criterion, of) === undefined
}

/** The same as criterionCondition, by a look for each resource of one type: for a link that leads to much. */
export function lookedFor(criterion: Criterion, of: Asked): Sql {
  if (criterion.kind === 'has') return isReferredTo(criterion, of, links)
  if (criterion.kind === 'chain') return leadsTo(criterion, of, links)
  const found = foundIds(criterion, of)
  return found ? isSeenAmong(of, found) : criterionCondition(criterion, of)
}

const links: AtTheEnd = { condition: criterionCondition, foundIds, look: lookedFor }

function onOwnRows(criterion: Criterion, of: Asked): Sql {
  const found = ownRows(criterion, of)
  if (!found) throw new Error(`${criterion.kind} of ${criterion.parameter} has no rows`)
  return isAmong(of, found)
}

function any(conditions: readonly Sql[]): Sql {
  return sql`(${joinSql(conditions, ' or ')})`
}
