/**
 * The type of what a reference leads to, as far as the reference, the container or the Bundle tell it.
 * @see https://hl7.org/fhir/R4/references.html#literal
 */
import type { JsonObject } from '../../fhir/json.ts'
import { parseReference } from '../../fhir/reference.ts'
import type { Around } from '../around.ts'

export function targetTypeOf(value: JsonObject, { bundle, contained, registry }: Around): string | undefined {
  const { reference, type } = value
  if (typeof reference === 'string') {
    const parsed = parseReference(reference, '#')
    if (parsed?.kind === 'contained') return contained.get(parsed.id)
    if (parsed?.kind === 'relative' || parsed?.kind === 'conditional') return parsed.type
    const found = bundle?.find(reference)?.resourceType
    if (typeof found === 'string') return found
    // The last but one part of an absolute URL that follows the RESTful form.
    const last = /\/([A-Z][A-Za-z]+)\/[A-Za-z0-9\-.]{1,64}(?:\/_history\/[^/]+)?$/.exec(reference)?.[1]
    if (last !== undefined && registry.isResourceType(last)) return last
  }
  return typeof type === 'string' && registry.isResourceType(type) ? type : undefined
}
