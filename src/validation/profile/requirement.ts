/**
 * What a slice demands of a value below the place that its discriminator names: fixed values and patterns of inner
 * elements (`code` discriminates, `code.coding.system` is fixed), or a required binding.
 * @see https://hl7.org/fhir/R4/profiling.html#discriminator (value)
 */
import type { ValueSetCodes } from '../../definitions/value-set-codes.ts'
import { isJsonObject, type JsonValue } from '../../fhir/json.ts'
import { isBound } from '../binding-check.ts'
import { type ElementNode, statedValue } from './element-tree.ts'
import { hasPattern, isFixed } from './fixed-and-pattern.ts'

export type Requirement = (value: JsonValue) => boolean

/** Undefined: the element demands nothing by which a value could be told. */
export function compileRequirement(
  node: ElementNode,
  valueSet: (url: string) => ValueSetCodes | undefined,
): Requirement | undefined {
  const tests: Requirement[] = []
  const fixed = statedValue(node.definition, 'fixed')
  const pattern = statedValue(node.definition, 'pattern')
  if (fixed !== undefined) tests.push((value) => isFixed(value, fixed))
  if (pattern !== undefined) tests.push((value) => hasPattern(value, pattern))
  const { binding } = node.definition
  if (isJsonObject(binding) && binding.strength === 'required' && typeof binding.valueSet === 'string') {
    const codes = valueSet(binding.valueSet)
    if (codes?.systems) tests.push((value) => isBound(value, codes))
  }
  for (const child of [...node.children.values()].flatMap((c) => [c, ...c.slices.values()])) {
    const inner =
      child.slice !== undefined && child.definition.min !== 1
        ? undefined
        : compileRequirement(child, valueSet)
    if (inner) tests.push((value) => valuesOf(value, child).some(inner))
  }
  return tests.length === 0 ? undefined : (value) => tests.every((holds) => holds(value))
}

function valuesOf(value: JsonValue, child: ElementNode): JsonValue[] {
  if (!isJsonObject(value)) return []
  const names = child.element?.choice
    ? child.types.map((type) => child.name + type.name.charAt(0).toUpperCase() + type.name.slice(1))
    : [child.name]
  return names.flatMap((name) => value[name] ?? [])
}
