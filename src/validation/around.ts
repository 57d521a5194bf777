/**
 * What may be asked about the surroundings of a value: the resource it is in, and what its references lead to.
 */
import type { Registry } from '../definitions/registry.ts'
import type { Surroundings } from '../fhirpath/environment.ts'
import type { FhirNode } from '../fhirpath/node.ts'
import type { BundleEntries } from './bundle-entries.ts'

export type Around = {
  readonly registry: Registry
  /** The resource that the value is in, and the one that contains it (the same when none does). */
  readonly resource: FhirNode | undefined
  readonly rootResource: FhirNode | undefined
  /** Types of the contained resources by id, of the resource that contains them. */
  readonly contained: ReadonlyMap<string, string>
  /** Resources that references may lead to, when the whole is a Bundle. */
  readonly bundle: BundleEntries | undefined
}

/** The same, as FHIRPath asks for it. */
export function surroundingsOf({ bundle, registry, resource, rootResource }: Around): Surroundings {
  if (!bundle) return { model: registry, resource, rootResource }
  return { model: registry, resource, rootResource, resolve: (reference) => bundle.resolve(reference) }
}
