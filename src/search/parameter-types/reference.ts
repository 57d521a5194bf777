/**
 * `[id]`, `[type]/[id]`, an absolute URL, a urn, a canonical with its version.
 * @see https://hl7.org/fhir/R4/search.html#reference
 */
import { parseReference } from '../../fhir/reference.ts'
import type { ReferenceValue } from '../search-expression.ts'
import { splitUnescaped, withoutEscapes } from './split.ts'

const ID = /^[A-Za-z0-9\-.]{1,64}$/
const ABSOLUTE = /^[A-Za-z][A-Za-z0-9+.-]*:./

export type ReferenceReading = {
  /** This server's FHIR base: what lies below it is local. */
  readonly base: string
  readonly isType: (name: string) => boolean
  /** The type of a plain id, and the only one a typed reference may name; undefined: any. */
  readonly type: string | undefined
}

export function parseReferenceValue(
  text: string,
  { base, isType, type }: ReferenceReading,
): ReferenceValue | undefined {
  const [first = '', version, ...rest] = splitUnescaped(text, '|').map(withoutEscapes)
  if (rest.length > 0 || version === '') return undefined
  if (ID.test(first)) {
    if (version !== undefined) return undefined
    return type === undefined ? { kind: 'local', id: first } : { kind: 'local', type, id: first }
  }
  const parsed = parseReference(first, base)
  if (parsed?.kind === 'relative') {
    if (version !== undefined || !isType(parsed.type) || (type ?? parsed.type) !== parsed.type)
      return undefined
    const { type: target, id, version: history } = parsed
    return { kind: 'local', type: target, id, ...(history === undefined ? {} : { version: history }) }
  }
  if (parsed?.kind === 'contained' || parsed?.kind === 'conditional' || !ABSOLUTE.test(first))
    return undefined
  return version === undefined ? { kind: 'url', url: first } : { kind: 'url', url: first, version }
}
