/**
 * A folder as one caller sees it: its header and the items it sees. Version and time follow from these alone, so that an
 * item that is not seen leaves no sign of itself (rule V7).
 */
import { createHash } from 'node:crypto'
import { formatResourceId, type ResourceId } from '../../../fhir/id.ts'
import { isJsonObject, type JsonObject, parseJson, stringifyJson } from '../../../fhir/json.ts'
import type { FolderItem } from '../../../storage/documents/folders.ts'

export type SeenFolder = {
  readonly body: string
  /** Of `meta.versionId` and the ETag: what is seen, in short. No history is kept of it. */
  readonly versionId: string
  readonly lastUpdated: number
}

/**
 * @param header as it is stored, without entries
 * @param items that the caller sees, in the order in which they were put in; not empty
 */
export function folderBody(
  header: { readonly body: string; readonly lastUpdated: number },
  at: ResourceId,
  items: readonly FolderItem[],
): SeenFolder {
  const list = parseJson(header.body)
  if (!isJsonObject(list)) throw new Error('A stored folder is no object')
  const { resourceType, id, meta, ...rest } = list
  const versionId = folderVersion(items)
  const lastUpdated = Math.max(header.lastUpdated, ...items.map(({ addedAt }) => addedAt))
  const body: JsonObject = {
    ...(resourceType === undefined ? {} : { resourceType }),
    id: id ?? formatResourceId(at),
    meta: {
      ...(isJsonObject(meta) ? meta : {}),
      versionId,
      lastUpdated: new Date(lastUpdated).toISOString(),
    },
    ...rest,
    entry: items.map(({ document }) => ({
      item: {
        reference: `DocumentReference/${formatResourceId({ patientKey: at.patientKey, id: document })}`,
      },
    })),
  }
  return { body: stringifyJson(body), versionId, lastUpdated }
}

export function folderVersion(items: readonly FolderItem[]): string {
  const named = items.map(({ document }) => document).join(' ')
  return createHash('sha256').update(named).digest('hex').slice(0, 16)
}
