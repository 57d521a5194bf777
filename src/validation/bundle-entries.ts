/**
 * What references inside a Bundle lead to: the entry whose fullUrl they name, or whose type and id.
 * @see https://hl7.org/fhir/R4/bundle.html#references
 *
 * Not done: a relative reference is not made absolute by the fullUrl of the entry it stands in; type and id decide.
 */
import { isJsonObject, type JsonObject } from '../fhir/json.ts'
import type { Model } from '../fhirpath/model.ts'
import { type FhirNode, resourceNode } from '../fhirpath/node.ts'

const VERSION = /\/_history\/[^/]*$/

export class BundleEntries {
  readonly #bundle: JsonObject
  readonly #model: Model
  #found: ReadonlyMap<string, JsonObject> | undefined

  constructor(bundle: JsonObject, model: Model) {
    this.#bundle = bundle
    this.#model = model
  }

  /** Undefined: not in the Bundle. */
  resolve(reference: string): FhirNode | undefined {
    const found = this.find(reference)
    return found && resourceNode(found, this.#model)
  }

  find(reference: string): JsonObject | undefined {
    this.#found ??= index(this.#bundle)
    return this.#found.get(reference.replace(VERSION, ''))
  }
}

function index(bundle: JsonObject): ReadonlyMap<string, JsonObject> {
  const found = new Map<string, JsonObject>()
  if (!Array.isArray(bundle.entry)) return found
  for (const entry of bundle.entry) {
    if (!isJsonObject(entry) || !isJsonObject(entry.resource)) continue
    const { resourceType, id } = entry.resource
    const keys = [entry.fullUrl, `${String(resourceType)}/${String(id)}`]
    for (const key of keys) if (typeof key === 'string' && !found.has(key)) found.set(key, entry.resource)
  }
  return found
}
