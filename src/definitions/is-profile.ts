/**
 * StructureDefinitions that constrain a type, as against those that define one and logical models.
 * @see https://hl7.org/fhir/R4/structuredefinition.html (derivation, kind)
 */
import { isJsonObject, type JsonObject } from '../fhir/json.ts'

export function isProfile(resource: unknown): resource is JsonObject {
  if (!isJsonObject(resource) || resource.resourceType !== 'StructureDefinition') return false
  return (
    resource.derivation === 'constraint' && resource.kind !== 'logical' && typeof resource.url === 'string'
  )
}
