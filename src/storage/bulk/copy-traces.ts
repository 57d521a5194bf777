/**
 * Traces of what one transaction does, by COPY: the very bytes that are sealed. Their seats are settled by its end.
 *
 * INVARIANT: only for what has left no trace before. COPY knows no `on conflict`: one that is there already refuses all.
 */
import { copySeated, type SeatedTrace, seatTrace, type TraceRow } from '../traces/insert-traces.ts'
import type { BulkTransaction } from './bulk-connection.ts'

/** Their notices are for whoever calls. */
export async function copyTraces(transaction: BulkTransaction, traces: readonly TraceRow[]): Promise<void> {
  const seated: SeatedTrace[] = []
  transaction.onEnd((end) => {
    for (const { seat } of seated) seat.settle(end)
  })
  for (const trace of traces) seated.push(seatTrace(trace))
  if (seated.length > 0) await copySeated(transaction, seated)
}
