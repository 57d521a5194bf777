/**
 * The searchset of what was found in a record: matches, what comes along with them, and what the search left out.
 * @see https://hl7.org/fhir/R4/http.html#search; MHD FindDocumentReferences and FindDocumentLists responses (`total`)
 */
import { type BundleLink, type EntryOf, type SearchEntry, searchsetOf } from '../../../fhir/bundle.ts'
import { encodeUuid, type Uuid } from '../../../fhir/id.ts'
import type { Issue } from '../../../fhir/issue.ts'
import type { ServedText, StoredText } from '../../../fhir/served-text.ts'
import type { SearchExpression } from '../../../search/search-expression.ts'
import { formed } from '../../rest/result-form.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { toldLeftOut } from '../told-left-out.ts'

/** A resource of the record, as it is served whole. */
export type InRecord = {
  readonly type: 'DocumentReference' | 'List' | 'Patient'
  readonly id: Uuid
  readonly version: number
  readonly body: StoredText
}

/** Documents and lists that one page may bring along. */
export const MAX_INCLUDED = 200

/** MHD and PDSm want the total in every answer; who does not says `_total=none`. */
export function wantsTotal({ total, understood }: SearchExpression): boolean {
  return total === 'accurate' || !understood.some(([name]) => name === '_total')
}

/** Nothing but how many. */
export function countsOnly({ summary, count }: SearchExpression): boolean {
  return summary === 'count' || count === 0
}

/**
 * Whether the answer tells how many there are, of a type that is counted when asked: a page of none says nothing else.
 * @see https://hl7.org/fhir/R4/search.html#count
 */
export function counted(search: SearchExpression): boolean {
  return search.total === 'accurate' || countsOnly(search)
}

export function foundBundle(
  engine: DmpEngine,
  exchange: DmpExchange,
  patientKey: Uuid,
  search: SearchExpression,
  links: readonly BundleLink[],
  found: {
    readonly matches: readonly InRecord[]
    readonly included: readonly InRecord[]
    readonly truncated: boolean
    readonly total: number | undefined
  },
): ServedText {
  const record = encodeUuid(patientKey)
  const entry = ({ type, id, version, body }: InRecord, mode: SearchEntry['mode']): EntryOf<StoredText> => {
    const encoded = encodeUuid(id)
    exchange.trace.concerns(type, encoded, version)
    const own = type === 'Patient' ? record : `${record}.${encoded}`
    return { fullUrl: `${engine.base}/${type}/${own}`, resource: formed(engine, body, search), mode }
  }
  const entries = [
    ...found.matches.map((each) => entry(each, 'match')),
    ...found.included.map((each) => entry(each, 'include')),
    ...told(engine, exchange, search, found.truncated),
  ]
  return searchsetOf(links, entries, found.total)
}

function told(
  engine: DmpEngine,
  exchange: DmpExchange,
  { ignored }: SearchExpression,
  truncated: boolean,
): SearchEntry[] {
  const tooMany: Issue = {
    severity: 'warning',
    type: 'too-long',
    error: 'trop-long',
    params: { what: '_include, _revinclude', limit: MAX_INCLUDED },
  }
  return toldLeftOut(engine, exchange, ignored, truncated ? [tooMany] : [])
}
