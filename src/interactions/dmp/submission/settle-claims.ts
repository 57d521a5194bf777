/**
 * What of a submission is new, and what the record has already (rule D1). A submission is there wholly or it is written
 * wholly: one that shares its identifier with another, or a document whose identifier stands for other bytes, is a
 * conflict, and nothing of it is written.
 */
import { type VisibilityLabel, visibilityLabels } from '../../../dmp/documents/security-labels.ts'
import { FhirError } from '../../../fhir/fhir-error.ts'
import type { Issue } from '../../../fhir/issue.ts'
import { isJsonObject, parseJson } from '../../../fhir/json.ts'
import type { DocumentFacts } from '../../../policy/facts.ts'
import type { Claim, ClaimedDocument } from '../../../storage/documents/store-documents.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { sightIn } from '../documents/sight.ts'
import { claimsDocument, documentClaims } from './document-claims.ts'
import type { Stored, StoredSubmission, Submission } from './submission.ts'

/** The identifiers by which the parts of a submission exist once. */
export function claimsOf({ documents, set, folders }: Submission): Claim[] {
  return [
    ...documents.flatMap(({ uniqueId, row }) =>
      documentClaims(uniqueId).map((claim) => ({ ...claim, id: row.id })),
    ),
    { type: 'submissionset', value: set.uniqueId, id: set.id },
    ...folders.flatMap(({ uniqueId, id }) =>
      uniqueId === undefined ? [] : [{ type: 'folder' as const, value: uniqueId, id }],
    ),
  ]
}

/** @throws FhirError 409 naming every part whose identifier is taken by another */
export function settleClaims(
  engine: DmpEngine,
  exchange: DmpExchange,
  submission: Submission,
  known: readonly ClaimedDocument[],
): StoredSubmission {
  const { now } = exchange
  const find = (type: Claim['type'], value: string) =>
    known.find((claimed) => claimed.type === type && claimed.value === value)
  const conflicts: Issue[] = []
  const made = { created: true, version: 1, lastUpdated: now, unset: [] }
  const documents = submission.documents.map((document): Stored => {
    const { uniqueId, row, at } = document
    const there = known.find((claimed) => claimsDocument(claimed, uniqueId))
    if (!there) return { ...made, id: row.id, binaryId: row.binaryId }
    if (!there.content_sha256?.equals(row.sha256)) conflicts.push(taken(at))
    else if (there.facts && isSeen(engine, exchange, submission, there.facts)) {
      if (there.facts.status === 'entered-in-error') conflicts.push(deleted(at))
      return { ...existing(there), unset: unsetLabels(document, there.facts) }
    }
    return existing(there)
  })
  const set = find('submissionset', submission.set.uniqueId)
  const folders = submission.folders.map(({ uniqueId, id, at }): Stored => {
    const there = uniqueId === undefined ? undefined : find('folder', uniqueId)
    if (there && !set) conflicts.push(folderTaken(at))
    if (there) return existing(there)
    return { ...made, created: uniqueId !== undefined, id, binaryId: undefined }
  })
  const stored = {
    documents,
    folders,
    set: set ? existing(set) : { ...made, id: submission.set.id, binaryId: undefined },
  }
  if (set && conflicts.length === 0 && !isSame(submission, stored, set))
    conflicts.push(otherLot(submission.set.at))
  const [first, ...rest] = conflicts
  if (first) throw new FhirError(first.type === 'conflict' ? 'conflict' : 'duplicate', [first, ...rest])
  return stored
}

/** Whether there is nothing to write. */
export function isRepeat({ set }: StoredSubmission): boolean {
  return !set.created
}

function existing(there: ClaimedDocument): Stored {
  return {
    created: false,
    id: there.id,
    binaryId: there.binary_id ?? undefined,
    version: there.version ?? 1,
    lastUpdated: there.last_updated,
    unset: [],
  }
}

/**
 * A document that was deleted is not deposited again under its identifier, and one that lies there is not hidden by
 * sending it hidden: the answer would be that it lies there, as it was sent. Told to who sees it; to others it is one
 * that they do not see (V7).
 */
function isSeen(
  engine: DmpEngine,
  exchange: DmpExchange,
  { record }: Submission,
  facts: DocumentFacts,
): boolean {
  try {
    return sightIn(engine, exchange, record).sees(facts)
  } catch (error) {
    // Who can see nothing in this record may feed it all the same (A2).
    if (error instanceof FhirError && error.status < 500) return false
    throw error
  }
}

function unsetLabels(
  { row, imposed }: Submission['documents'][number],
  facts: DocumentFacts,
): VisibilityLabel[] {
  const sent = {
    MASQUE_PS: row.masked && !facts.masked,
    INVISIBLE_PATIENT: row.invisiblePatient && !facts.invisiblePatient,
    INVISIBLE_REPRESENTANTS_LEGAUX: row.invisibleLegal && !facts.invisibleLegal,
  } satisfies Record<VisibilityLabel, boolean>
  return visibilityLabels.filter((label) => sent[label] && !imposed.includes(label))
}

/** Whether a lot that is known by its identifier is this one: the same documents and folders, and nothing left to add. */
function isSame(submission: Submission, stored: StoredSubmission, set: ClaimedDocument): boolean {
  const isWhole = ![...stored.documents, ...stored.folders].some(({ created }) => created)
  const isAdded = submission.folders.every(({ added }) => added.length === 0)
  const before = namedBy(set.list ?? '{}')
  const after = namedBy(submission.set.body)
  return isWhole && isAdded && before.length === after.length && before.every((name, i) => name === after[i])
}

/** What a set names, in order. */
function namedBy(body: string): string[] {
  const list = parseJson(body)
  const entries = isJsonObject(list) && Array.isArray(list.entry) ? list.entry : []
  return entries
    .map((entry) => (isJsonObject(entry) && isJsonObject(entry.item) ? String(entry.item.reference) : ''))
    .sort()
}

function taken(at: string): Issue {
  return conflict('duplicate', 'identifiant-unique-pris', `${at}.masterIdentifier`)
}

function deleted(at: string): Issue {
  return conflict('conflict', 'depot-supprime', `${at}.masterIdentifier`)
}

function folderTaken(at: string): Issue {
  return conflict('duplicate', 'classeur-existant', `${at}.identifier`)
}

function otherLot(at: string): Issue {
  return conflict('duplicate', 'lot-existant', at)
}

function conflict(type: 'duplicate' | 'conflict', error: Issue['error'], expression: string): Issue {
  return { severity: 'error', type, error, expression, rule: 'D1' }
}
