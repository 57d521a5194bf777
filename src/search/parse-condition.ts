/**
 * The search of a conditional create, update, patch or delete: criteria and nothing else. Always strict: a parameter left
 * out would make the condition hold for more resources than were meant.
 * @see https://hl7.org/fhir/R4/http.html#ccreate, #cond-update, #3.1.0.7.1
 */
import { refusal } from '../fhir/fhir-error.ts'
import { type Pair, parseSearch } from './parse-search.ts'
import type { SearchCapability } from './search-capability.ts'
import type { SearchExpression } from './search-expression.ts'

/**
 * Its count is 2: enough to know that one is not the only one.
 * @throws FhirError 400 for what is not understood or chooses nothing; 412 without a criterion, which is as little
 * selective as can be
 */
export function parseCondition(capability: SearchCapability, pairs: readonly Pair[]): SearchExpression {
  const only: SearchCapability = { ...capability, resultParameters: new Set(), defaults: [] }
  const search = parseSearch(only, pairs, 'strict')
  if (search.cursor !== undefined)
    throw refusal('not-supported', 'non-pris-en-charge', { params: { what: '_cursor' } })
  if (search.criteria.length === 0) throw refusal('multiple-matches', 'critere-absent')
  return { ...search, count: 2 }
}

/**
 * One text for all ways to write a condition with the same criteria: the name of the lock under which it is decided
 * whether a resource exists. Order and repetition of criteria, and of alternatives within one, do not matter. Conditions
 * that mean the same by other parameters have other texts.
 */
export function normalisedCondition({ types, criteria }: SearchExpression): string {
  const texts = criteria.map((criterion) => canonicalText(criterion))
  return `${[...types].sort().join(',')}?${[...new Set(texts)].sort().join('&')}`
}

/** JSON with the names of objects sorted; the values of a criterion are a set, a composite's are not. */
function canonicalText(value: unknown, key = ''): string {
  if (Array.isArray(value)) {
    const texts = value.map((item: unknown) => canonicalText(item))
    return `[${(key === 'values' || key === 'targets' ? [...new Set(texts)].sort() : texts).join(',')}]`
  }
  if (value instanceof Map) return canonicalText([...value])
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
    return `{${members.map(([name, item]) => `${JSON.stringify(name)}:${canonicalText(item, name)}`).join(',')}}`
  }
  return JSON.stringify(value)
}
