/**
 * Stores what has been settled, with the trace of it in the same transaction: either both are there or none (rule T2).
 */
import type { Runner } from '../../../storage/database.ts'
import { writeResources } from '../../../storage/resources/write-resources.ts'
import { insertTraces, type TraceRow } from '../../../storage/traces/insert-traces.ts'
import type { RestEngine } from '../rest-engine.ts'
import type { Outcome } from './outcome.ts'

/** @throws FhirError 409 `conflit-concurrent` when a version that is replaced is no longer the current one */
export async function storeOutcomes(
  engine: Pick<RestEngine, 'index'>,
  tx: Runner,
  outcomes: readonly Outcome[],
  traces: readonly TraceRow[],
): Promise<void> {
  const writes = outcomes.flatMap(({ write }) => write ?? [])
  const [stored, traced] = await Promise.allSettled([
    writes.length > 0 ? writeResources(tx, writes, engine.index) : undefined,
    traces.length > 0 ? insertTraces(tx, traces) : undefined,
  ])
  // Once a statement has failed PostgreSQL refuses those behind it: the first failure is the one that says why.
  if (stored.status === 'rejected') throw stored.reason
  if (traced.status === 'rejected') throw traced.reason
}
