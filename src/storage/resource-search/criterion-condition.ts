/**
 * A criterion as a condition on the row of a resource. Equality asks the terms in the row itself; ranges, strings and
 * links are semi-joins, which PostgreSQL may begin from the side that is the more selective.
 * @see https://hl7.org/fhir/R4/search.html, docs/decisions/0008
 */
import type { Criterion, QuantityValue } from '../../search/search-expression.ts'
import {
  aboveForms,
  belowForm,
  exactForm,
  identifierForm,
  ofTypeForm,
  PRESENT,
  referenceForm,
  TEXT,
  tokenForm,
  unitForm,
  uriForm,
} from '../search-index/forms.ts'
import type { Term } from '../search-index/index-entries.ts'
import { term } from '../search-index/term.ts'
import { joinSql, type Sql, sql } from '../sql.ts'
import { type Asked, hasRow, hasTerm, isOneOf, rowOf, rowTerms, termsOf } from './asked.ts'
import { compositeCondition } from './composite-condition.ts'
import { instantCondition } from './instant-condition.ts'
import { chainCondition, compartmentCondition, hasCondition } from './link-condition.ts'
import { dateCondition, type Ends, endsOf, numberCondition } from './range-condition.ts'
import { pointCondition, shortDateCondition } from './short-range-condition.ts'
import { contains, startsWith } from './string-condition.ts'

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
  'token-text': ({ parameter, values }, of) =>
    stringRows(of, termsOf(of, parameter, [TEXT]), values.map(startsWith)),
  'token-of-type': ({ parameter, values }, of) => hasTerm(of, termsOf(of, parameter, values.map(ofTypeForm))),
  string: ({ parameter, match, values }, of) => {
    switch (match) {
      case 'exact':
        return hasTerm(of, termsOf(of, parameter, values.map(exactForm)))
      case 'starts':
        return stringRows(of, rowTerms(of, parameter), values.map(startsWith))
      case 'contains':
        return stringRows(of, rowTerms(of, parameter), values.map(contains))
    }
  },
  date: ({ parameter, values }, of) =>
    parameter === '_lastUpdated'
      ? any(values.map((value) => instantCondition(sql`${rowOf(of)}.last_updated`, value, of.now)))
      : rangeRows(of, parameter, (ends) => values.map((value) => dateCondition(ends, value, of.now))),
  number: ({ parameter, values }, of) =>
    rangeRows(of, parameter, (ends) => values.map((value) => numberCondition(ends, value))),
  quantity: ({ parameter, values }, of) =>
    rangeRows(of, parameter, (ends) => values.map((value) => quantityCondition(ends, value))),
  reference: ({ parameter, values }, of) => hasTerm(of, termsOf(of, parameter, values.map(referenceForm))),
  'reference-identifier': ({ parameter, values }, of) =>
    hasTerm(of, termsOf(of, parameter, values.map(identifierForm))),
  uri: ({ parameter, match, values }, of) => {
    const forms = {
      exact: () => values.map(uriForm),
      below: () => values.map(({ uri }) => belowForm(uri)),
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
  chain: (criterion, of) => chainCondition(criterion, of, criterionCondition),
  has: (criterion, of) => hasCondition(criterion, of, criterionCondition),
  compartment: compartmentCondition,
}

/**
 * What the index row `x` of a parameter has to meet, where it is the only one of its resource and short: see
 * page-segments.ts. Undefined for a criterion that asks other rows, or none.
 */
export function rowCondition(criterion: Criterion, of: Asked): Sql | undefined {
  const terms = termsOf(of, criterion.parameter, [''])
  switch (criterion.kind) {
    case 'date':
      return onRange(terms, (x) => criterion.values.map((value) => shortDateCondition(x, value, of.now)))
    case 'number':
      return onRange(terms, (x) => criterion.values.map((value) => pointCondition(x, value)))
    case 'quantity':
      return onRange(terms, (x) =>
        criterion.values.map((value) => quantityCondition(x, value, pointCondition)),
      )
    case 'string':
      return criterion.match === 'starts' ? any(criterion.values.map(startsWith)) : undefined
    default:
      return undefined
  }
}

type RangeConditions = (ends: Ends) => Sql[]

function rangeRows(of: Asked, parameter: string, conditions: RangeConditions): Sql {
  return hasRow(of, 'search_range', onRange(rowTerms(of, parameter), conditions))
}

function onRange(terms: readonly Term[], conditions: RangeConditions): Sql {
  return any(terms.flatMap((each) => conditions(endsOf(sql`x`, each))))
}

function stringRows(of: Asked, terms: readonly Term[], conditions: readonly Sql[]): Sql {
  return hasRow(of, 'search_string', sql`${isOneOf(terms)} and ${any(conditions)}`)
}

function quantityCondition(ends: Ends, value: QuantityValue, condition = numberCondition): Sql {
  const unit = unitForm(value)
  const amount = condition(ends, value)
  return unit === undefined ? amount : sql`(${amount} and x.tokens @> ${[term(unit)]}::uuid[])`
}

function any(conditions: readonly Sql[]): Sql {
  return sql`(${joinSql(conditions, ' or ')})`
}
