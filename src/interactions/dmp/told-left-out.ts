/** What a search left out of its answer, as an OperationOutcome among the entries. */
import type { SearchEntry } from '../../fhir/bundle.ts'
import type { Issue } from '../../fhir/issue.ts'
import { operationOutcome } from '../../fhir/outcome.ts'
import type { DmpEngine } from './dmp-engine.ts'
import type { DmpExchange } from './dmp-exchange.ts'

/** @param more further warnings */
export function toldLeftOut(
  engine: DmpEngine,
  exchange: DmpExchange,
  ignored: readonly string[],
  more: readonly Issue[] = [],
): SearchEntry[] {
  const issues = [
    ...ignored.map(
      (name): Issue => ({
        severity: 'warning',
        type: 'not-supported',
        error: 'parametre-ignore',
        params: { name: name.slice(0, 64) },
      }),
    ),
    ...more,
  ]
  if (issues.length === 0) return []
  const resource = operationOutcome(issues, exchange.language)
  return [{ fullUrl: `urn:uuid:${engine.newId(exchange.now)}`, resource, mode: 'outcome' }]
}
