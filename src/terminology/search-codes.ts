/**
 * The codes that the search modifiers stand for: `:in` and `:not-in` a value set, `:above` and `:below` a code.
 * @see https://hl7.org/fhir/R4/search.html#token
 *
 * INVARIANT: what cannot be answered wholly is refused. A `:not-in` of half a value set would show what it must not.
 */
import { type CodeSource, parseCanonical } from './code-source.ts'
import { Effort } from './effort.ts'
import { expandSelection } from './expand.ts'
import { compileValueSet, noCodeSystem, unknownValueSet } from './selection.ts'
import { conceptOf } from './subsumes.ts'

export type SystemCode = { readonly system: string; readonly code: string }

/** @throws FhirError when the value set is unknown, not wholly known, or has more codes than one search may hold */
export function codesOf(source: CodeSource, canonical: string): readonly SystemCode[] {
  const { url, version } = parseCanonical(canonical)
  const resource = source.valueSet(url, version)
  if (!resource) throw unknownValueSet(canonical)
  const effort = new Effort()
  const selection = compileValueSet(resource, { source, effort, used: new Set() })
  return expandSelection(selection, {}, effort).members.map(({ system, code }) => ({ system, code }))
}

/** `:below`: the code and all it subsumes. @throws FhirError when system or code is not known */
export const descendants = (source: CodeSource, system: string, code: string): readonly string[] =>
  related(source, system, code, 'descendants')

/** `:above`: the code and all that subsume it. @throws FhirError when system or code is not known */
export const ancestors = (source: CodeSource, system: string, code: string): readonly string[] =>
  related(source, system, code, 'ancestors')

function related(
  source: CodeSource,
  url: string,
  code: string,
  direction: 'descendants' | 'ancestors',
): readonly string[] {
  const system = source.codeSystem(url)
  if (!system?.complete) throw noCodeSystem(url)
  return [...system[direction](conceptOf(system, code).code)]
}
