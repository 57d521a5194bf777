/**
 * A code table of the DMP as an immutable value: what belongs to it, and how it is written.
 * @see profiles/terminology/
 */
import type { Coding } from '@medplum/fhirtypes'
import type { CodeSystems } from './code-systems.ts'

export type CodeTableSource = {
  readonly name: string
  readonly version: string
  readonly systems: Readonly<Record<string, string>>
  readonly concepts: readonly (readonly [system: string, code: string, display: string, ...more: string[]])[]
}

export type Concept = { readonly system: string; readonly code: string; readonly display: string }

export type CodeTable = {
  readonly name: string
  readonly version: string
  readonly concepts: readonly Concept[]
  /** The concept that a coding names; its system may be spelt as a URL or an OID. */
  find(coding: Pick<Coding, 'system' | 'code'>): Concept | undefined
}

export function buildCodeTable(source: CodeTableSource, systems: CodeSystems): CodeTable {
  const concepts = source.concepts.map(([key, code, display]): Concept => {
    const system = source.systems[key]
    if (system === undefined) throw new Error(`${source.name}: code system ${key} is not declared`)
    return { system, code, display }
  })
  // A code may stand in two systems of one table: `03` of an activity and of a sector.
  const byCode = new Map<string, Concept[]>()
  for (const concept of concepts) {
    const homonyms = byCode.get(concept.code) ?? []
    if (homonyms.some((h) => h.system === concept.system))
      throw new Error(`${source.name}: ${concept.code} twice`)
    byCode.set(concept.code, [...homonyms, concept])
  }
  return {
    name: source.name,
    version: source.version,
    concepts,
    find: ({ system, code }) =>
      system === undefined || code === undefined
        ? undefined
        : byCode.get(code)?.find((concept) => systems.same(concept.system, system)),
  }
}
