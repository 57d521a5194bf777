/**
 * What R4 writes as an attribute, besides the values of primitives: Element.id and Extension.url.
 * @see https://hl7.org/fhir/R4/xml.html (representation xmlAttr of the definitions)
 */
import type { PropertyDefinition, TypeDefinition } from '../definitions/type-definition.ts'

export function isAttribute({ name }: PropertyDefinition, type: TypeDefinition): boolean {
  return (name === 'id' && type.kind !== 'resource') || (name === 'url' && type.name === 'Extension')
}
