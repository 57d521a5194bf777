/** A submission as it will be written, and what became of it. */
import type { VisibilityLabel } from '../../../dmp/documents/security-labels.ts'
import type { Uuid } from '../../../fhir/id.ts'
import type { NewList } from '../../../storage/documents/store-lists.ts'
import type { KnownRecord } from '../../../storage/records/record-facts.ts'
import type { LotFolder } from './lot-folders.ts'
import type { AdmittedDocument } from './submitted-document.ts'

export type Submission = {
  /** As it was when the documents were labelled by the patient's choice (V6). */
  readonly record: KnownRecord
  readonly documents: readonly (AdmittedDocument & { readonly at: string })[]
  /** The submission set, which exists once too. */
  readonly set: {
    readonly id: Uuid
    readonly uniqueId: string
    readonly body: string
    /** Where it stands in the request. */
    readonly at: string
  }
  readonly folders: readonly LotFolder[]
}

export type Stored = {
  readonly created: boolean
  readonly id: Uuid
  readonly binaryId: Uuid | undefined
  readonly version: number
  readonly lastUpdated: number
  /** Labels that were sent of a document that lies there without them, and are not set by that (D1). */
  readonly unset: readonly VisibilityLabel[]
}

export type StoredSubmission = {
  readonly documents: readonly Stored[]
  readonly set: Stored
  /** One for each folder, new or updated. */
  readonly folders: readonly Stored[]
}

/** Lists that are written with the documents: the set, and folders that are new. */
export function listsOf(
  { record, set, folders }: Submission,
  stored: StoredSubmission,
  now: number,
): Omit<NewList, 'index'>[] {
  const { patientKey } = record.facts
  const list = (id: Uuid, body: string): Omit<NewList, 'index'> => ({
    patientKey,
    id,
    lastUpdated: now,
    body,
  })
  const made = folders.flatMap(({ id, header }, i) =>
    header !== undefined && stored.folders[i]?.created ? [list(id, header)] : [],
  )
  return stored.set.created ? [list(set.id, set.body), ...made] : made
}
