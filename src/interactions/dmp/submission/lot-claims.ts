/** The business identifiers by which a lot is found when it was sent before. */
import type { Claim } from '../../../storage/documents/store-documents.ts'
import { documentClaims } from './document-claims.ts'
import { type Lot, masterIdentifierOf } from './lot.ts'
import { folderUniqueId } from './lot-folder-id.ts'

export function lotClaims(lot: Lot, setUniqueId: string): Pick<Claim, 'type' | 'value'>[] {
  return [
    ...lot.documents.flatMap(({ resource }) => documentClaims(masterIdentifierOf(resource))),
    { type: 'submissionset', value: setUniqueId },
    ...lot.folders.flatMap((entry, n) =>
      entry.method === 'PUT'
        ? []
        : [{ type: 'folder' as const, value: folderUniqueId(entry, setUniqueId, n) }],
    ),
  ]
}
