/** What was found in a record, as it is served: a document as it lies, a folder with what is seen of it. */
import type { Uuid } from '../../../fhir/id.ts'
import type { FoundList } from '../../../storage/documents/search-lists.ts'
import { folderBody } from './folder-body.ts'
import type { InRecord } from './found-bundle.ts'

export function documentInRecord(found: Pick<InRecord, 'id' | 'version' | 'body'>): InRecord {
  return { type: 'DocumentReference', id: found.id, version: found.version, body: found.body }
}

export function listInRecord(patientKey: Uuid, list: FoundList): InRecord {
  const { id, version, items } = list
  const body = items ? folderBody(list, { patientKey, id }, items).body : list.body
  return { type: 'List', id, version, body }
}
