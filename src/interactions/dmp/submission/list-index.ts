/** What a submission set, or the header of a folder, is found by, and which documents and folders it names. */
import { isFolder } from '../../../dmp/documents/submission-set.ts'
import { parseFhirDate } from '../../../fhir/date.ts'
import { parseResourceId, type Uuid } from '../../../fhir/id.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../../fhir/json.ts'
import { parisTime } from '../../../fhir/paris-time.ts'
import type { ListIndex, NewList } from '../../../storage/documents/store-lists.ts'
import type { DmpEngine } from '../dmp-engine.ts'

/** No document and no folder: what names something else than these of its own record is seen by nobody. */
const NONE = '00000000-0000-0000-0000-000000000000' as Uuid

export function listIndex(
  engine: Pick<DmpEngine, 'extraction' | 'indexers'>,
  { patientKey, lastUpdated, body }: Omit<NewList, 'index'>,
): ListIndex {
  // Validated, and written by us: no number of a list is searched, so the parser of the language does, in a quarter of the time.
  const list: JsonValue = JSON.parse(body)
  if (!isJsonObject(list)) throw new Error('A list that is no object')
  // Validated before it was stored: it is a List.
  const folder = isFolder(list as unknown as Parameters<typeof isFolder>[0])
  const items = folder ? [] : itemsOf(list)
  const ids = (type: string): Uuid[] =>
    items.filter((item) => item.type === type).map(({ id }) => placeIn(patientKey, id))
  const documents = ids('DocumentReference')
  const folders = ids('List')
  const date = typeof list.date === 'string' ? parseFhirDate(list.date, parisTime) : undefined
  return {
    folder,
    status: typeof list.status === 'string' ? list.status : '',
    archived: isArchived(engine, list),
    date: date?.start ?? lastUpdated,
    documents: documents.length + folders.length === items.length ? documents : [...documents, NONE],
    folders,
    ...engine.indexers.List(list),
  }
}

function isArchived({ extraction }: Pick<DmpEngine, 'extraction'>, list: JsonObject): boolean {
  const extractor = extraction.extractors('List').get('isArchived')
  return extractor?.type === 'token' && extractor.extract(list).some(({ code }) => code === 'true')
}

function itemsOf({ entry }: JsonObject): { readonly type: string; readonly id: string }[] {
  return (Array.isArray(entry) ? entry : []).map((each) => {
    const item = isJsonObject(each) && isJsonObject(each.item) ? each.item.reference : undefined
    const [, type = '', id = ''] = /^(DocumentReference|List)\/(.+)$/.exec(String(item)) ?? []
    return { type, id }
  })
}

function placeIn(patientKey: Uuid, text: string): Uuid {
  const at = parseResourceId(text)
  return at?.patientKey === patientKey ? at.id : NONE
}
