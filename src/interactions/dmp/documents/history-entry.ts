/** One version of a document in a history. The first is the deposit; a document changes by patches, or by what replaces it. */
import type { HistoryEntry } from '../../../fhir/bundle.ts'
import type { StoredVersion } from '../../../storage/documents/read-document.ts'

/** @param path of the document below the base */
export function historyEntry(
  base: string,
  path: string,
  { version, lastUpdated, body }: StoredVersion,
): HistoryEntry {
  const created = version === 1
  return {
    fullUrl: `${base}/${path}`,
    resource: body,
    request: created ? { method: 'POST', url: 'DocumentReference' } : { method: 'PATCH', url: path },
    response: {
      status: created ? '201 Created' : '200 OK',
      etag: `W/"${version}"`,
      lastModified: new Date(lastUpdated).toISOString(),
    },
  }
}
