/**
 * Query strings and search forms as name and value pairs, in their order; a name may stand more than once.
 * @see https://url.spec.whatwg.org/#application/x-www-form-urlencoded
 */
import type { Pairs } from '../interactions/query.ts'

export type Query = {
  readonly pairs: Pairs
  readonly format?: string
  readonly pretty?: boolean
}

/** Whether what is percent-encoded is UTF-8. Anything else would be read with its letters replaced, and find nothing. */
export function isUtf8Encoded(text: string): boolean {
  if (!text.includes('%')) return true
  try {
    // A sign that encodes nothing stands for itself.
    decodeURIComponent(text.replace(/%(?![0-9A-Fa-f]{2})/g, '%25'))
    return true
  } catch (error) {
    if (error instanceof URIError) return false
    throw error
  }
}

/** The pairs of a URL, or of a form body; `_format` and `_pretty` apart: they belong to negotiation. */
export function readPairs(text: string): Query {
  const pairs: [string, string][] = []
  const query: { format?: string; pretty?: boolean } = {}
  for (const [name, value] of new URLSearchParams(text)) {
    if (name === '_format') query.format = value
    else if (name === '_pretty') query.pretty = value === 'true'
    else pairs.push([name, value])
  }
  return { pairs, ...query }
}

export function queryPart(url: string): string {
  const mark = url.indexOf('?')
  return mark < 0 ? '' : url.slice(mark + 1)
}

export function pathPart(url: string): string {
  const mark = url.indexOf('?')
  return mark < 0 ? url : url.slice(0, mark)
}
