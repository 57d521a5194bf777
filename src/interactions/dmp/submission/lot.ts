/**
 * The entries of an ITI-65 submission, by what they are to each other: one set, its documents, the Binary of each, and
 * the patches of the documents they replace.
 * @see https://profiles.ihe.net/ITI/MHD/ITI-65.html §3.65.4.1.2
 */
import type { List } from '@medplum/fhirtypes'
import type { Registry } from '../../../definitions/registry.ts'
import { checkSubmissionSet } from '../../../dmp/submission-set.ts'
import { type FhirError, refusal, refuseFaults } from '../../../fhir/fhir-error.ts'
import { formatResourceId, type Uuid } from '../../../fhir/id.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../../fhir/json.ts'
import type { Subject } from '../../../storage/find-subject.ts'
import type { ClaimedDocument } from '../../../storage/store-documents.ts'
import { validate } from '../../../validation/validate.ts'
import type { TransactionEntry } from '../../transaction/bundle-entries.ts'
import { EntryReferences, whereIs } from '../../transaction/resolve-references.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import { patientReference } from './subject.ts'

export type DocumentIds = { readonly id: Uuid; readonly binaryId: Uuid }

export class Lot {
  readonly set: TransactionEntry
  readonly documents: readonly TransactionEntry[]
  /** Say what replacing does anyway (D2); checked against it, and answered. */
  readonly patches: readonly TransactionEntry[]
  readonly #references: EntryReferences<TransactionEntry>
  readonly #binaries = new Map<TransactionEntry, TransactionEntry>()
  readonly #places = new Map<TransactionEntry, string>()

  /** @throws FhirError 422 when there is not one set, or a document and its Binary do not pair */
  constructor(all: readonly TransactionEntry[], base: string, registry: Registry) {
    this.patches = all.filter((entry) => entry.patches !== undefined)
    const entries = all.filter((entry) => entry.patches === undefined)
    const [set, ...others] = entries.filter((entry) => entry.type === 'List')
    if (!set) throw incorrect('List × 0', 'Bundle.entry')
    if (others[0]) throw incorrect('List × 2', whereIs(others[0]))
    this.set = set
    this.documents = entries.filter((entry) => entry.type === 'DocumentReference')
    this.#references = new EntryReferences(entries, base, registry)
    const used = new Set<TransactionEntry>()
    for (const document of this.documents) {
      const binary = this.#findBinary(document)
      if (used.has(binary)) throw incorrect('Binary ← DocumentReference × 2', whereIs(binary))
      used.add(binary)
      this.#binaries.set(document, binary)
    }
    const unused = entries.find((entry) => entry.type === 'Binary' && !used.has(entry))
    if (unused) throw incorrect('Binary ← DocumentReference × 0', whereIs(unused))
  }

  binaryOf(document: TransactionEntry): TransactionEntry {
    const binary = this.#binaries.get(document)
    if (!binary) throw new Error('A document of another lot')
    return binary
  }

  /** @throws FhirError 422 when the set is not one, names another patient than its documents, or one of them twice */
  checkSet(engine: DmpEngine, subject: Subject): void {
    const { resource } = this.set
    refuseFaults(
      locatedIn(validate(resource, engine.registry, { loaded: engine.profiles }), this.set, 'List'),
    )
    const bundled = new Set(this.documents.flatMap(({ fullUrl }) => fullUrl ?? []))
    const context = { bundled, contentTypes: engine.terminology.contentTypes }
    // `validate` found no fault: it is a List.
    refuseFaults(locatedIn(checkSubmissionSet(resource as unknown as List, context), this.set, 'List'))
    const named = new Set<string>()
    for (const document of this.documents) {
      const uniqueId = masterIdentifierOf(document.resource)
      if (named.has(uniqueId))
        throw incorrect('masterIdentifier × 2', `${whereIs(document)}.masterIdentifier`)
      named.add(uniqueId)
      if (!namesSubject(document.resource.subject, subject)) {
        throw incorrect('DocumentReference.subject ≠ List.subject', `${whereIs(document)}.subject`)
      }
    }
  }

  /** Chooses where each entry will lie: where it lies already, when its identifier is known to the record. */
  place(
    patientKey: Uuid,
    known: readonly ClaimedDocument[],
    newId: () => Uuid,
  ): ReadonlyMap<TransactionEntry, DocumentIds> {
    const chosen = new Map<TransactionEntry, DocumentIds>()
    for (const document of this.documents) {
      const there = known.find(
        (k) => k.type === 'document' && k.value === masterIdentifierOf(document.resource),
      )
      const ids = { id: there?.id ?? newId(), binaryId: there?.binary_id ?? newId() }
      chosen.set(document, ids)
      this.#places.set(document, `DocumentReference/${formatResourceId({ patientKey, id: ids.id })}`)
      this.#places.set(
        this.binaryOf(document),
        `Binary/${formatResourceId({ patientKey, id: ids.binaryId })}`,
      )
    }
    return chosen
  }

  /**
   * The document of an entry; what it replaces, if it names that by the entry that patches it, named as this entry does.
   */
  documentOf(entry: TransactionEntry): JsonObject {
    const { relatesTo } = entry.resource
    if (!Array.isArray(relatesTo) || this.patches.length === 0) return entry.resource
    const named = relatesTo.map((relation) => {
      const target = isJsonObject(relation) ? relation.target : undefined
      if (!isJsonObject(relation) || !isJsonObject(target)) return relation
      const patch = this.patches.find(({ fullUrl }) => fullUrl !== undefined && fullUrl === target.reference)
      return patch?.patches === undefined
        ? relation
        : { ...relation, target: { ...target, reference: patch.patches } }
    })
    return { ...entry.resource, relatesTo: named }
  }

  /** The resource of an entry with every reference where it will lie. */
  rewritten(entry: TransactionEntry, subject: Subject): JsonObject {
    const patient = patientReference(subject)
    const rewritten = this.#references.rewrite(
      entry.type === 'DocumentReference' ? { ...entry, resource: this.documentOf(entry) } : entry,
      (target) => this.#places.get(target) ?? patient,
      (reference) => (reference.startsWith('Patient?') ? patient : undefined),
    )
    return { ...rewritten, subject: { reference: patient } }
  }

  #findBinary(document: TransactionEntry): TransactionEntry {
    const url = attachmentOf(document.resource)?.url
    const target = typeof url === 'string' ? this.#references.find(url) : undefined
    if (target?.type === 'Binary') return target
    throw refusal('unprocessable', 'reference-introuvable', {
      params: { name: 'attachment.url' },
      expression: `${whereIs(document)}.content[0].attachment.url`,
    })
  }
}

/** `system|value` of the uniqueId, as business identifiers are kept. */
export function masterIdentifierOf(document: JsonObject): string {
  const { masterIdentifier } = document
  return isJsonObject(masterIdentifier) ? `${masterIdentifier.system}|${masterIdentifier.value}` : ''
}

export function attachmentOf(document: JsonObject): JsonObject | undefined {
  const content = Array.isArray(document.content) ? document.content[0] : undefined
  return isJsonObject(content) && isJsonObject(content.attachment) ? content.attachment : undefined
}

/** Faults, told where the client sent the resource. */
export function locatedIn<T extends { readonly expression?: string }>(
  faults: readonly T[],
  entry: TransactionEntry,
  type: string,
): T[] {
  return faults.map((fault) => {
    const expression = fault.expression ?? type
    return {
      ...fault,
      expression: expression.startsWith(type) ? whereIs(entry) + expression.slice(type.length) : expression,
    }
  })
}

function namesSubject(reference: JsonValue | undefined, subject: Subject): boolean {
  if (!isJsonObject(reference)) return false
  const { identifier } = reference
  const text = typeof reference.reference === 'string' ? reference.reference : ''
  if (text === patientReference(subject)) return true
  const asked = text.startsWith('Patient?')
    ? new URLSearchParams(text.slice('Patient?'.length)).get('identifier')
    : null
  return subject.ins.some(
    ({ system, value }) =>
      asked === `${system}|${value}` ||
      (isJsonObject(identifier) && identifier.system === system && identifier.value === value),
  )
}

function incorrect(cause: string, expression: string): FhirError {
  return refusal('unprocessable', 'lot-incorrect', { params: { cause }, expression })
}
