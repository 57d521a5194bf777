/**
 * Folders: Lists that documents are put into, one by one, and never taken out of. The `resource` is the folder without its
 * entries and never changes; `folder_item` is what it names. What a caller sees of a folder follows from the items it sees.
 * @see docs/policy.md V7; docs/api.md "Folders"
 */
import type { ResourceId, Uuid } from '../../fhir/id.ts'
import type { DocumentFacts } from '../../policy/facts.ts'
import type { Runner } from '../database.ts'
import { sql } from '../sql.ts'
import { timestamp } from '../timestamp.ts'
import { type DocumentRow, documentColumns, storedDocument } from './read-document.ts'

export type FolderItem = {
  readonly document: Uuid
  /** Milliseconds since 1970. */
  readonly addedAt: number
}

/** An item with what policy asks of its document: who may see it is not decided here. */
export type StoredItem = FolderItem & { readonly facts: DocumentFacts }

type ItemRow = DocumentRow & { readonly added_at: number }

/** In the order in which they were put in. */
export async function readFolderItems(db: Runner, { patientKey, id }: ResourceId): Promise<StoredItem[]> {
  const rows = await db.run<ItemRow>(
    sql`select ${documentColumns}, '' as body, i.added_at from folder_item i
      join document d on d.patient_key = i.patient_key and d.id = i.document
      where i.patient_key = ${patientKey}::uuid and i.folder = ${id}::uuid
      order by i.added_at, i.position, i.document`,
  )
  return rows.flatMap((row) => {
    const document = storedDocument(row)
    return document ? [{ document: document.id, addedAt: row.added_at, facts: document.facts }] : []
  })
}

export type FoundFolder = { readonly id: Uuid; readonly lastUpdated: number; readonly body: string }

/** The folders of a record that an id, or an identifier (`system|value`), names: which they are, not who sees them. */
export async function findFolder(
  db: Runner,
  patientKey: Uuid,
  by: { readonly id: Uuid } | { readonly identifier: string },
): Promise<FoundFolder | undefined> {
  const id =
    'id' in by
      ? sql`${by.id}::text`
      : sql`(select b.id::text from business_identifier b
          where b.patient_key = ${patientKey}::uuid and b.type = 'folder' and b.value = ${by.identifier}::text)`
  const [row] = await db.run<{ id: Uuid; last_updated: number; body: string }>(
    sql`select r.id, r.last_updated, r.body from resource r
      where r.patient_key = ${patientKey}::uuid and r.type = 'List' and r.id = ${id}
        and exists (select from folder_item i where i.patient_key = r.patient_key and i.folder = r.id::uuid)`,
  )
  return row && { id: row.id, lastUpdated: row.last_updated, body: row.body }
}

/** Puts documents in; one that is there already stays since when it is. */
export async function addToFolder(
  transaction: Runner,
  { patientKey, id }: ResourceId,
  documents: readonly Uuid[],
  addedAt: number,
): Promise<void> {
  if (documents.length === 0) return
  await transaction.run(
    sql`insert into folder_item (patient_key, folder, document, added_at, position)
      select ${patientKey}::uuid, ${id}::uuid, asked.document, ${timestamp(addedAt)}::timestamptz, asked.position
      from unnest(${documents}::uuid[]) with ordinality as asked(document, position)
      on conflict do nothing`,
  )
}
