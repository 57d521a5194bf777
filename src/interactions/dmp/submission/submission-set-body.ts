/** The List of a submission set as it is kept, and the identifier by which it exists once. */
import { createHash } from 'node:crypto'
import type { List } from '@medplum/fhirtypes'
import { withBothDiscriminators } from '../../../dmp/documents/document-identifiers.ts'
import { readSubmissionSet } from '../../../dmp/documents/submission-set.ts'
import { formatResourceId, type ResourceId } from '../../../fhir/id.ts'
import { isJsonObject, type JsonObject, stringifyJson } from '../../../fhir/json.ts'
import { type Lot, masterIdentifierOf } from './lot.ts'

/**
 * The set's own uniqueId; a set without one is known by what it names, when and from where: sent again, it is the same.
 */
export function setUniqueId(lot: Lot): string {
  // Checked by `lot.checkSet` before: it is a List.
  const { uniqueId, sourceId, date } = readSubmissionSet(lot.set.resource as unknown as List)
  if (uniqueId?.value) return `${uniqueId.system ?? ''}|${uniqueId.value}`
  const documents = lot.documents.map(({ resource }) => masterIdentifierOf(resource)).sort()
  const parts = [sourceId?.value ?? '', date ?? '', ...documents]
  return `sha256:${createHash('sha256').update(parts.join('\n')).digest('hex')}`
}

/** @param list references rewritten */
export function setBody(list: JsonObject, at: ResourceId, now: number): string {
  const stored = withBothDiscriminators(list, at.id)
  const { resourceType = 'List', meta } = stored
  const head = {
    resourceType,
    id: formatResourceId(at),
    meta: { ...(isJsonObject(meta) ? meta : {}), versionId: '1', lastUpdated: new Date(now).toISOString() },
  }
  // Twice, to stand in front and to count.
  return stringifyJson({ ...head, ...stored, ...head })
}
