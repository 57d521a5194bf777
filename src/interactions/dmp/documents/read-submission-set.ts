/**
 * read and vread of a List: a submission set, or a folder. They name documents: they are read with the right to search
 * these. A set is read only by who may see all it names; of a folder each reads what they see (list-condition.ts).
 * @see https://hl7.org/fhir/R4/http.html#read; docs/policy.md V7
 *
 * A folder has no history: its version is what its reader sees of it at this moment.
 */
import { encodeUuid, parseResourceId } from '../../../fhir/id.ts'
import { readSeenLists } from '../../../storage/documents/search-lists.ts'
import { findRecord } from '../../../storage/records/record-facts.ts'
import type { Answer } from '../../exchange.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { askerOf, permit, unknown } from '../permit.ts'
import { folderBody } from './folder-body.ts'

export async function readSubmissionSet(
  engine: DmpEngine,
  exchange: DmpExchange,
  id: string,
  version?: string,
): Promise<Answer> {
  exchange.trace.asks('List')
  const at = parseResourceId(id)
  if (!at) throw unknown()
  const record = await findRecord(engine.db, at.patientKey, askerOf(exchange))
  const { scope } = permit(engine, exchange, record, 'search-documents')
  const [list] = await readSeenLists(engine.db, at.patientKey, scope, [at.id])
  if (!list) throw unknown()
  const shown = list.items
    ? folderBody(list, at, list.items)
    : { body: list.body, versionId: String(list.version), lastUpdated: list.lastUpdated }
  if (version !== undefined && version !== shown.versionId) throw unknown()
  exchange.trace.concerns('List', encodeUuid(at.id), list.version)
  const { body, versionId, lastUpdated } = shown
  return { status: 200, body, etag: `W/"${versionId}"`, lastModified: lastUpdated }
}
