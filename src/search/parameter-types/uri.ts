/**
 * A URI, or a canonical with its version.
 * @see https://hl7.org/fhir/R4/search.html#uri and https://hl7.org/fhir/R4/references.html#canonical
 */
import type { UriValue } from '../search-expression.ts'
import { splitUnescaped, withoutEscapes } from './split.ts'

/** No URI holds a bar: what follows one is the version. */
export function parseUri(text: string): UriValue | undefined {
  const [uri = '', version = '', ...rest] = splitUnescaped(text, '|').map(withoutEscapes)
  if (uri === '' || rest.length > 0) return undefined
  return version === '' ? { uri } : { uri, version }
}
