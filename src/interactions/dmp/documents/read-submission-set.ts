/**
 * read and vread of a submission set. It names documents: it is read with the right to search them, and only by who may
 * see all it names.
 * @see https://hl7.org/fhir/R4/http.html#read
 */

import { encodeUuid, parseResourceId, type ResourceId, type Uuid } from '../../../fhir/id.ts'
import { isJsonObject, parseJson } from '../../../fhir/json.ts'
import type { DocumentScope } from '../../../policy/document-scope.ts'
import { holds } from '../../../policy/document-scope.ts'
import { readDocument } from '../../../storage/read-document.ts'
import { readResource } from '../../../storage/read-resource.ts'
import type { Answer } from '../../exchange.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { askerOf, permit, unknown } from '../permit.ts'
import { versionAnswer } from '../version-answer.ts'
import { parseVersion } from './read-document-reference.ts'

export async function readSubmissionSet(
  engine: DmpEngine,
  exchange: DmpExchange,
  id: string,
  version?: string,
): Promise<Answer> {
  exchange.trace.asks('List')
  const at = parseResourceId(id)
  if (!at) throw unknown()
  const wanted = version === undefined ? undefined : parseVersion(version)
  const found = await readResource(engine.db, 'List', at, wanted, askerOf(exchange))
  const { scope } = permit(engine, exchange, found?.record, 'search-documents')
  const resource = found?.resource
  if (!resource) throw unknown()
  if (!(await seesEveryItem(engine, exchange, scope, at.patientKey, resource.body))) throw unknown()
  exchange.trace.concerns('List', encodeUuid(at.id), resource.version)
  return versionAnswer(resource)
}

/** A List that names one unseen document would tell that it exists (V7). */
async function seesEveryItem(
  engine: DmpEngine,
  exchange: DmpExchange,
  scope: DocumentScope,
  patientKey: Uuid,
  body: string,
): Promise<boolean> {
  const documents = await Promise.all(
    itemsOf(body).map((at) =>
      at?.patientKey === patientKey ? readDocument(engine.db, at, askerOf(exchange)) : undefined,
    ),
  )
  return documents.every((found) => found?.document !== undefined && holds(scope, found.document.facts))
}

function itemsOf(body: string): (ResourceId | undefined)[] {
  const list = parseJson(body)
  const entries = isJsonObject(list) && Array.isArray(list.entry) ? list.entry : []
  return entries.map((entry) => {
    const item = isJsonObject(entry) && isJsonObject(entry.item) ? entry.item.reference : undefined
    const id = typeof item === 'string' ? /^DocumentReference\/(.+)$/.exec(item)?.[1] : undefined
    return id === undefined ? undefined : parseResourceId(id)
  })
}
