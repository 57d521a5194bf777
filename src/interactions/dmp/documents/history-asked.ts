/**
 * The parameters of a history of documents: `_count`, `_since`, `_at`.
 * @see https://hl7.org/fhir/R4/http.html#history
 */
import { parseFhirDate } from '../../../fhir/date.ts'
import { refusal } from '../../../fhir/fhir-error.ts'
import { parisTime } from '../../../fhir/paris-time.ts'
import type { Pairs } from '../../query.ts'
import { badValue } from '../../rest/result-form.ts'

const defaultCount = 20
const maxCount = 100
const known = ['_count', '_since', '_at']

export type HistoryAsked = {
  readonly count: number
  readonly within: {
    readonly since?: number
    readonly within?: { readonly start: number; readonly end: number }
  }
  readonly cursor: string | undefined
  /** As `self` says it. */
  readonly understood: Pairs
}

/** @throws FhirError 400 on a parameter that is not known, or given twice */
export function readHistoryAsked(pairs: Pairs): HistoryAsked {
  const values = new Map(pairs)
  const named = pairs.find(([name]) => !known.includes(name) && name !== '_cursor')?.[0]
  if (named !== undefined) {
    const params = { name: named.slice(0, 64), type: '_history', known: known.join(', ') }
    throw refusal('not-supported', 'parametre-inconnu', { params })
  }
  if (values.size < pairs.length) throw badValue(known.join(', '), '× 1')
  const count = values.get('_count') ?? String(defaultCount)
  if (!/^\d{1,9}$/.test(count)) throw badValue('_count', '0, 1, 2 …')
  const since = instant('_since', values.get('_since'))
  const within = instant('_at', values.get('_at'))
  return {
    count: Math.min(Number(count), maxCount),
    within: { ...(since ? { since: since.start } : {}), ...(within ? { within } : {}) },
    cursor: values.get('_cursor'),
    understood: pairs.filter(([name]) => name !== '_cursor'),
  }
}

function instant(name: string, text: string | undefined): { start: number; end: number } | undefined {
  if (text === undefined) return undefined
  // A plus sign that was not percent-encoded arrives as a space.
  const range = parseFhirDate(text.replace(/ (?=\d\d:\d\d$)/, '+'), parisTime)
  if (!range) throw badValue(name, '2026-01-31T12:00:00Z')
  return { start: range.start, end: range.end }
}
