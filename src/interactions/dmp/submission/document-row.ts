/**
 * The typed columns of a document, by the very expressions of the search parameters they answer.
 * @see storage/search-sql/record-columns.ts; docs/decisions/0014
 */
import type { JsonObject } from '../../../fhir/json.ts'
import type { Extraction } from '../../../search/extraction/build-extraction.ts'
import { documentWords } from '../../../search/record/document-words.ts'
import type { DateRange, NewDocument } from '../../../storage/documents/store-documents.ts'
import type { DmpEngine } from '../dmp-engine.ts'

type Columns = Pick<
  NewDocument,
  | 'type'
  | 'category'
  | 'format'
  | 'facility'
  | 'setting'
  | 'event'
  | 'securityLabel'
  | 'identifier'
  | 'archived'
  | 'date'
  | 'creation'
  | 'period'
  | 'periodStart'
  | 'periodEnd'
>

/**
 * @param type the one coding of JDV_J66, as `system|code`: what the habilitation matrix is held against
 * @param canonical the spelling of a code system that searches compare
 */
export function documentColumns(
  extraction: Extraction,
  document: JsonObject,
  type: string,
  now: number,
  canonical: (system: string) => string,
): Columns {
  const extractors = extraction.extractors('DocumentReference')
  const tokens = (parameter: string): string[] => {
    const extractor = extractors.get(parameter)
    if (extractor?.type !== 'token') throw new Error(`DocumentReference?${parameter} is no token parameter`)
    return extractor
      .extract(document)
      .flatMap(({ system = '', code }) => (code === undefined ? [] : [`${canonical(system)}|${code}`]))
  }
  const date = (parameter: string): DateRange => {
    const extractor = extractors.get(parameter)
    if (extractor?.type !== 'date') throw new Error(`DocumentReference?${parameter} is no date parameter`)
    return extractor.extract(document)[0]
  }
  return {
    type,
    category: tokens('category'),
    format: tokens('format')[0] ?? '',
    facility: tokens('facility')[0] ?? '',
    setting: tokens('setting')[0] ?? '',
    event: tokens('event'),
    securityLabel: tokens('security-label'),
    identifier: tokens('identifier'),
    archived: tokens('isArchived').some((token) => token.endsWith('|true')),
    date: date('date')?.start ?? now,
    creation: date('creation'),
    period: date('period'),
    periodStart: date('period-start'),
    periodEnd: date('period-end'),
  }
}

/** What a document is found by beyond these. */
export function foundBy(
  { indexers }: Pick<DmpEngine, 'indexers'>,
  document: JsonObject,
): Pick<NewDocument, 'tokens' | 'strings' | 'words'> {
  return { ...indexers.DocumentReference(document), words: documentWords(document) }
}
