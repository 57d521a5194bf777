/**
 * References between the entries of a transaction, and to what is on this server, rewritten to where things will lie.
 * @see https://hl7.org/fhir/R4/http.html#trules
 */
import { FhirError } from '../../fhir/fhir-error.ts'
import type { Issue } from '../../fhir/issue.ts'
import type { JsonObject } from '../../fhir/json.ts'
import { parseReference, rewriteReferences } from '../../fhir/reference.ts'
import type { TransactionEntry } from './bundle-entries.ts'

export class EntryReferences {
  readonly #entries: readonly TransactionEntry[]
  readonly #base: string
  readonly #byUrl = new Map<string, TransactionEntry>()

  /** @param base this server's FHIR base */
  constructor(entries: readonly TransactionEntry[], base: string) {
    this.#entries = entries
    this.#base = base
    for (const entry of entries) if (entry.fullUrl !== undefined) this.#byUrl.set(entry.fullUrl, entry)
  }

  /**
   * The entry that a reference names: by its fullUrl, or relative to the RESTful fullUrl of the others
   * (https://hl7.org/fhir/R4/bundle.html#references), or by the `Type/id` it was sent with.
   */
  find(reference: string): TransactionEntry | undefined {
    const direct = this.#byUrl.get(reference)
    if (direct) return direct
    const parsed = parseReference(reference, this.#base)
    if (parsed?.kind !== 'relative') return undefined
    const named = `${parsed.type}/${parsed.id}`
    return this.#entries.find(
      (entry) => entry.fullUrl?.endsWith(`/${named}`) || `${entry.type}/${entry.resource.id}` === named,
    )
  }

  /**
   * The resource of an entry, every reference rewritten.
   * @param place where an entry will lie, as `DocumentReference/…`
   * @param others what a reference that names no entry becomes, or undefined to keep it
   * @throws FhirError 422 for a urn: that names no entry
   */
  rewrite(
    entry: TransactionEntry,
    place: (entry: TransactionEntry) => string,
    others: (reference: string) => string | undefined,
  ): JsonObject {
    const dangling: Issue[] = []
    const rewritten = rewriteReferences(
      entry.resource,
      (text, kind, path) => {
        const target = this.find(text)
        if (target) return place(target)
        if (kind === 'url') return undefined
        const other = others(text)
        if (other === undefined && text.startsWith('urn:')) dangling.push(danglingAt(path))
        return other
      },
      `Bundle.entry[${entry.index}].resource`,
    )
    const [first, ...rest] = dangling
    if (first) throw new FhirError('unprocessable', [first, ...rest])
    return rewritten
  }
}

function danglingAt(path: string): Issue {
  const name = path.slice(path.lastIndexOf('.') + 1)
  return {
    severity: 'error',
    type: 'not-found',
    error: 'reference-introuvable',
    params: { name },
    expression: path,
  }
}
