/**
 * Where code systems and value sets are looked up: those of FHIR R4, those of our profiles, those that clients have
 * stored. Looking up is synchronous; what is stored is fetched before (with-stored.ts).
 * @see https://hl7.org/fhir/R4/references.html#canonical
 */
import type { JsonObject } from '../fhir/json.ts'
import { type CodeSystemIndex, indexCodeSystem } from './code-system-index.ts'
import { textOf } from './element.ts'

export type TerminologyType = 'CodeSystem' | 'ValueSet'

/** Without a version, the one there is. With a version that is not there: undefined. */
export type CodeSource = {
  codeSystem(url: string, version?: string): CodeSystemIndex | undefined
  valueSet(url: string, version?: string): JsonObject | undefined
  /** The resource as it is published, for a read. */
  resourceById(type: TerminologyType, id: string): JsonObject | undefined
}

export type Canonical = { readonly url: string; readonly version?: string }

/** `http://…|2.0` */
export function parseCanonical(text: string): Canonical {
  const bar = text.lastIndexOf('|')
  if (bar < 0) return { url: text }
  const version = text.slice(bar + 1)
  return { url: text.slice(0, bar), ...(version ? { version } : {}) }
}

/** A handful of resources, as those contained in a value set or made of our tables. The first of a URL wins. */
export function sourceOf(resources: readonly JsonObject[]): CodeSource {
  const find = (type: TerminologyType, url: string, version?: string): JsonObject | undefined =>
    resources.find(
      (resource) =>
        resource.resourceType === type &&
        resource.url === url &&
        (version === undefined || textOf(resource, 'version') === version),
    )
  const indexed = new WeakMap<JsonObject, CodeSystemIndex>()
  return {
    codeSystem(url, version) {
      const resource = find('CodeSystem', url, version)
      if (!resource) return undefined
      const known = indexed.get(resource) ?? indexCodeSystem(resource)
      indexed.set(resource, known)
      return known
    },
    valueSet: (url, version) => find('ValueSet', url, version),
    resourceById: (type, id) =>
      resources.find((resource) => resource.resourceType === type && resource.id === id),
  }
}

/** Asks each in turn. Of a code system, a complete one is taken before a fragment, whoever has it. */
export function layered(...sources: readonly CodeSource[]): CodeSource {
  return {
    codeSystem(url, version) {
      let partial: CodeSystemIndex | undefined
      for (const source of sources) {
        const found = source.codeSystem(url, version)
        if (found?.complete) return found
        partial ??= found
      }
      return partial
    },
    valueSet(url, version) {
      for (const source of sources) {
        const found = source.valueSet(url, version)
        if (found) return found
      }
      return undefined
    },
    resourceById(type, id) {
      for (const source of sources) {
        const found = source.resourceById(type, id)
        if (found) return found
      }
      return undefined
    },
  }
}
