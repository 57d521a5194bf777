/**
 * What a document or a list is found by beyond its typed columns: every token, reference, string and uri parameter that
 * FHIR, MHD, PDSm and we define for it, and the chains into its contained resources.
 * @see docs/decisions/0014; src/storage/search-sql/ (the same entries, asked for)
 */
import { refusal } from '../../fhir/fhir-error.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../fhir/json.ts'
import type { Extraction } from '../extraction/build-extraction.ts'
import type { ReferenceValue, TokenValue } from '../extraction/index-values.ts'
import { authorExercise } from './author-exercise.ts'
import { chainedParameters, embeddedTypes } from './embedded-types.ts'
import {
  ANY_TYPE,
  entryStart,
  identifierOf,
  linked,
  stringEntry,
  textEntry,
  tokenEntry,
} from './record-entry.ts'

export type RecordIndex = { readonly tokens: readonly string[]; readonly strings: readonly string[] }
export type RecordIndexer = (resource: JsonObject) => RecordIndex

/** Entries of one resource. A real one has some fifty. */
const MAX_ENTRIES = 1_000
/** From a document to a role, from the role to the person. */
const MAX_LINKS = 2

/**
 * @param elsewhere parameters with a column of their own
 * @param canonical the one spelling of a code system, however it is written
 */
export function recordIndexer(
  extraction: Extraction,
  type: 'DocumentReference' | 'List',
  elsewhere: ReadonlySet<string>,
  canonical: (system: string) => string,
): RecordIndexer {
  const codes = [...extraction.extractors(type).keys()].filter((code) => !elsewhere.has(code))
  const chained: ReadonlySet<string> = new Set(chainedParameters[type])
  return (resource) => {
    const entries = new Entries(extraction, canonical, resource)
    for (const code of codes) entries.add(type, code, resource, code, chained.has(code) ? MAX_LINKS : 0)
    if (type === 'DocumentReference') {
      const { professions, specialities } = authorExercise(resource)
      for (const { system, code } of professions) entries.token('author-profession', { system, code })
      for (const { system, code } of specialities) entries.token('author-speciality', { system, code })
    }
    return entries.found()
  }
}

/** A logical reference need not say its type where there is but one. */
function withOnlyType(value: ReferenceValue, targets: readonly string[] = []): ReferenceValue {
  const [only, ...others] = targets
  return value.type !== undefined || only === undefined || others.length > 0
    ? value
    : { ...value, type: only }
}

class Entries {
  readonly #extraction: Extraction
  readonly #canonical: (system: string) => string
  readonly #resource: JsonObject
  readonly #contained: readonly JsonValue[]
  /** By contained resource, and by how many links lead on from it. */
  readonly #followed = new Map<JsonObject, Record<number, Entries>>()
  readonly #tokens = new Set<string>()
  readonly #strings = new Set<string>()

  constructor(extraction: Extraction, canonical: (system: string) => string, resource: JsonObject) {
    this.#extraction = extraction
    this.#canonical = canonical
    this.#resource = resource
    this.#contained = Array.isArray(resource.contained) ? resource.contained : []
  }

  /** @throws FhirError 413 when there are too many */
  found(): RecordIndex {
    if (this.#tokens.size + this.#strings.size > MAX_ENTRIES)
      throw refusal('too-long', 'trop-long', {
        params: { what: 'values that a document is found by', limit: MAX_ENTRIES },
      })
    return { tokens: [...this.#tokens], strings: [...this.#strings] }
  }

  /** One parameter of a resource, under a name; its references are followed so many links far. */
  add(type: string, code: string, resource: JsonObject, name: string, links: number): void {
    const extractor = this.#extraction.extractors(type).get(code)
    switch (extractor?.type) {
      case 'token':
        for (const value of extractor.extract(resource)) this.token(name, value)
        return
      case 'uri':
        for (const { uri, version } of extractor.extract(resource)) {
          this.#tokens.add(textEntry(name, uri))
          if (version !== undefined) this.#tokens.add(textEntry(name, `${uri}|${version}`))
        }
        return
      case 'string':
        for (const { folded, text } of extractor.extract(resource))
          this.#strings.add(stringEntry(name, folded, text))
        return
      case 'reference':
        for (const value of extractor.extract(resource))
          this.#reference(name, withOnlyType(value, extractor.parameter.target), links)
    }
  }

  token(name: string, { system = '', code }: TokenValue): void {
    this.#tokens.add(code === undefined ? entryStart(name) : tokenEntry(name, this.#canonical(system), code))
  }

  #reference(name: string, value: ReferenceValue, links: number): void {
    const { type, id, version, url, identifier, fragment } = value
    this.#tokens.add(entryStart(name))
    if (type !== undefined && id !== undefined) {
      this.#tokens.add(textEntry(name, `${type}/${id}`))
      if (version !== undefined) this.#tokens.add(textEntry(name, `${type}/${id}/_history/${version}`))
    }
    if (url !== undefined) this.#tokens.add(textEntry(name, url))
    if (identifier) {
      const token = { system: identifier.system ?? '', code: identifier.value }
      this.token(identifierOf(name), token)
      if (links > 0) this.token(linked(name, type ?? ANY_TYPE, 'identifier'), token)
    }
    const inside = fragment === undefined || links === 0 ? undefined : this.#inside(fragment)
    if (inside) this.#follow(name, inside, links - 1)
  }

  /** An author is often the authenticator too: what is behind both is looked for once, and told under the name of each. */
  #follow(name: string, resource: JsonObject, links: number): void {
    const known = this.#followed.get(resource)
    let behind = known?.[links]
    if (!behind) {
      const alone = new Entries(this.#extraction, this.#canonical, this.#resource)
      alone.#behind(resource, links)
      behind = alone
      if (known) known[links] = alone
      else this.#followed.set(resource, { [links]: alone })
    }
    for (const entry of behind.#tokens) this.#tokens.add(name + entry)
    for (const entry of behind.#strings) this.#strings.add(name + entry)
  }

  /** What is found behind a reference to this contained resource, without the name of the reference. */
  #behind(resource: JsonObject, links: number): void {
    const type = typeof resource.resourceType === 'string' ? resource.resourceType : ''
    const embedded = embeddedTypes.get(type)
    if (!embedded) return
    for (const code of embedded.ends) this.add(type, code, resource, linked('', type, code), 0)
    for (const code of embedded.links) {
      const isBorrowed = embedded.borrows?.from === code
      for (const { value, target } of this.#links(type, code, resource)) {
        this.#reference(linked('', type, code), value, links)
        if (!isBorrowed || !embedded.borrows) continue
        for (const end of embedded.borrows.ends)
          if (target) this.add(embedded.borrows.type, end, target, linked('', type, end), 0)
        if (value.identifier)
          this.token(linked('', type, 'identifier'), {
            system: value.identifier.system ?? '',
            code: value.identifier.value,
          })
      }
    }
  }

  #links(type: string, code: string, resource: JsonObject) {
    const extractor = this.#extraction.extractors(type).get(code)
    if (extractor?.type !== 'reference') return []
    return extractor.extract(resource).map((found) => {
      const value = withOnlyType(found, extractor.parameter.target)
      const target = value.fragment === undefined ? undefined : this.#inside(value.fragment)
      const expected = embeddedTypes.get(type)?.borrows?.type
      return { value, target: target?.resourceType === expected ? target : undefined }
    })
  }

  #inside(id: string): JsonObject | undefined {
    return this.#contained.find((each): each is JsonObject => isJsonObject(each) && each.id === id)
  }
}
