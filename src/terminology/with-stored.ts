/**
 * Answers that need what clients have stored: looking up is synchronous, storage is not. So an answer is tried with what
 * is at hand; what it misses is fetched, and it is tried again. Most answers miss nothing and cost one try.
 *
 * A loaded complete code system or value set is taken before a stored one of the same URL: nobody redefines R4's.
 */
import type { JsonObject } from '../fhir/json.ts'
import { type CodeSource, layered, sourceOf, type TerminologyType } from './code-source.ts'
import { tooCostly } from './effort.ts'

/** The stored resource of that URL, the newest when no version is asked for. */
export type FetchStored = (
  type: TerminologyType,
  url: string,
  version: string | undefined,
) => Promise<JsonObject | undefined>

const MAX_FETCHES = 50

class Missing extends Error {
  readonly type: TerminologyType
  readonly url: string
  readonly version: string | undefined

  constructor(type: TerminologyType, url: string, version: string | undefined) {
    super(`${type} not fetched yet`)
    this.type = type
    this.url = url
    this.version = version
  }
}

/**
 * @param answer is run several times: it must be pure
 * @throws FhirError too-costly beyond 50 fetches, and whatever `answer` or `fetchStored` throws
 */
export async function withStored<T>(
  loaded: CodeSource,
  fetchStored: FetchStored,
  answer: (source: CodeSource) => T,
): Promise<T> {
  const fetched = new Map<string, CodeSource>()
  const stored = (type: TerminologyType, url: string, version: string | undefined): CodeSource => {
    const found = fetched.get(keyOf(type, url, version))
    if (!found) throw new Missing(type, url, version)
    return found
  }
  const source = layered(loaded, {
    codeSystem: (url, version) => stored('CodeSystem', url, version).codeSystem(url, version),
    valueSet: (url, version) => stored('ValueSet', url, version).valueSet(url, version),
    resourceById: () => undefined,
  })
  for (let fetches = 0; fetches <= MAX_FETCHES; fetches++) {
    try {
      return answer(source)
    } catch (error) {
      if (!(error instanceof Missing)) throw error
      const { type, url, version } = error
      const resource = await fetchStored(type, url, version)
      fetched.set(keyOf(type, url, version), sourceOf(resource ? [resource] : []))
    }
  }
  throw tooCostly()
}

const keyOf = (type: string, url: string, version: string | undefined): string =>
  JSON.stringify([type, url, version])
