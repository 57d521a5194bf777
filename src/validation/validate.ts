/**
 * Checks a resource against the base specification and against profiles. One issue per fault, its expression the
 * FHIRPath of the element.
 * @see https://hl7.org/fhir/R4/validation.html (structure, cardinality, values, bindings, invariants, profiles)
 *
 * Checked: known elements, cardinalities, JSON types, primitive values, choices, primitive extensions, required bindings,
 * references and their targets as far as they are at hand, contained resources, those in Bundles and Parameters,
 * invariants, and the profiles that are loaded and asked for or claimed by `meta.profile`.
 *
 * Not checked: bindings that are not required, the targets of references that are neither contained nor in the Bundle,
 * units, displays of codes, where an extension may stand.
 */
import type { Registry } from '../definitions/registry.ts'
import type { Issue } from '../fhir/issue.ts'
import { isJsonObject, type JsonValue } from '../fhir/json.ts'
import { BundleEntries } from './bundle-entries.ts'
import { Findings } from './findings.ts'
import { checkProfile } from './profile/check-profile.ts'
import type { CompiledProfile, LoadedProfiles } from './profile/compiled-profile.ts'
import { checkResource, resourceType } from './structure.ts'
import type { Walk } from './walk.ts'

export type ValidationOptions = {
  /** Every profile this server knows: a resource that claims one by `meta.profile` must follow it. */
  readonly loaded?: LoadedProfiles
  /** Profiles that the resource must follow, claimed or not. */
  readonly profiles?: readonly CompiledProfile[]
  /** Tells issues of severity `warning` too: best practice, claims of profiles that are not known. */
  readonly warnings?: boolean
}

/** No issue means no fault among what is checked. Never throws on what a JSON parser gives. */
export function validate(
  resource: JsonValue,
  registry: Registry,
  { loaded, profiles = [], warnings = false }: ValidationOptions = {},
): Issue[] {
  const findings = new Findings()
  const type = resourceType(resource, registry)
  if (type) findings.enter(type.name)
  const isBundle = isJsonObject(resource) && resource.resourceType === 'Bundle'
  const walk: Walk = {
    registry,
    findings,
    profiles: loaded,
    warnings,
    resource: undefined,
    rootResource: undefined,
    isContained: false,
    contained: new Map(),
    links: new Set(),
    bundle: isBundle ? new BundleEntries(resource, registry) : undefined,
  }
  const inside = checkResource(resource, walk)
  if (inside?.resource) for (const profile of profiles) checkProfile(profile, inside.resource, inside)
  return findings.issues
}
