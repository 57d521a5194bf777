/**
 * A composite asked: as a term when all its components ask for equality, otherwise as a row of the index (see
 * search-index/composite-entries.ts).
 * @see https://hl7.org/fhir/R4/search.html#composite
 */
import type { ComponentValue, CompositeValue, Criterion } from '../../search/search-expression.ts'
import { inPartition } from '../resources/partition.ts'
import { isEquality } from '../search-index/composite-entries.ts'
import {
  combinationForm,
  componentForm,
  PRESENT,
  referenceForm,
  tokenForm,
  unitForm,
  uriForm,
} from '../search-index/forms.ts'
import type { Term } from '../search-index/index-entries.ts'
import { parameterKey, term } from '../search-index/term.ts'
import { joinSql, type Sql, sql } from '../sql.ts'
import { type Asked, hasTerm, idsOfRows, isAmong, isOneOf, termsOf } from './asked.ts'
import { dateCondition, endsOf, numberCondition } from './range-condition.ts'
import { startsWith } from './string-condition.ts'

type Composite = Extract<Criterion, { kind: 'composite' }>

/** Its rows are found by a code. Where none asks for one, the terms of the resources say where to look. */
export function compositeCondition(criterion: Composite, of: Asked): Sql {
  const { parameter, values } = criterion
  if (!hasRange(criterion)) {
    const forms = values.map((value) => combinationForm(value.map(equalityForm)))
    return hasTerm(of, termsOf(of, parameter, forms))
  }
  const found = isAmong(of, compositeRows(criterion, of))
  const systems = values.flatMap(([head]) => (head && isSystemAlone(head) ? [equalityForm(head)] : []))
  if (systems.length < values.length) return found
  const terms = termsOf(
    of,
    parameter,
    systems.map((form) => componentForm(0, form)),
  )
  return sql`(${hasTerm(of, terms)} and ${found})`
}

/** Whether its rows alone, which an index finds, answer it. */
export function isFoundByRows(criterion: Composite): boolean {
  return hasRange(criterion) && !criterion.values.every(([head]) => head && isSystemAlone(head))
}

/** The ids in its rows. */
export function compositeRows({ parameter, values }: Composite, of: Asked): Sql {
  const table = values.some((value) => value.some(({ type }) => type === 'string'))
    ? 'search_string'
    : 'search_range'
  const rows = of.types.flatMap((type) =>
    values.map((value) => rowCondition(parameterKey(type, parameter), value, of)),
  )
  return idsOfRows(of, table, joinSql(rows, ' or '))
}

/** All values of a composite have the same types. */
function hasRange({ values: [first = []] }: Composite): boolean {
  return !first.every(({ type }) => isEquality(type))
}

/** On row `x`, and on a row `y` of the same element for each further range. */
function rowCondition(key: string, value: CompositeValue, of: Asked): Sql {
  const [head] = value
  if (head?.type !== 'token') throw new Error(`${key}: a composite with ranges begins with a token`)
  const agreeing = value.flatMap((component, i) =>
    // The code of the head is in the term already, its system is not.
    isEquality(component.type) && (i > 0 || head.value.system !== undefined)
      ? [term(key + componentForm(i, equalityForm(component)))]
      : [],
  )
  const [first, ...others] = value.flatMap((component, i) =>
    isEquality(component.type) ? [] : [{ component, index: i }],
  )
  if (!first) throw new Error(`${key}: no range among the components`)
  const { code } = head.value
  const place = (x: Sql, index: number, component: ComponentValue): Sql => {
    const marked = sql`${x}.tokens @> ${[term(key + componentForm(index, PRESENT))]}::uuid[]`
    const head = code === undefined ? undefined : term(key + componentForm(index, `=${code}`))
    const condition = componentCondition(x, head, component, of.now)
    return head === undefined ? sql`${marked} and ${condition}` : condition
  }
  const all = [place(sql`x`, first.index, first.component)]
  if (agreeing.length > 0) all.push(sql`x.tokens @> ${agreeing}::uuid[]`)
  for (const { component, index } of others) {
    all.push(sql`exists (select from search_range y
      where ${inPartition(sql`y`, of.patientKey)} and y.type = x.type and y.id = x.id and y.element = x.element
        and ${place(sql`y`, index, component)})`)
  }
  return sql`(${joinSql(all, ' and ')})`
}

/** @param head term of the component with the code of the head; undefined where none is asked */
function componentCondition(x: Sql, head: Term | undefined, component: ComponentValue, now: number): Sql {
  switch (component.type) {
    case 'date':
      return dateCondition(endsOf(x, head), component.value, now)
    case 'number':
      return numberCondition(endsOf(x, head), component.value)
    case 'quantity': {
      const unit = unitForm(component.value)
      const amount = numberCondition(endsOf(x, head), component.value)
      return unit === undefined ? amount : sql`(${amount} and ${x}.tokens @> ${[term(unit)]}::uuid[])`
    }
    case 'string':
      return head === undefined
        ? startsWith(component.value)
        : sql`(${isOneOf([head])} and ${startsWith(component.value)})`
    case 'token':
    case 'uri':
    case 'reference':
      throw new Error(`A ${component.type} is no range`)
  }
}

function isSystemAlone(component: ComponentValue): boolean {
  return component.type === 'token' && component.value.code === undefined
}

function equalityForm(component: ComponentValue): string {
  switch (component.type) {
    case 'token':
      return tokenForm(component.value)
    case 'uri':
      return uriForm(component.value)
    case 'reference':
      return referenceForm(component.value)
    default:
      throw new Error(`A ${component.type} is not asked by equality`)
  }
}
