/**
 * An element of a type by the name that an operation gives it. `value` names a choice; `value[x]` and `valueString` are
 * understood as well.
 * @see https://hl7.org/fhir/R4/fhirpatch.html#concept (parameter `name`)
 */
import type { ElementDefinition, TypeDefinition } from '../../definitions/type-definition.ts'
import { misfit } from './patch-fault.ts'

/** A name that may be repeated in an answer; any other text that stands as one may be personal. */
const NAME = /^[A-Za-z][A-Za-z0-9]{0,63}$/

/** @throws FhirError 422 when the type has no such element */
export function elementNamed(name: string, type: TypeDefinition, index: number): ElementDefinition {
  const plain = name.endsWith('[x]') ? name.slice(0, -'[x]'.length) : name
  const element = type.elements.find((e) => e.name === plain) ?? type.properties.get(plain)?.element
  if (element && element.max > 0) return element
  throw misfit(index, 'element-inconnu', { type: type.name, name: NAME.test(plain) ? plain : '?' })
}
