/**
 * What a request costs its client, in units of about a read by id: from what is asked alone, before anything is looked
 * up. What is found, or hidden, changes nothing of it (rule V7). The weights follow the processor time that was measured
 * (docs/performance.md), rounded: they share a server out, they are no bill.
 */
import type { Route } from '../../interactions/route.ts'
import type { InteractionName } from '../../interactions/start-trace.ts'

const byLetter = { r: 1, s: 5, c: 15, u: 15, d: 15 } as const

/** What costs otherwise than its letter says. */
const byInteraction: Readonly<Partial<Record<InteractionName, number>>> = {
  'find-patient': 2,
  'retrieve-document': 2,
  'document-type-history': 5,
  'list-records': 5,
  'search-traces': 5,
  'summarise-accesses': 10,
  'match-patient': 15,
  synthese: 15,
  everything: 50,
  'evaluate-measure': 20,
  'export-traces': 100,
}

/** Bytes of a body that cost a unit more. */
const BYTES_PER_UNIT = 8 * 1024
/** For a body that does not announce its length: to announce it is cheaper. */
const UNANNOUNCED_BYTES = 1024 * 1024

type Asked = {
  readonly route: Pick<Route, 'interaction' | 'need'> | undefined
  readonly contentLength: string | undefined
  readonly transferEncoding: string | undefined
}

export function requestCost({ route, contentLength, transferEncoding }: Asked): number {
  const base = route
    ? (byInteraction[route.interaction] ?? (route.need ? byLetter[route.need.letter] : 1))
    : 1
  const bytes = transferEncoding === undefined ? Number(contentLength ?? 0) : UNANNOUNCED_BYTES
  return bytes > 0 ? base + Math.floor(bytes / BYTES_PER_UNIT) : base
}
