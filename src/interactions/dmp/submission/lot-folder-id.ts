/** By which a folder of a lot exists once: its own uniqueId, or, without one, its place in the lot that makes it. */
import type { List } from '@medplum/fhirtypes'
import { readFolder } from '../../../dmp/documents/folder.ts'
import type { LotEntry } from './lot-entries.ts'

/** @param n position among the folders of the lot */
export function folderUniqueId({ resource }: LotEntry, setUniqueId: string, n: number): string {
  const identifiers = Array.isArray(resource.identifier) ? resource.identifier : []
  const { uniqueId } = readFolder({ identifier: identifiers } as unknown as List)
  return uniqueId?.value ? `${uniqueId.system ?? ''}|${uniqueId.value}` : `${setUniqueId} folder ${n}`
}
