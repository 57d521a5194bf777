/**
 * The entries of an ITI-65 submission, by what they are to each other: one set, its documents and folders, the bytes of
 * each document, the patches of the documents they replace, and the Patient.
 * @see https://profiles.ihe.net/ITI/MHD/ITI-65.html §3.65.4.1.2
 */
import type { Registry } from '../../../definitions/registry.ts'
import { type FhirError, refusal } from '../../../fhir/fhir-error.ts'
import { formatResourceId, type Uuid } from '../../../fhir/id.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../../fhir/json.ts'
import { parseReference } from '../../../fhir/reference.ts'
import type { ClaimedDocument } from '../../../storage/documents/store-documents.ts'
import type { Subject } from '../../../storage/records/find-subject.ts'
import { EntryReferences, whereIs } from '../../transaction/resolve-references.ts'
import { claimsDocument } from './document-claims.ts'
import type { LotProfiles } from './held-profiles.ts'
import type { LotEntry, LotEntryKind } from './lot-entries.ts'
import { otherInsOf, patientReference } from './subject.ts'

export type DocumentIds = { readonly id: Uuid; readonly binaryId: Uuid }

export class Lot {
  readonly set: LotEntry
  readonly documents: readonly LotEntry[]
  readonly folders: readonly LotEntry[]
  /** Say what replacing does anyway (D2); checked against it, and answered. */
  readonly patches: readonly LotEntry[]
  readonly patient: LotEntry | undefined
  readonly profiles: LotProfiles
  readonly #base: string
  readonly #references: EntryReferences<LotEntry>
  readonly #contents = new Map<LotEntry, LotEntry>()
  readonly #places = new Map<LotEntry, string>()
  readonly #folderIds = new Map<LotEntry, Uuid>()

  /** @throws FhirError 422 when there is not one set, or a document and its bytes do not pair */
  constructor(all: readonly LotEntry[], base: string, registry: Registry, profiles: LotProfiles) {
    this.profiles = profiles
    this.#base = base
    const entries = all.filter(({ kind }) => kind !== 'patch')
    const ofKind = (kind: LotEntryKind): LotEntry[] => all.filter((entry) => entry.kind === kind)
    this.patches = ofKind('patch')
    this.documents = ofKind('document')
    this.folders = ofKind('folder')
    this.set = only(ofKind('set'), 'List × 2') ?? fail(incorrect('List × 0', 'Bundle.entry'))
    this.patient = only(ofKind('patient'), 'Patient × 2')
    this.#references = new EntryReferences(entries, base, registry)
    const used = new Set<LotEntry>()
    for (const document of this.documents) {
      const content = this.#findContent(document)
      if (used.has(content)) throw incorrect(`${content.type} ← DocumentReference × 2`, whereIs(content))
      used.add(content)
      this.#contents.set(document, content)
    }
    const unused = [...ofKind('binary'), ...ofKind('fhir-document')].find((entry) => !used.has(entry))
    if (unused) throw incorrect(`${unused.type} ← DocumentReference × 0`, whereIs(unused))
  }

  /** The entry with the bytes of a document: a Binary, or a FHIR document. */
  contentOf(document: LotEntry): LotEntry {
    const content = this.#contents.get(document)
    if (!content) throw new Error('A document of another lot')
    return content
  }

  /** The document of the lot that a reference leads to. */
  documentNamed(reference: string): LotEntry | undefined {
    const entry = reference === '' ? undefined : this.#references.find(reference)
    return entry?.kind === 'document' ? entry : undefined
  }

  /** The document or folder that a reference of the set leads to. */
  namedBySet(reference: string): LotEntry | undefined {
    const entry = this.#references.find(reference, this.set)
    return entry?.kind === 'document' || entry?.kind === 'folder' ? entry : undefined
  }

  /** Whether a reference leads to the Patient of the lot. */
  namesPatient(reference: JsonValue | undefined): boolean {
    if (!this.patient || !isJsonObject(reference) || typeof reference.reference !== 'string') return false
    return this.#references.find(reference.reference) === this.patient
  }

  /** Whether a reference names the patient of the record, in any of the ways there are. */
  namesSubject(reference: JsonValue | undefined, subject: Subject): boolean {
    return (
      (this.namesPatient(reference) || namesRecord(this.#base, reference, subject)) &&
      otherInsOf(reference, subject) === undefined
    )
  }

  /** Chooses where each entry will lie: where it lies already, when its identifier is known to the record. */
  place(
    patientKey: Uuid,
    known: readonly ClaimedDocument[],
    newId: () => Uuid,
  ): ReadonlyMap<LotEntry, DocumentIds> {
    const chosen = new Map<LotEntry, DocumentIds>()
    for (const document of this.documents) {
      const uniqueId = masterIdentifierOf(document.resource)
      const found = known.find((claimed) => claimsDocument(claimed, uniqueId))
      const ids = { id: found?.id ?? newId(), binaryId: found?.binary_id ?? newId() }
      chosen.set(document, ids)
      this.#places.set(document, `DocumentReference/${formatResourceId({ patientKey, id: ids.id })}`)
      const content = this.contentOf(document)
      this.#places.set(content, `${content.type}/${formatResourceId({ patientKey, id: ids.binaryId })}`)
    }
    return chosen
  }

  /** Where a folder lies, or will: said once it is known whether it is there. */
  placeFolder(patientKey: Uuid, folder: LotEntry, id: Uuid): void {
    this.#folderIds.set(folder, id)
    this.#places.set(folder, `List/${formatResourceId({ patientKey, id })}`)
  }

  folderId(folder: LotEntry): Uuid {
    const id = this.#folderIds.get(folder)
    if (!id) throw new Error('A folder without a place')
    return id
  }

  /**
   * The document of an entry; what it replaces, if it names that by the entry that patches it, named as this entry does.
   */
  documentOf(entry: LotEntry): JsonObject {
    const { relatesTo } = entry.resource
    if (!Array.isArray(relatesTo) || this.patches.length === 0) return entry.resource
    const named = relatesTo.map((relation) => {
      const target = isJsonObject(relation) ? relation.target : undefined
      if (!isJsonObject(relation) || !isJsonObject(target)) return relation
      const patch = this.patches.find(({ fullUrl }) => fullUrl !== undefined && fullUrl === target.reference)
      return patch ? { ...relation, target: { ...target, reference: patch.url } } : relation
    })
    return { ...entry.resource, relatesTo: named }
  }

  /**
   * The resource of an entry with every reference where it will lie.
   * @param document of a document: what stands for it, its relations resolved
   */
  rewritten(entry: LotEntry, subject: Subject, document?: JsonObject): JsonObject {
    const patient = patientReference(subject)
    const rewritten = this.#references.rewrite(
      document ? { ...entry, resource: document } : entry,
      (target) => (target.kind === 'patient' ? patient : (this.#places.get(target) ?? fail(unplaced()))),
      (reference) => (reference.startsWith('Patient?') ? patient : undefined),
    )
    return { ...rewritten, subject: { reference: patient } }
  }

  #findContent(document: LotEntry): LotEntry {
    const url = attachmentOf(document.resource)?.url
    const target = typeof url === 'string' ? this.#references.find(url) : undefined
    if (target?.kind === 'binary' || target?.kind === 'fhir-document') return target
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

function namesRecord(base: string, reference: JsonValue | undefined, subject: Subject): boolean {
  if (!isJsonObject(reference)) return false
  const { identifier } = reference
  const parsed = parseReference(typeof reference.reference === 'string' ? reference.reference : '', base)
  if (parsed?.kind === 'relative' && `${parsed.type}/${parsed.id}` === patientReference(subject)) return true
  const asked =
    parsed?.kind === 'conditional' && parsed.type === 'Patient'
      ? new URLSearchParams(parsed.query).get('identifier')
      : null
  return subject.ins.some(
    ({ system, value }) =>
      asked === `${system}|${value}` ||
      (isJsonObject(identifier) && identifier.system === system && identifier.value === value),
  )
}

function only(entries: readonly LotEntry[], cause: string): LotEntry | undefined {
  if (entries[1]) throw incorrect(cause, whereIs(entries[1]))
  return entries[0]
}

function unplaced(): Error {
  return new Error('A reference to an entry that lies nowhere')
}

function fail(error: Error): never {
  throw error
}

function incorrect(cause: string, expression: string): FhirError {
  return refusal('unprocessable', 'lot-incorrect', { params: { cause }, expression })
}
