/**
 * References between the entries of a transaction, and to what is on this server, rewritten to where things will lie.
 * @see https://hl7.org/fhir/R4/http.html#trules and https://hl7.org/fhir/R4/bundle.html#references
 */
import type { Registry } from '../../definitions/registry.ts'
import { FhirError } from '../../fhir/fhir-error.ts'
import type { Issue } from '../../fhir/issue.ts'
import type { JsonObject } from '../../fhir/json.ts'
import { parseReference } from '../../fhir/reference.ts'
import { type LinkKind, rewriteLinks } from './rewrite-links.ts'

/** An entry that others may refer to. */
export type ReferableEntry = {
  /** Position in the Bundle, and so in the answer. */
  readonly index: number
  readonly fullUrl: string | undefined
  readonly type: string
  readonly resource: JsonObject
}

/** A link of an entry that leads to another, or to nothing that is known yet. */
export type Link<E> = {
  readonly text: string
  readonly kind: LinkKind
  readonly path: string
  readonly target: E | undefined
}

export class EntryReferences<E extends ReferableEntry> {
  readonly #base: string
  readonly #registry: Registry
  readonly #byUrl = new Map<string, E>()
  readonly #byName = new Map<string, E>()

  /** @param base this server's FHIR base */
  constructor(entries: readonly E[], base: string, registry: Registry) {
    this.#base = base
    this.#registry = registry
    for (const entry of entries) if (entry.fullUrl !== undefined) this.#byUrl.set(entry.fullUrl, entry)
    for (const entry of entries) {
      const [, , named] = RESTFUL.exec(entry.fullUrl ?? '') ?? []
      if (named !== undefined && !this.#byName.has(named)) this.#byName.set(named, entry)
    }
    for (const entry of entries) {
      const named = `${entry.type}/${entry.resource.id}`
      if (entry.resource.id !== undefined && !this.#byName.has(named)) this.#byName.set(named, entry)
    }
  }

  /**
   * The entry that a reference names: by its fullUrl, or relative to the RESTful fullUrl of the one that refers, or of
   * any other, or by the `Type/id` it was sent with.
   */
  find(reference: string, from?: E): E | undefined {
    const direct = this.#byUrl.get(reference)
    if (direct) return direct
    const parsed = parseReference(reference, this.#base)
    if (parsed?.kind === 'absolute') return this.#byUrl.get(parsed.url.replace(VERSION, ''))
    if (parsed?.kind !== 'relative') return undefined
    const named = `${parsed.type}/${parsed.id}`
    const [, root] = RESTFUL.exec(from?.fullUrl ?? '') ?? []
    const beside = root === undefined ? undefined : this.#byUrl.get(`${root}/${named}`)
    return beside ?? this.#byName.get(named)
  }

  /** Whether a link of this kind and text leads to an entry, and to which. */
  #target(text: string, kind: LinkKind, from: E): E | undefined {
    if (kind === 'reference') return this.find(text, from)
    // An http URI may be a mere name, as the canonical URL of a definition: only a urn can mean nothing but the entry.
    if (kind === 'name' && !text.startsWith('urn:')) return undefined
    return kind === 'place' ? this.find(text, from) : this.#byUrl.get(text)
  }

  /** Every link of an entry, in the order of its resource. */
  links(entry: E): Link<E>[] {
    const links: Link<E>[] = []
    rewriteLinks(entry.resource, this.#registry, whereIs(entry), (text, kind, path) => {
      links.push({ text, kind, path, target: this.#target(text, kind, entry) })
      return undefined
    })
    return links
  }

  /**
   * The resource of an entry, every reference rewritten.
   * @param place where an entry will lie, as `DocumentReference/…`
   * @param others what a reference that names no entry becomes, or undefined to keep it
   * @throws FhirError 422 for a urn:uuid: or urn:oid: that names no entry
   */
  rewrite(
    entry: E,
    place: (entry: E) => string,
    others: (reference: string) => string | undefined,
  ): JsonObject {
    const dangling: Issue[] = []
    const rewritten = rewriteLinks(entry.resource, this.#registry, whereIs(entry), (text, kind, path) => {
      const target = this.#target(text, kind, entry)
      if (target) return this.#unlessThere(text, place(target))
      if (kind !== 'reference') return undefined
      const other = others(text)
      if (other === undefined && isPlaceholder(text)) dangling.push(danglingAt(path))
      return other
    })
    const [first, ...rest] = dangling
    if (first) throw new FhirError('unprocessable', [first, ...rest])
    return rewritten
  }

  /** A reference that leads where the entry lies anyway stays as it is, with the version it may name. */
  #unlessThere(text: string, place: string): string | undefined {
    const parsed = parseReference(text, this.#base)
    return parsed?.kind === 'relative' && `${parsed.type}/${parsed.id}` === place ? undefined : place
  }
}

const RESTFUL = /^(https?:\/\/.+)\/([A-Z][A-Za-z]{1,63}\/[A-Za-z0-9\-.]{1,64})$/
const VERSION = /\/_history\/[A-Za-z0-9\-.]{1,64}$/

/** A reference that can lead to nothing but an entry of the same Bundle. */
export function isPlaceholder(text: string): boolean {
  return /^urn:(?:uuid|oid):/.test(text)
}

export function whereIs(entry: Pick<ReferableEntry, 'index'>): string {
  return `Bundle.entry[${entry.index}].resource`
}

export function danglingAt(path: string): Issue {
  const name = path.slice(path.lastIndexOf('.') + 1)
  return {
    severity: 'error',
    type: 'not-found',
    error: 'reference-introuvable',
    params: { name },
    expression: path,
  }
}
