/**
 * Query strings and search forms as name and value pairs, in their order; a name may stand more than once.
 * @see https://url.spec.whatwg.org/#application/x-www-form-urlencoded
 */
export type Pairs = readonly (readonly [string, string])[]

/** The pairs of a URL, or of a form body; `_format` apart: it belongs to negotiation. */
export function readPairs(text: string): { readonly pairs: Pairs; readonly format?: string } {
  const pairs: [string, string][] = []
  let format: string | undefined
  for (const [name, value] of new URLSearchParams(text)) {
    if (name === '_format') format = value
    else pairs.push([name, value])
  }
  return format === undefined ? { pairs } : { pairs, format }
}

export function queryPart(url: string): string {
  const mark = url.indexOf('?')
  return mark < 0 ? '' : url.slice(mark + 1)
}

export function pathPart(url: string): string {
  const mark = url.indexOf('?')
  return mark < 0 ? url : url.slice(0, mark)
}
