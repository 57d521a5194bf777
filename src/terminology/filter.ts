/**
 * The filters of a value set over a code system: which of its concepts meet one.
 * @see https://hl7.org/fhir/R4/valueset-filter-operator.html
 * @see https://hl7.org/fhir/R4/codesystem.html#defined-props (properties every code system has)
 */
import { refusal } from '../fhir/fhir-error.ts'
import type { CodeSystemIndex, Concept } from './code-system-index.ts'
import type { Effort } from './effort.ts'
import { textOf } from './element.ts'
import { compilePattern } from './pattern.ts'
import type { Filter } from './value-set-definition.ts'

export type ConceptTest = (concept: Concept) => boolean

const MAX_PATTERN = 200
/** Properties without a declaration, by the names that the specification gives them. */
const everywhere: ReadonlySet<string> = new Set([
  ...['concept', 'code', 'display', 'definition', 'parent', 'child'],
  ...['status', 'inactive', 'notSelectable', 'effectiveDate', 'deprecationDate'],
])

type Operator = (filter: Filter, system: CodeSystemIndex, effort: Effort) => ConceptTest

const operators: Readonly<Record<string, Operator>> = {
  '=':
    ({ property, value }, system) =>
    (concept) =>
      valuesOf(concept, property, system).includes(value),
  'is-a': hierarchical(({ code, value }) => value.descendants.has(code)),
  'descendent-of': hierarchical(
    ({ code, value }) => value.descendants.has(code) && code !== value.concept.code,
  ),
  'is-not-a': hierarchical(({ code, value }) => !value.descendants.has(code)),
  generalizes: hierarchical(({ code, value }) => value.ancestors.has(code)),
  regex: ({ property, value }, system, effort) => {
    const pattern = value.length <= MAX_PATTERN ? compilePattern(value) : undefined
    if (!pattern) throw notSupported(property, 'regex')
    return (concept) =>
      valuesOf(concept, property, system).some((text) => {
        effort.spend((text.length + 1) * pattern.states)
        return pattern.matches(text)
      })
  },
  in: ({ property, value }, system) => {
    const wanted = listOf(value)
    return (concept) => valuesOf(concept, property, system).some((text) => wanted.has(text))
  },
  'not-in': ({ property, value }, system) => {
    const unwanted = listOf(value)
    return (concept) => !valuesOf(concept, property, system).some((text) => unwanted.has(text))
  },
  exists: ({ property, value }, system) => {
    if (value !== 'true' && value !== 'false') throw notSupported(property, 'exists')
    return (concept) => valuesOf(concept, property, system).length > 0 === (value === 'true')
  },
}

/** @throws FhirError for an operator, property or value that is not understood: to leave it out would widen the set */
export function compileFilter(filter: Filter, system: CodeSystemIndex, effort: Effort): ConceptTest {
  const { property, op } = filter
  const operator = Object.hasOwn(operators, op) ? operators[op] : undefined
  if (!operator || !(everywhere.has(property) || system.declares(property))) throw notSupported(property, op)
  return operator(filter, system, effort)
}

type Relation = (input: {
  readonly code: string
  readonly value: {
    readonly concept: Concept
    readonly descendants: ReadonlySet<string>
    readonly ancestors: ReadonlySet<string>
  }
}) => boolean

function hierarchical(relation: Relation): Operator {
  return ({ property, op, value }, system, effort) => {
    const concept = system.find(value)
    // A code that the system has not: everything and nothing is related to it.
    if ((property !== 'concept' && property !== 'code') || !concept) throw notSupported(property, op)
    effort.spend(system.concepts.length)
    const related = {
      concept,
      descendants: system.descendants(value),
      ancestors: system.ancestors(value),
    }
    return ({ code }) => relation({ code, value: related })
  }
}

const listOf = (value: string): ReadonlySet<string> => new Set(value.split(',').map((item) => item.trim()))

function valuesOf(concept: Concept, property: string, system: CodeSystemIndex): readonly string[] {
  if (property === 'concept' || property === 'code') return [concept.code]
  if (property === 'display') return concept.display === undefined ? [] : [concept.display]
  if (property === 'definition') return concept.definition === undefined ? [] : [concept.definition]
  if (property === 'parent') return system.parents(concept.code)
  if (property === 'child') return system.children(concept.code)
  const values = concept.properties
    .filter((candidate) => textOf(candidate, 'code') === property)
    .flatMap((candidate) =>
      Object.entries(candidate).flatMap(([name, value]) => {
        if (!name.startsWith('value')) return []
        // A Coding is compared by its code.
        if (name === 'valueCoding') return value !== null && typeof value === 'object' ? codeOf(value) : []
        return [String(value)]
      }),
    )
  // False when it is not said: both are so by definition.
  return values.length === 0 && (property === 'inactive' || property === 'notSelectable') ? ['false'] : values
}

const codeOf = (coding: object): readonly string[] =>
  'code' in coding && typeof coding.code === 'string' ? [coding.code] : []

function notSupported(property: string, op: string): Error {
  return refusal('unprocessable', 'filtre-non-pris-en-charge', {
    type: 'not-supported',
    params: { filter: `${property.slice(0, 100)} ${op.slice(0, 20)}` },
  })
}
