/**
 * When something was made lies in the past: by these dates documents and lists are sorted, newest first, and one of
 * another century would stand first for ever. A day is given: clocks of hospitals go wrong, and a day that names no zone
 * begins elsewhere in France up to twelve hours earlier than in Paris.
 * @see docs/policy.md D9; docs/profiles.md "Dates"
 */
import { parseFhirDate } from '../../fhir/date.ts'
import type { Issue } from '../../fhir/issue.ts'
import { parisTime } from '../../fhir/paris-time.ts'

const AHEAD_MS = 24 * 60 * 60 * 1000

/** @param date as FHIR writes it; undefined, and what is no date, is no fault here */
export function futureFaults(date: string | undefined, now: number, expression: string): Issue[] {
  const read = parseFhirDate(date ?? '', parisTime)
  if (!read || read.start <= now + AHEAD_MS) return []
  const name = expression.slice(expression.lastIndexOf('.') + 1)
  const params = { name, cause: `> ${new Date(now + AHEAD_MS).toISOString()}` }
  return [{ severity: 'error', type: 'value', error: 'valeur-invalide', params, expression, rule: 'D9' }]
}
