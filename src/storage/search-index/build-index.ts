/**
 * From the values that a resource's search parameters give to the rows it is found by. Compiled once for each type.
 * Which modifier reads what: docs/decisions/0008.
 */
import type { Registry } from '../../definitions/registry.ts'
import { fold } from '../../fhir/fold.ts'
import type { JsonObject } from '../../fhir/json.ts'
import type { Extraction } from '../../search/extraction/build-extraction.ts'
import type { Extractor } from '../../search/extraction/compile-extractor.ts'
import type {
  NumberValue,
  QuantityValue,
  ReferenceValue,
  StringValue,
  TokenValue,
  UriValue,
} from '../../search/extraction/index-values.ts'
import { indexComposite } from './composite-entries.ts'
import { EntryDraft } from './entry-draft.ts'
import {
  exactForm,
  ofTypeForms,
  PRESENT,
  referenceForms,
  TEXT,
  tokenForm,
  tokenForms,
  UNCODED,
  unitForms,
  uriForms,
} from './forms.ts'
import type { IndexOf } from './index-entries.ts'
import { dateForms, pointForms } from './row-forms.ts'
import { parameterKey, term } from './term.ts'

type Indexer = (resource: JsonObject, draft: EntryDraft) => void

/** Columns of the resource's own row answer these. */
const ownColumns: ReadonlySet<string> = new Set(['_id', '_lastUpdated'])

/** Those of a type are made when its first resource comes. @throws then, on a composite of a shape that has no index */
export function buildIndex(registry: Registry, extraction: Extraction): IndexOf {
  const indexers = new Map<string, readonly Indexer[]>()
  const indexersOf = (type: string): readonly Indexer[] => {
    const known = indexers.get(type)
    if (known) return known
    const made = [...extraction.extractors(type)]
      .filter(([code]) => !ownColumns.has(code))
      .map(([code, extractor]) => indexerOf(type, code, extractor))
    if (registry.isResourceType(type)) indexers.set(type, made)
    return made
  }
  return (type, resource) => {
    const draft = new EntryDraft()
    for (const index of indexersOf(type)) index(resource, draft)
    return draft
  }
}

function indexerOf(type: string, code: string, extractor: Extractor): Indexer {
  const key = parameterKey(type, code)
  const add = adderOf(key, code, extractor)
  return (resource, draft) => {
    const [ranges, strings] = [draft.ranges.length, draft.strings.length]
    if (!add(resource, draft)) return
    draft.add(key + PRESENT)
    if (extractor.type === 'composite') return
    draft.markRanges(key, ranges, extractor.type === 'date' ? dateForms : pointForms)
    if (extractor.type === 'string') draft.markStrings(key, strings)
  }
}

/** @returns a function that tells whether there was any value */
function adderOf(key: string, code: string, extractor: Extractor): (...to: Parameters<Indexer>) => boolean {
  switch (extractor.type) {
    case 'token':
      return (resource, draft) => addTokens(key, code, extractor.extract(resource), draft)
    case 'string':
      return (resource, draft) => addStrings(key, extractor.extract(resource), draft)
    case 'uri':
      return each(extractor.extract, (value, draft) => addUri(key, code, value, draft))
    case 'reference':
      return each(extractor.extract, (value, draft) => addReference(key, code, value, draft))
    case 'date':
      return each(extractor.extract, ({ start, end }, draft, element) =>
        draft.addRange(key, start, end, { element, tokens: undefined }),
      )
    case 'number':
    case 'quantity':
      return each<NumberValue | QuantityValue>(extractor.extract, (value, draft, element) => {
        const units = unitForms(value).map(term)
        draft.addRange(key, value.low, value.high, { element, tokens: units.length > 0 ? units : undefined })
      })
    case 'composite':
      return each(extractor.extract, indexComposite(key, extractor.parameter))
  }
}

function each<T>(
  extract: (resource: JsonObject) => readonly T[],
  add: (value: T, draft: EntryDraft, element: number) => void,
) {
  return (resource: JsonObject, draft: EntryDraft): boolean => {
    const values = extract(resource)
    values.forEach((value, element) => {
      add(value, draft, element)
    })
    return values.length > 0
  }
}

function addTokens(key: string, code: string, values: readonly TokenValue[], draft: EntryDraft): boolean {
  for (const value of values) addToken(key, code, value, draft)
  // Sorted by it, such a resource comes behind those with a code.
  if (values.length > 0 && values.every((value) => value.code === undefined)) draft.add(key + UNCODED)
  return values.length > 0
}

function addToken(key: string, code: string, value: TokenValue, draft: EntryDraft): void {
  if (value.code !== undefined) {
    draft.sign(value.code)
    draft.addCode(code, value.code, key + tokenForm({ code: value.code }))
  }
  for (const form of tokenForms(value)) draft.add(key + form)
  for (const form of ofTypeForms(value)) draft.add(key + form)
  if (value.text !== undefined) draft.addString(key + TEXT, fold(value.text), plainRow)
}

function addStrings(key: string, values: readonly StringValue[], draft: EntryDraft): boolean {
  const folded = new Set<string>()
  for (const value of values) {
    draft.add(key + exactForm(value.text))
    folded.add(value.folded)
  }
  for (const text of folded) draft.addString(key, text, plainRow)
  return values.length > 0
}

function addUri(key: string, code: string, value: UriValue, draft: EntryDraft): void {
  draft.sign(value.uri)
  for (const form of uriForms(value)) draft.add(key + form)
  if (code === 'url') draft.add(canonicalText(value.uri))
}

/** The canonical URL of a resource, whatever its type: where canonical references lead. */
export function canonicalText(url: string): string {
  return `canonical@${url}`
}

function addReference(key: string, code: string, value: ReferenceValue, draft: EntryDraft): void {
  for (const form of referenceForms(value)) draft.add(key + form)
  if (value.id !== undefined) draft.sign(value.id)
  if (value.url !== undefined) draft.sign(value.url)
  if (value.id !== undefined && value.type !== undefined) draft.addReference(code, value.type, value.id)
  else if (value.url !== undefined) draft.addReference(code, '', value.url)
}

const plainRow = { element: 0, tokens: undefined }
