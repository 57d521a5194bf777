/**
 * References, by the forms they may take.
 * @see https://hl7.org/fhir/R4/references.html and http.html#trules (conditional references)
 */

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
