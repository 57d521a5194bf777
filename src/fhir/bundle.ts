/**
 * Bundles put together from texts: a resource is served as it is stored, without being parsed again.
 * @see https://hl7.org/fhir/R4/bundle.html
 */

export type BundleLink = { readonly relation: 'self' | 'next'; readonly url: string }
export type SearchEntry = {
  readonly fullUrl: string
  readonly resource: string
  readonly mode: 'match' | 'include' | 'outcome'
}

/** @param total left out when undefined: this server counts only when asked */
export function searchsetBundle(
  links: readonly BundleLink[],
  entries: readonly SearchEntry[],
  total?: number,
): string {
  const link = links.map((l) => `{"relation":"${l.relation}","url":${JSON.stringify(l.url)}}`).join(',')
  const entry = entries
    .map(
      (e) =>
        `{"fullUrl":${JSON.stringify(e.fullUrl)},"resource":${e.resource},"search":{"mode":"${e.mode}"}}`,
    )
    .join(',')
  return (
    `{"resourceType":"Bundle","type":"searchset"${total === undefined ? '' : `,"total":${total}`}` +
    `,"link":[${link}]${entry ? `,"entry":[${entry}]` : ''}}`
  )
}

export type ResponseEntry = {
  readonly status: string
  readonly location?: string
  readonly etag?: string
  readonly lastModified?: string
  /** The resource, for `Prefer: return=representation`. */
  readonly resource?: string
}

export function transactionResponse(entries: readonly ResponseEntry[]): string {
  const entry = entries.map(({ resource, ...response }) =>
    resource
      ? `{"resource":${resource},"response":${JSON.stringify(response)}}`
      : `{"response":${JSON.stringify(response)}}`,
  )
  return `{"resourceType":"Bundle","type":"transaction-response","entry":[${entry.join(',')}]}`
}
