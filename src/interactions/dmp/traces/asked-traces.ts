/**
 * A search of traces, understood: whose record, which form, which criteria. The same for a page and for an export.
 * @see docs/api.md "Traces"
 */
import type { Uuid } from '../../../fhir/id.ts'
import { parseSearch } from '../../../search/parse-search.ts'
import type { SearchExpression } from '../../../search/search-expression.ts'
import type { TracesAsked } from '../../../storage/traces/search-traces.ts'
import { type Pairs, queryOf } from '../../query.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { traceCriteria } from './trace-criteria.ts'
import { type FormAsked, formAsked, ofForm } from './trace-form.ts'
import type { TraceReader } from './trace-reader.ts'

/** Names of ITI-81 for what R4 writes as a modifier. */
const alsoCalled: ReadonlyMap<string, string> = new Map([
  ['agent.identifier', 'agent:identifier'],
  ['entity.identifier', 'entity:identifier'],
])

export type AskedTraces = { readonly search: SearchExpression; readonly form: FormAsked['form'] }

/** @throws FhirError 400, naming every parameter at fault */
export function askedTraces(
  engine: DmpEngine,
  exchange: DmpExchange,
  pairs: Pairs,
  handling = exchange.handling,
): AskedTraces {
  exchange.trace.asks('AuditEvent')
  const { form, asked, rest } = formAsked(pairs)
  const named = rest.map(([name, value]) => [alsoCalled.get(name) ?? name, value] as const)
  const parsed = parseSearch(engine.searches.AuditEvent, named, handling)
  const search = { ...parsed, understood: [...parsed.understood, ...asked] }
  exchange.trace.asks('AuditEvent', queryOf(search.understood))
  return { search, form }
}

/** What of it this reader gets. @param consent of decisions (trace-form.ts) */
export function tracesFor(
  engine: DmpEngine,
  reader: TraceReader,
  { search, form }: AskedTraces,
  consent: Uuid | undefined,
): TracesAsked {
  const { patientKey, reach } = reader
  const criteria = traceCriteria(engine.traceTerms, reader, search.criteria)
  return { patientKey, reach, condition: { kind: 'all', of: [criteria, ofForm(form, consent)] } }
}
