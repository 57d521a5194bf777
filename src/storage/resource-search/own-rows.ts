/**
 * Criteria on the rows that a parameter itself has in the index tables: ranges and strings. What is found there needs no
 * look at the resources: a deleted one has no rows.
 * @see docs/decisions/0008
 */
import type { Criterion, QuantityValue, SortKey } from '../../search/search-expression.ts'
import { TEXT, unitForm } from '../search-index/forms.ts'
import type { Term } from '../search-index/index-entries.ts'
import { formsOf, type RowForm } from '../search-index/row-forms.ts'
import { term } from '../search-index/term.ts'
import { joinSql, type Sql, sql } from '../sql.ts'
import { type Asked, idsOfRows, isOneOf, termsOf } from './asked.ts'
import { dateCondition, type Ends, endsOf, numberCondition } from './range-condition.ts'
import { pointCondition, shortDateCondition } from './short-range-condition.ts'
import { contains, startsWith } from './string-condition.ts'

/** The ids that a criterion finds in rows of these forms; undefined for one that asks no such rows. */
export function ownRows(
  criterion: Criterion,
  of: Asked,
  forms: readonly RowForm[] = formsOf(criterion.kind),
): Sql | undefined {
  const names = forms.map(({ form }) => form)
  const terms = termsOf(of, criterion.parameter, names)
  switch (criterion.kind) {
    case 'date':
      if (criterion.parameter === '_lastUpdated') return undefined
      return rangeRows(of, terms, (x) => criterion.values.map((value) => dateCondition(x, value, of.now)))
    case 'number':
      return rangeRows(of, terms, (x) => criterion.values.map((value) => numberCondition(x, value)))
    case 'quantity':
      return rangeRows(of, terms, (x) =>
        criterion.values.map((value) => quantityCondition(x, value, numberCondition)),
      )
    case 'string':
      if (criterion.match === 'exact') return undefined
      return stringRows(of, terms, criterion.values.map(criterion.match === 'starts' ? startsWith : contains))
    case 'token-text':
      return stringRows(of, termsOf(of, criterion.parameter, [TEXT]), criterion.values.map(startsWith))
    default:
      return undefined
  }
}

/**
 * What the index row `x` of a parameter has to meet, where it is the only one of its resource: see page-segments.ts.
 * Undefined for a criterion that asks other rows, or none, and where there may be several rows.
 */
export function rowCondition(criterion: Criterion, of: Asked, { form, longest }: RowForm): Sql | undefined {
  if (longest === undefined) return undefined
  const terms = termsOf(of, criterion.parameter, [form])
  switch (criterion.kind) {
    case 'date':
      return onRange(terms, (x) =>
        criterion.values.map((value) => shortDateCondition(x, value, of.now, longest)),
      )
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

/** Whether the rows that sort also answer it. */
export function isOnRow(criterion: Criterion, { parameter }: SortKey, of: Asked): boolean {
  return (
    criterion.parameter === parameter && rowCondition(criterion, of, { form: '', longest: 0 }) !== undefined
  )
}

type RangeConditions = (ends: Ends) => Sql[]

function rangeRows(of: Asked, terms: readonly Term[], conditions: RangeConditions): Sql {
  return idsOfRows(of, 'search_range', onRange(terms, conditions))
}

function onRange(terms: readonly Term[], conditions: RangeConditions): Sql {
  return any(terms.flatMap((each) => conditions(endsOf(sql`x`, each))))
}

function stringRows(of: Asked, terms: readonly Term[], conditions: readonly Sql[]): Sql {
  return idsOfRows(of, 'search_string', sql`${isOneOf(terms)} and ${any(conditions)}`)
}

function quantityCondition(ends: Ends, value: QuantityValue, condition: typeof numberCondition): Sql {
  const unit = unitForm(value)
  const amount = condition(ends, value)
  return unit === undefined ? amount : sql`(${amount} and x.tokens @> ${[term(unit)]}::uuid[])`
}

function any(conditions: readonly Sql[]): Sql {
  return sql`(${joinSql(conditions, ' or ')})`
}
