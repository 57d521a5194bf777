/**
 * References, by the forms they may take.
 * @see https://hl7.org/fhir/R4/references.html and http.html#trules (conditional references)
 */
import { isJsonObject, type JsonObject, type JsonValue } from './json.ts'

export type ParsedReference =
  | { readonly kind: 'contained'; readonly id: string }
  | { readonly kind: 'urn'; readonly urn: string }
  | { readonly kind: 'conditional'; readonly type: string; readonly query: string }
  | { readonly kind: 'relative'; readonly type: string; readonly id: string; readonly version?: string }
  | { readonly kind: 'absolute'; readonly url: string }

const RELATIVE = /^([A-Z][A-Za-z]{1,63})\/([A-Za-z0-9\-.]{1,64})(?:\/_history\/([A-Za-z0-9\-.]{1,64}))?$/
const CONDITIONAL = /^([A-Z][A-Za-z]{1,63})\?(.{1,2000})$/

/** @param base this server's FHIR base without a trailing slash: absolute references to it become relative ones */
export function parseReference(text: string, base: string): ParsedReference | undefined {
  if (text.startsWith('#')) return { kind: 'contained', id: text.slice(1) }
  if (text.startsWith('urn:')) return { kind: 'urn', urn: text }
  const local = text.startsWith(`${base}/`) ? text.slice(base.length + 1) : text
  const relative = RELATIVE.exec(local)
  if (relative?.[1] && relative[2]) {
    const [, type, id, version] = relative
    return version ? { kind: 'relative', type, id, version } : { kind: 'relative', type, id }
  }
  const conditional = CONDITIONAL.exec(local)
  if (conditional?.[1] && conditional[2]) {
    return { kind: 'conditional', type: conditional[1], query: conditional[2] }
  }
  return /^https?:\/\//.test(text) ? { kind: 'absolute', url: text } : undefined
}

/**
 * A copy of a resource with every reference and every URL that names another entry rewritten. References stand in
 * `reference` of a Reference, and, in a transaction, in any element of type url or uri that equals a fullUrl
 * (`attachment.url` first of all).
 * @param rewrite what a text becomes, or undefined to keep it
 */
export function rewriteReferences(
  resource: JsonObject,
  rewrite: (text: string, kind: 'reference' | 'url', path: string) => string | undefined,
  path: string,
): JsonObject {
  const walk = (value: JsonValue, at: string, key: string): JsonValue => {
    if (Array.isArray(value)) return value.map((item, i) => walk(item, `${at}[${i}]`, key))
    if (isJsonObject(value)) {
      const copy: JsonObject = {}
      for (const [name, item] of Object.entries(value)) copy[name] = walk(item, `${at}.${name}`, name)
      return copy
    }
    if (typeof value !== 'string') return value
    if (key === 'reference') return rewrite(value, 'reference', at) ?? value
    if (isUrlElement(key)) return rewrite(value, 'url', at) ?? value
    return value
  }
  const copy: JsonObject = {}
  for (const [name, item] of Object.entries(resource)) copy[name] = walk(item, `${path}.${name}`, name)
  return copy
}

/** Elements of type url, uri or canonical by their names in R4; an extension's url names a definition, never an entry. */
function isUrlElement(name: string): boolean {
  return name === 'url' || name === 'uri' || /^value(Url|Uri|Canonical)$/.test(name)
}
