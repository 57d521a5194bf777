/**
 * Where a resource says that it means something else than it reads: `modifierExtension`, at any depth, and `implicitRules`. Who
 * acts on a resource and understands none of them refuses it.
 * @see https://hl7.org/fhir/R4/extensibility.html#modifierExtension, https://hl7.org/fhir/R4/resource.html#implicitRules
 */

const changing: ReadonlySet<string> = new Set(['modifierExtension', 'implicitRules'])

/** @returns the path of the first, below the resource: `provision.actor[0].modifierExtension` */
export function meaningChangedAt(value: unknown, at = ''): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  for (const [name, inner] of Object.entries(value)) {
    const path = Array.isArray(value) ? `${at}[${name}]` : at === '' ? name : `${at}.${name}`
    const found = changing.has(name) ? path : meaningChangedAt(inner, path)
    if (found !== undefined) return found
  }
  return undefined
}
