/**
 * What a change of a document's metadata comes to: visibility labels set or cleared, archived or not, deleted. Nothing
 * else of a stored document ever changes; the labels that stay are those that were there, N among them.
 * @see docs/policy.md V1, V2, D3, D4; ANS PDSm 3.1.1 "Mise à jour" (status, securityLabel, isArchived; any other: 405)
 *
 * Not checked: who may make the change (policy), and that `after` is a valid resource: the caller asks both.
 */
import type { CodeableConcept } from '@medplum/fhirtypes'
import type { Issue } from '../../fhir/issue.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../fhir/json.ts'
import { sameDigits, sameJson } from '../../fhir/json-equality.ts'
import {
  readSecurityLabels,
  type VisibilityLabel,
  visibilityLabels,
  withoutVisibilityLabel,
  withVisibilityLabel,
} from './security-labels.ts'

export const archivedUrl =
  'https://interop.esante.gouv.fr/ig/fhir/pdsm/StructureDefinition/pdsm-ext-is-archived'

export type DocumentChange =
  | 'mask'
  | 'unmask'
  | 'hide-from-patient'
  | 'show-to-patient'
  | 'hide-from-representatives'
  | 'show-to-representatives'
  | 'archive'
  | 'unarchive'
  | 'delete'

const setting = {
  MASQUE_PS: 'mask',
  INVISIBLE_PATIENT: 'hide-from-patient',
  INVISIBLE_REPRESENTANTS_LEGAUX: 'hide-from-representatives',
} as const satisfies Record<VisibilityLabel, DocumentChange>
const clearing = {
  MASQUE_PS: 'unmask',
  INVISIBLE_PATIENT: 'show-to-patient',
  INVISIBLE_REPRESENTANTS_LEGAUX: 'show-to-representatives',
} as const satisfies Record<VisibilityLabel, DocumentChange>

/** What the server writes itself, whatever a patch says of it. */
const ofServer: ReadonlySet<string> = new Set(['versionId', 'lastUpdated'])
const changeable: ReadonlySet<string> = new Set(['status', 'securityLabel', 'extension', 'meta'])

/** The first element that a change touches and may not; undefined when there is none. */
export function forbiddenElement(before: JsonObject, after: JsonObject): string | undefined {
  const names = new Set([...Object.keys(before), ...Object.keys(after)])
  for (const name of names) {
    if (!changeable.has(name) && !same(before[name], after[name])) return name
  }
  if (!same(clientMeta(before), clientMeta(after))) return 'meta'
  if (!same(otherExtensions(before), otherExtensions(after))) return 'extension'
  return before.status === after.status || after.status === 'entered-in-error' ? undefined : 'status'
}

export type SettledChange = {
  readonly changes: readonly DocumentChange[]
  /** The document before, changed; the same object when nothing is. */
  readonly document: JsonObject
}

/**
 * @param before as stored
 * @param after valid, and different in no forbidden element
 */
export function settleDocumentChange(
  before: JsonObject,
  after: JsonObject,
): SettledChange | { readonly issues: readonly Issue[] } {
  const [was, asked] = [labelsOf(before), labelsOf(after)]
  const [then, next] = [readSecurityLabels(was).labels, readSecurityLabels(asked)]
  if (next.issues.length > 0) return { issues: next.issues }
  if (confidentialityOf(asked, then.confidentiality) !== then.confidentiality) {
    return {
      issues: [notChangeable('securityLabel (v3-Confidentiality)', 'DocumentReference.securityLabel')],
    }
  }
  const changes: DocumentChange[] = []
  let labels: CodeableConcept[] = was
  for (const label of visibilityLabels) {
    const [wasSet, isSet] = [isLabelled(then, label), isLabelled(next.labels, label)]
    if (wasSet === isSet) continue
    changes.push(isSet ? setting[label] : clearing[label])
    labels = isSet ? withVisibilityLabel(labels, label) : withoutVisibilityLabel(labels, label)
  }
  const archived = isArchived(after)
  let document = before
  // A label is JSON and nothing else: it was read from JSON, or is one of ours.
  if (changes.length > 0) document = { ...document, securityLabel: labels as unknown as JsonValue }
  if (archived !== isArchived(before)) {
    changes.push(archived ? 'archive' : 'unarchive')
    document = withArchived(document, archived)
  }
  if (before.status !== after.status) {
    changes.push('delete')
    document = { ...document, status: 'entered-in-error' }
  }
  return { changes, document }
}

/** The document with its extension isArchived set, where it was or at the end. */
export function withArchived(document: JsonObject, archived: boolean): JsonObject {
  const extension: JsonObject = { url: archivedUrl, valueBoolean: archived }
  const present = Array.isArray(document.extension) ? document.extension : []
  const at = present.findIndex(isArchiving)
  return { ...document, extension: at < 0 ? [...present, extension] : present.with(at, extension) }
}

/**
 * The document without the label that hides it from the patient (rule V4). What waited to be announced could not be masked
 * meanwhile (V2): where the patient wants all masked, it is now (V6).
 */
export function shownToPatient(document: JsonObject, maskedByDefault: boolean): JsonObject {
  const shown = withoutVisibilityLabel(labelsOf(document), 'INVISIBLE_PATIENT')
  const labels = maskedByDefault ? withVisibilityLabel(shown, 'MASQUE_PS') : shown
  return { ...document, securityLabel: labels as unknown as JsonValue }
}

export function isArchived(document: JsonObject): boolean {
  const extensions = Array.isArray(document.extension) ? document.extension : []
  return extensions.some((item) => isArchiving(item) && isJsonObject(item) && item.valueBoolean === true)
}

export function notChangeable(name: string, expression: string): Issue {
  return {
    severity: 'error',
    type: 'not-supported',
    error: 'modification-non-permise',
    params: { name },
    expression,
  }
}

function isArchiving(item: JsonValue): boolean {
  return isJsonObject(item) && item.url === archivedUrl
}

/** Without isArchived; and what of it is more than a boolean, which nobody may add. */
function otherExtensions({ extension }: JsonObject): JsonValue {
  if (extension === undefined) return []
  if (!Array.isArray(extension)) return extension
  const archiving = extension.filter(isArchiving)
  const plain = archiving.length <= 1 && archiving.every(isPlainFlag)
  return plain ? extension.filter((item) => !isArchiving(item)) : extension
}

function isPlainFlag(item: JsonValue): boolean {
  return isJsonObject(item) && Object.keys(item).length === 2 && typeof item.valueBoolean === 'boolean'
}

function clientMeta({ meta }: JsonObject): JsonValue {
  if (!isJsonObject(meta)) return meta ?? {}
  return Object.fromEntries(Object.entries(meta).filter(([name]) => !ofServer.has(name)))
}

function same(a: JsonValue | undefined, b: JsonValue | undefined): boolean {
  return a === undefined || b === undefined ? a === b : sameJson(a, b, sameDigits)
}

/** Sound on what is stored, and on what `validate` found no fault in. */
function labelsOf({ securityLabel }: JsonObject): CodeableConcept[] {
  return Array.isArray(securityLabel) ? (securityLabel as unknown as CodeableConcept[]) : []
}

/** A patch that leaves no confidentiality means the one there was: N is never lost (rule V1). */
function confidentialityOf(labels: CodeableConcept[], there: 'N' | 'R' | 'V'): 'N' | 'R' | 'V' {
  const read = readSecurityLabels(labels).labels.confidentiality
  return read === 'N' && there !== 'N' ? there : read
}

type Labelled = ReturnType<typeof readSecurityLabels>['labels']

function isLabelled(labels: Labelled, label: VisibilityLabel): boolean {
  switch (label) {
    case 'MASQUE_PS':
      return labels.masked
    case 'INVISIBLE_PATIENT':
      return labels.invisiblePatient
    case 'INVISIBLE_REPRESENTANTS_LEGAUX':
      return labels.invisibleLegal
  }
}
