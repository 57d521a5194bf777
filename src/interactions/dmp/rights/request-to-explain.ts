/** A request that is only told of: the route it would take, and the record it names. Nothing of it is performed. */
import { decodeUuid, encodeUuid, parseResourceId } from '../../../fhir/id.ts'
import { parseProvenanceId } from '../../../seal/provenance.ts'
import { parseToken } from '../../../search/parameter-types/token.ts'
import type { PatientSelector } from '../../../search/search-expression.ts'
import { selectsPatient } from '../../../search/select-patient.ts'
import type { DmpRoute } from '../dmp-route.ts'
import { recordOfTarget } from '../documents/record-of-target.ts'

export type Matched = {
  readonly route: DmpRoute
  /** What stands for `:id`; empty where the route has none. */
  readonly id: string
  readonly query: URLSearchParams
}

/** @param url absolute, below the base of this server, or relative to it; `/fhir` may stand before */
export function routeOf(
  { method, url }: { readonly method: string; readonly url: string },
  base: string,
  routes: readonly DmpRoute[],
): Matched | undefined {
  const relative = url.startsWith(base) ? url.slice(base.length) : url.replace(/^\/?fhir(?=[/?]|$)/, '')
  const [path = '', query = ''] = relative.split('?', 2)
  const segments = path.split('/').filter((segment) => segment !== '')
  const [route] = routes
    .filter((candidate) => candidate.method === method.toUpperCase() && fits(candidate.url, segments))
    .sort((a, b) => placeholders(a.url) - placeholders(b.url))
  if (!route) return undefined
  const at = parts(route.url).indexOf(':id')
  return { route, id: segments[at] ?? '', query: new URLSearchParams(query) }
}

function parts(url: string): string[] {
  return url.split('/').filter((part) => part !== '')
}

function placeholders(url: string): number {
  return parts(url).filter((part) => part.startsWith(':')).length
}

function fits(url: string, segments: readonly string[]): boolean {
  const wanted = parts(url)
  return (
    wanted.length === segments.length &&
    wanted.every((part, i) => part === segments[i] || (part.startsWith(':') && !segments[i]?.startsWith('$')))
  )
}

/** @param given `[id]` or `system|INS`, where the request itself names no record */
export function patientOf(
  { route, id, query }: Matched,
  base: string,
  given: string | undefined,
): PatientSelector | undefined {
  if (id !== '') {
    const at = parseProvenanceId(id)?.at ?? parseResourceId(id)
    const patientKey = at?.patientKey ?? decodeUuid(id)
    // An id that nobody gave out leads to no record.
    return { kind: 'id', id: patientKey ? encodeUuid(patientKey) : id }
  }
  if (route.url.startsWith('/Patient')) return selector(query.get('identifier') ?? given)
  const [, named] = [...query].find(([name]) => selectsPatient(name)) ?? []
  if (named !== undefined) return selector(named)
  const target = route.url.startsWith('/Provenance') ? query.get('target') : null
  const patientKey = target === null ? undefined : recordOfTarget(base, target)
  return patientKey ? { kind: 'id', id: encodeUuid(patientKey) } : selector(given)
}

function selector(text: string | null | undefined): PatientSelector | undefined {
  if (!text) return undefined
  if (!text.includes('|')) return { kind: 'id', id: text.replace(/^(?:https?:\/\/.{1,300}\/)?Patient\//, '') }
  const { system = '', code = '' } = parseToken(text) ?? {}
  return { kind: 'identifier', system, value: code }
}
