/**
 * How two codes of one system relate.
 * @see https://hl7.org/fhir/R4/codesystem-operation-subsumes.html
 */
import { refusal } from '../fhir/fhir-error.ts'
import type { CodeSystemIndex, Concept } from './code-system-index.ts'
import { noCodeSystem } from './selection.ts'

export type Subsumption = 'equivalent' | 'subsumes' | 'subsumed-by' | 'not-subsumed'

/** @throws FhirError when a code is not of the system, or the system is not wholly known */
export function subsumption(system: CodeSystemIndex, codeA: string, codeB: string): Subsumption {
  if (!system.complete) throw noCodeSystem(system.url)
  const a = conceptOf(system, codeA).code
  const b = conceptOf(system, codeB).code
  if (a === b) return 'equivalent'
  if (system.ancestors(b).has(a)) return 'subsumes'
  return system.ancestors(a).has(b) ? 'subsumed-by' : 'not-subsumed'
}

/** @throws FhirError not-found */
export function conceptOf(system: CodeSystemIndex, code: string): Concept {
  const concept = system.find(code)
  if (concept) return concept
  if (!system.complete) throw noCodeSystem(system.url)
  throw refusal('not-found', 'code-hors-systeme', {
    params: { code: code.slice(0, 100), system: system.url.slice(0, 300) },
  })
}
