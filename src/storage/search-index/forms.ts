/**
 * The texts behind terms: `<type>.<code>` and one of these forms. What is stored has all the forms it may be asked in;
 * what is asked has one. Both readings of a kind of value stand side by side here, because they have to agree.
 * Each form begins with a character of its own; all parts but the last bear their length.
 * @see https://hl7.org/fhir/R4/search.html#token, #uri, #reference
 */
import type * as Stored from '../../search/extraction/index-values.ts'
import type * as Asked from '../../search/search-expression.ts'

/** There is a value, whatever it is: `:missing`. */
export const PRESENT = '+'
/** A token parameter has values, and none of them a code. */
export const UNCODED = '-'
/** Rows of a resource with one range, longer than a day, not longer than a month (row-forms.ts). */
export const LONG = '('
/**
 * Rows of a resource with several values, or with a still longer range: a page in their order cannot be read off their
 * index, so they lie apart from those where it can.
 */
export const APART = '<'
/** The rows that `:text` looks at. */
export const TEXT = '%'

export function exactForm(text: string): string {
  return `"${text}`
}

/** Codes and systems are compared as they stand: UCUM and many identifiers tell case apart. */
export function tokenForms({ system, code }: Stored.TokenValue): string[] {
  const forms = system === undefined ? [] : [`*${system}`]
  if (code !== undefined) forms.push(`=${code}`, systemAndCode(system ?? '', code))
  return forms
}

export function tokenForm({ system, code }: Asked.TokenValue): string {
  if (code === undefined) return `*${system ?? ''}`
  return system === undefined ? `=${code}` : systemAndCode(system, code)
}

function systemAndCode(system: string, code: string): string {
  return `|${part(system)}${code}`
}

export function ofTypeForms({ code, identifierTypes = [] }: Stored.TokenValue): string[] {
  return code === undefined
    ? []
    : identifierTypes.map((type) => ofTypeForm({ system: type.system ?? '', code: type.code, value: code }))
}

export function ofTypeForm(asked: { system: string; code: string; value: string }): string {
  return `:${part(asked.system)}${part(asked.code)}${asked.value}`
}

/** Deeper paths than this are found by the URI itself, not by `:below`. */
const MAX_DEPTH = 40

export function uriForms(stored: Stored.UriValue): string[] {
  return [...plainUriForms(stored), ...pathsAbove(stored.uri).map((path) => `/${path}/`)]
}

function plainUriForms({ uri, version }: Stored.UriValue): string[] {
  return version === undefined ? [`@${uri}`] : [`@${uri}`, uriForm({ uri, version })]
}

export function uriForm({ uri, version }: Asked.UriValue): string {
  return version === undefined ? `@${uri}` : `#${part(uri)}${version}`
}

/** The URI itself, and what lies below it; with a slash at the end, only what begins with that. */
export function belowForms(uri: string): string[] {
  return uri.endsWith('/') ? [`/${uri}`] : [`@${uri}`, `/${uri}/`]
}

/** One form for each URI that may stand above. */
export function aboveForms(uri: string): string[] {
  return [`@${uri}`, ...pathsAbove(uri).flatMap((path) => [`@${path}`, `@${path}/`])]
}

/** What of the URI lies before each slash of its path. */
function pathsAbove(uri: string): string[] {
  const paths: string[] = []
  const authority = uri.indexOf('://')
  let at = uri.indexOf('/', authority < 0 ? 0 : authority + 3)
  while (at >= 0 && paths.length < MAX_DEPTH) {
    if (at > 0) paths.push(uri.slice(0, at))
    at = uri.indexOf('/', at + 1)
  }
  return paths
}

export function referenceForms({ type, id, version, url, identifier }: Stored.ReferenceValue): string[] {
  const forms: string[] = []
  if (id !== undefined && type !== undefined) {
    forms.push(`>${type}/${id}`, `~${id}`)
    if (version !== undefined) forms.push(`^${type}/${id}/${version}`, `&${id}/${version}`)
  }
  if (url !== undefined)
    forms.push(...plainUriForms(version === undefined ? { uri: url } : { uri: url, version }))
  if (identifier) forms.push(...tokenForms(tokenOf(identifier)).map((form) => `?${form}`))
  return forms
}

function tokenOf({ system, value }: { readonly system?: string; readonly value: string }): Stored.TokenValue {
  return system === undefined ? { code: value } : { system, code: value }
}

/** A reference to a version is also one to the resource. */
export function referenceForm(asked: Asked.ReferenceValue): string {
  if (asked.kind === 'url') {
    return uriForm(
      asked.version === undefined ? { uri: asked.url } : { uri: asked.url, version: asked.version },
    )
  }
  const { type, id, version } = asked
  if (version !== undefined) return type === undefined ? `&${id}/${version}` : `^${type}/${id}/${version}`
  return type === undefined ? `~${id}` : `>${type}/${id}`
}

export function identifierForm(asked: Asked.TokenValue): string {
  return `?${tokenForm(asked)}`
}

/** The unit of a quantity: by its code or its human form in any system, by system and code, by system alone. */
export function unitForms({ system, code, unit }: Stored.QuantityValue): string[] {
  const forms: string[] = []
  if (system !== undefined) forms.push(`*${system}`)
  if (code !== undefined) forms.push(`=${code}`)
  if (unit !== undefined && unit !== code) forms.push(`=${unit}`)
  if (system !== undefined && code !== undefined) forms.push(systemAndCode(system, code))
  return forms
}

/** Undefined: any unit. */
export function unitForm({ system, code }: Asked.QuantityValue): string | undefined {
  return system === undefined && code === undefined
    ? undefined
    : tokenForm({ ...(system === undefined ? {} : { system }), ...(code === undefined ? {} : { code }) })
}

/** A composite whose components all ask for equality: one form for each combination. */
export function combinationForm(forms: readonly string[]): string {
  return `$${forms.map(part).join('')}`
}

/** A form of one component, by its place in the definition. */
export function componentForm(index: number, form: string): string {
  return `!${index}${form}`
}

function part(text: string): string {
  return `${text.length}:${text}`
}
