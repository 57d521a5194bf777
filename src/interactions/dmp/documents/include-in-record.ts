/**
 * What `_include` and `_revinclude` bring along with a page, all within the record, each through policy: documents by the
 * scope of the search, lists by the one rule for lists, the patient by the right to read administrative data. What may not
 * be seen is not there.
 * @see https://hl7.org/fhir/R4/search.html#revinclude; docs/policy.md V7, F5, F8
 */
import { refusal } from '../../../fhir/fhir-error.ts'
import { formatResourceId, parseResourceId, type Uuid } from '../../../fhir/id.ts'
import { isJsonObject, parseJson } from '../../../fhir/json.ts'
import { parseReference } from '../../../fhir/reference.ts'
import { type StoredText, textOf } from '../../../fhir/served-text.ts'
import type { Include, SearchExpression } from '../../../search/search-expression.ts'
import { documentsRelatedTo, readSeenDocuments } from '../../../storage/documents/search-documents.ts'
import { type FoundList, listsNaming, readSeenLists } from '../../../storage/documents/search-lists.ts'
import { readResource } from '../../../storage/records/read-resource.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { ask, askerOf, type Permitted } from '../permit.ts'
import { type InRecord, MAX_INCLUDED } from './found-bundle.ts'
import { documentInRecord, listInRecord } from './in-record.ts'

export type Included = { readonly included: readonly InRecord[]; readonly truncated: boolean }

/** @throws FhirError 400 for an include that this server does not follow */
export function checkIncludes({ types, includes }: SearchExpression): void {
  for (const { reverse, iterate } of includes)
    if (iterate || (reverse && types.includes('List')))
      throw refusal('not-supported', 'parametre-non-pris-en-charge', {
        params: {
          name: reverse ? '_revinclude' : '_include',
          cause: iterate
            ? { fr: 'un seul pas est suivi', en: 'one step is followed, and no further' }
            : { fr: 'des documents seulement', en: 'of documents only' },
        },
      })
}

/** @param permitted to search documents, with its scope @param page what was found, of one type */
export async function includeInRecord(
  engine: DmpEngine,
  exchange: DmpExchange,
  permitted: Permitted,
  { types, includes }: SearchExpression,
  page: { readonly matches: readonly InRecord[]; readonly lists: readonly FoundList[] },
): Promise<Included> {
  if (includes.length === 0 || page.matches.length === 0) return { included: [], truncated: false }
  const { scope } = permitted
  const { patientKey } = permitted.record.facts
  const asks = (reverse: boolean, source: string | undefined, ...codes: readonly string[]): boolean =>
    includes.some(
      (each: Include) => each.reverse === reverse && each.source === source && codes.includes(each.parameter),
    )
  const ids = page.matches.map(({ id }) => id)
  const [type] = types
  const related = asks(false, 'DocumentReference', 'relatesto') && type === 'DocumentReference'
  const items = asks(false, 'List', 'item') && type === 'List'
  const reach = type === 'DocumentReference'
  const [documents, relating, lists, naming, holder] = await Promise.all([
    readSeenDocuments(engine.db, patientKey, scope, [
      ...(related ? page.matches.flatMap(({ body }) => relatedTo(engine, patientKey, body)) : []),
      ...(items ? page.lists.flatMap(itemsOf) : []),
    ]),
    reach && asks(true, 'DocumentReference', 'relatesto')
      ? documentsRelatedTo(engine.db, patientKey, scope, places(patientKey, ids), MAX_INCLUDED + 1)
      : [],
    readSeenLists(engine.db, patientKey, scope, items ? page.lists.flatMap(({ folders }) => folders) : []),
    reach && asks(true, 'List', 'item')
      ? listsNaming(engine.db, patientKey, scope, ids, MAX_INCLUDED + 1)
      : [],
    asks(false, type, 'patient', 'subject') ? readHolder(engine, exchange, permitted) : [],
  ])
  const shown = new Set<Uuid>(ids)
  const others = [
    ...[...documents, ...relating].map(documentInRecord),
    ...[...lists, ...naming].map((list) => listInRecord(patientKey, list)),
  ].filter(({ id }) => !shown.has(id) && shown.add(id))
  const found = [...others.slice(0, MAX_INCLUDED), ...holder]
  return { included: found, truncated: others.length > MAX_INCLUDED }
}

/** Documents of the record that a document relates to, by their ids. */
function relatedTo(engine: DmpEngine, patientKey: Uuid, body: StoredText): Uuid[] {
  const document = parseJson(textOf(body))
  const relations = isJsonObject(document) && Array.isArray(document.relatesTo) ? document.relatesTo : []
  return relations.flatMap((relation) => {
    const target = isJsonObject(relation) && isJsonObject(relation.target) ? relation.target.reference : ''
    const parsed = parseReference(String(target), engine.base)
    const at = parsed?.kind === 'relative' ? parseResourceId(parsed.id) : undefined
    return at?.patientKey === patientKey ? [at.id] : []
  })
}

function itemsOf({ documents, items }: FoundList): readonly Uuid[] {
  return items ? items.map(({ document }) => document) : documents
}

function places(patientKey: Uuid, ids: readonly Uuid[]): string[] {
  return ids.map((id) => `DocumentReference/${formatResourceId({ patientKey, id })}`)
}

/** F5: nothing, and no refusal, for who may search documents and not read administrative data. */
async function readHolder(
  engine: DmpEngine,
  exchange: DmpExchange,
  { record }: Permitted,
): Promise<InRecord[]> {
  const { patientKey } = record.facts
  const decision = ask(engine, exchange, record, 'read-record')
  if (decision.effect === 'deny') return []
  const at = { patientKey, id: patientKey }
  const found = await readResource(engine.db, 'Patient', at, undefined, askerOf(exchange))
  return found?.resource ? [{ type: 'Patient', id: patientKey, ...found.resource }] : []
}
