/**
 * Parameters that shape the answer and choose nothing: how many, in which order, which parts, what comes along.
 * @see https://hl7.org/fhir/R4/search.html#return
 */
import type { Wording } from '../fhir/errors/wording.ts'
import type { Issue } from '../fhir/issue.ts'
import { parseInclude } from './parse-include.ts'
import { type ResultParameter, resultParameters, type SearchCapability } from './search-capability.ts'
import type { Include, SearchExpression, SortKey, SummaryMode } from './search-expression.ts'
import { badValue, bounded, unknownModifier } from './search-faults.ts'

export type ResultShape = Pick<SearchExpression, 'count' | 'sort' | 'total' | 'summary' | 'elements'>

/** What one parameter sets, and how `self` says it: `_count=9999` is answered as the largest page. */
export type ResultSetting = {
  readonly shape: Partial<ResultShape>
  readonly include?: Include
  readonly understood: string
}

type Read = (value: string, capability: SearchCapability) => Omit<ResultSetting, 'include'> | Issue

/** `_include:iterate` → `_include`; undefined for any other parameter. */
export function resultParameterOf(name: string, capability: SearchCapability): ResultParameter | undefined {
  const colon = name.indexOf(':')
  const plain = colon < 0 ? name : name.slice(0, colon)
  return resultParameters.find((parameter) => parameter === plain && capability.resultParameters.has(plain))
}

export function parseResultParameter(
  parameter: ResultParameter,
  name: string,
  value: string,
  capability: SearchCapability,
): ResultSetting | Issue {
  const modifier = name === parameter ? undefined : name.slice(parameter.length + 1)
  if (parameter === '_include' || parameter === '_revinclude') {
    if (modifier !== undefined && modifier !== 'iterate') return unknownModifier(parameter, modifier)
    const include = parseInclude(parameter, modifier === 'iterate', value, capability)
    return 'severity' in include ? include : { shape: {}, include, understood: value }
  }
  return modifier === undefined ? readers[parameter](value, capability) : unknownModifier(parameter, modifier)
}

const readers: Readonly<Record<Exclude<ResultParameter, '_include' | '_revinclude'>, Read>> = {
  _count: (value, { limits }) => {
    if (!/^\d{1,9}$/.test(value)) return badValue('_count', '0, 1, 2 …')
    const count = Math.min(Number(value), limits.maxCount)
    return { shape: { count }, understood: String(count) }
  },
  _total: (value, { totals }) => {
    const total = totals.find((known) => known === value)
    if (!total) return badValue('_total', totals.join(' | '))
    const given = total === 'none' ? total : 'accurate'
    return { shape: { total: given }, understood: given }
  },
  _summary: (value) => {
    const summary = summaries.find((known) => known === value)
    return summary ? { shape: { summary }, understood: value } : badValue('_summary', summaries.join(' | '))
  },
  _elements: (value, { elements: known }) => {
    const elements = [...new Set(value.split(',').map((name) => name.trim()))]
    return elements.every((name) => known.has(name))
      ? { shape: { elements }, understood: elements.join(',') }
      : badValue('_elements', bounded(known))
  },
  _sort: (value, capability) => {
    const sort: SortKey[] = []
    for (const name of value.split(',', capability.limits.maxSortKeys + 1)) {
      const descending = name.startsWith('-')
      const parameter = descending ? name.slice(1) : name
      if (!capability.sortable.has(parameter) || sort.some((key) => key.parameter === parameter))
        return badValue('_sort', sortForm(capability))
      const kind = capability.parameters.get(parameter)?.kind
      const isText = kind === 'string' ? ({ text: true } as const) : {}
      const isCode = kind === 'token' ? ({ code: true } as const) : {}
      sort.push({ parameter, descending, ...isText, ...isCode })
    }
    if (sort.length > capability.limits.maxSortKeys) return badValue('_sort', sortForm(capability))
    return { shape: { sort }, understood: value }
  },
}

const summaries: readonly SummaryMode[] = ['true', 'text', 'data', 'count', 'false']

function sortForm({ sortable, limits }: SearchCapability): string | Wording {
  const keys = bounded([...sortable].map((code) => `${code} | -${code}`))
  if (keys === '')
    return { fr: 'sans _sort : l’ordre est fixe ici', en: 'without _sort: the order is fixed here' }
  const { maxSortKeys } = limits
  if (maxSortKeys === 1) return keys
  return { fr: `1 à ${maxSortKeys} de ${keys}`, en: `1 to ${maxSortKeys} of ${keys}` }
}
