/**
 * Bundles put together from texts: a resource is served as it is stored, without being parsed again.
 * @see https://hl7.org/fhir/R4/bundle.html
 */
import type { ServedText, StoredText } from './served-text.ts'

/** `monitor` (RFC 5989): where to ask for what has changed since. */
export type BundleLink = {
  readonly relation: 'self' | 'first' | 'next' | 'monitor'
  readonly url: string
}
export type SearchEntry = EntryOf<string>
export type EntryOf<Resource extends StoredText> = {
  readonly fullUrl: string
  readonly resource: Resource
  readonly mode: 'match' | 'include' | 'outcome'
  /** How sure a match of `$match` is (ITI-119). */
  readonly match?: { readonly score: number; readonly grade: string }
}

const MATCH_GRADE = 'http://hl7.org/fhir/StructureDefinition/match-grade'

/** @param total left out when undefined: this server counts only when asked */
export function searchsetBundle(
  links: readonly BundleLink[],
  entries: readonly SearchEntry[],
  total?: number,
): string {
  const entry = entries.map(
    (e) => `{"fullUrl":${JSON.stringify(e.fullUrl)},"resource":${e.resource},"search":${search(e)}}`,
  )
  const counted = total === undefined ? '' : `,"total":${total}`
  return `{"resourceType":"Bundle","type":"searchset"${counted}${linksAndEntries(links, entry)}}`
}

/** The same of resources that may be bytes. */
export function searchsetOf(
  links: readonly BundleLink[],
  entries: readonly EntryOf<StoredText>[],
  total?: number,
): ServedText {
  const counted = total === undefined ? '' : `,"total":${total}`
  const parts: StoredText[] = []
  // What stands between two resources is one part.
  let text = `{"resourceType":"Bundle","type":"searchset"${counted}${linksOf(links)}`
  entries.forEach((entry, i) => {
    text += `${i === 0 ? ',"entry":[' : ','}{"fullUrl":${JSON.stringify(entry.fullUrl)},"resource":`
    parts.push(text, entry.resource)
    text = `,"search":${search(entry)}}`
  })
  parts.push(entries.length > 0 ? `${text}]}` : `${text}}`)
  return { parts }
}

function search({ mode, match }: Pick<SearchEntry, 'mode' | 'match'>): string {
  if (!match) return `{"mode":"${mode}"}`
  const extension = [{ url: MATCH_GRADE, valueCode: match.grade }]
  return JSON.stringify({ extension, mode, score: match.score })
}

export type ResponseEntry = {
  /** Where the resource lies, when it is in the entry. */
  readonly fullUrl?: string
  readonly status: string
  readonly location?: string
  readonly etag?: string
  readonly lastModified?: string
  /** The resource, for `Prefer: return=representation`, or what was read. */
  readonly resource?: string
  /** An OperationOutcome. */
  readonly outcome?: string
}

export function bundleResponse(
  type: 'transaction-response' | 'batch-response',
  entries: readonly ResponseEntry[],
): string {
  const entry = entries.map(({ fullUrl, resource, outcome, ...response }) => {
    const texts = JSON.stringify(response)
    const told = outcome === undefined ? texts : `${texts.slice(0, -1)},"outcome":${outcome}}`
    if (resource === undefined) return `{"response":${told}}`
    const at = fullUrl === undefined ? '' : `"fullUrl":${JSON.stringify(fullUrl)},`
    return `{${at}"resource":${resource},"response":${told}}`
  })
  return `{"resourceType":"Bundle","type":"${type}"${linksAndEntries([], entry)}}`
}

export type HistoryEntry = {
  readonly fullUrl: string
  /** Left out for a deletion. */
  readonly resource?: string
  readonly request: { readonly method: string; readonly url: string }
  readonly response: { readonly status: string; readonly etag: string; readonly lastModified: string }
}

/** @param total of all pages; left out when undefined */
export function historyBundle(
  links: readonly BundleLink[],
  entries: readonly HistoryEntry[],
  total?: number,
): string {
  const entry = entries.map(
    ({ fullUrl, resource, request, response }) =>
      `{"fullUrl":${JSON.stringify(fullUrl)}${resource === undefined ? '' : `,"resource":${resource}`}` +
      `,"request":${JSON.stringify(request)},"response":${JSON.stringify(response)}}`,
  )
  const counted = total === undefined ? '' : `,"total":${total}`
  return `{"resourceType":"Bundle","type":"history"${counted}${linksAndEntries(links, entry)}}`
}

/** FHIR has no empty arrays. */
function linksAndEntries(links: readonly BundleLink[], entries: readonly string[]): string {
  return `${linksOf(links)}${entries.length > 0 ? `,"entry":[${entries.join(',')}]` : ''}`
}

function linksOf(links: readonly BundleLink[]): string {
  const link = links.map((l) => `{"relation":"${l.relation}","url":${JSON.stringify(l.url)}}`).join(',')
  return link ? `,"link":[${link}]` : ''
}
