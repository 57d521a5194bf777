/** The capabilities of plain FHIR with a terminology of a few codes, and searches as a URL writes them. */
import { FhirError, refusal } from '../../src/fhir/fhir-error.ts'
import { buildExtraction } from '../../src/search/extraction/build-extraction.ts'
import { parseSearch } from '../../src/search/parse-search.ts'
import { restCapabilities, restLimits } from '../../src/search/rest-capability.ts'
import type { SearchCapability } from '../../src/search/search-capability.ts'
import type { SearchCodes } from '../../src/search/search-codes.ts'
import type { Criterion, SearchExpression } from '../../src/search/search-expression.ts'
import { testRegistry } from './registry.ts'

export const registry = testRegistry()
export const base = 'https://here.test/fhir'
const extraction = buildExtraction(registry, { base, zone: () => 0 })
const codes: SearchCodes = {
  codesOf: (valueSet) => {
    if (valueSet === 'http://vs/refused') throw refusal('unprocessable', 'interne')
    if (valueSet === 'http://vs/many')
      return Array.from({ length: restLimits.maxCodes + 1 }, (_, i) => ({ system: 's', code: `${i}` }))
    if (valueSet === 'http://vs/empty') return []
    if (!/^http:\/\/vs\/two(\|1)?$/.test(valueSet)) return undefined
    return [
      { system: 's', code: 'a' },
      { system: 's', code: 'b' },
    ]
  },
  descendants: (system, code) => (system === 's' ? [`${code}1`, `${code}2`] : undefined),
  ancestors: (system, code) => (system === 's' ? [`${code}0`] : undefined),
}
export const searchOf = restCapabilities({ registry, extraction, codes, base })

export function parse(url: string, handling: 'strict' | 'lenient' = 'strict'): SearchExpression {
  const [types = '', query = ''] = url.split(/\?(.*)/s)
  return parseSearch(capabilityOf(types), [...new URLSearchParams(query)], handling)
}

export function capabilityOf(types: string): SearchCapability {
  return searchOf(types === '*' ? registry.resourceTypes : types.split(','))
}

export function only(url: string): Criterion | undefined {
  const { criteria } = parse(url)
  return criteria.length === 1 ? criteria[0] : undefined
}

export function faultsOf(url: string, handling: 'strict' | 'lenient' = 'strict'): string[] {
  try {
    parse(url, handling)
    return []
  } catch (error) {
    if (!(error instanceof FhirError) || error.status !== 400) throw error
    return error.issues.map((i) => `${i.error} ${i.params?.name ?? i.params?.what ?? ''}`.trim())
  }
}

export function refusalOf(work: () => unknown): FhirError {
  try {
    work()
  } catch (error) {
    if (error instanceof FhirError) return error
    throw error
  }
  throw new Error('not refused')
}
