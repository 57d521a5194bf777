/**
 * Whether the caller could read the administrative data of a record (F5, A1, A3, A7, A12 …), without reading anything:
 * what lists of records ask of each. Nothing is noted in the trace, and no notice is owed: nothing is consulted yet.
 */
import type { AccessMode } from '../../../policy/caller.ts'
import { decide } from '../../../policy/decide.ts'
import { motiveLength } from '../../../policy/rules/a8-emergency.ts'
import type { KnownRecord } from '../../../storage/records/record-facts.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'

/** @param mode the access mode in which it would ask; a motive it would then give */
export function mayConsult(
  engine: DmpEngine,
  { caller, now }: DmpExchange,
  record: KnownRecord,
  mode: AccessMode,
): boolean {
  const question = {
    action: 'read-record' as const,
    caller,
    mode,
    motive: mode === 'normal' ? '' : 'x'.repeat(motiveLength.least),
    ...record,
    now,
    matrices: engine.matricesAt(now),
  }
  return decide(question).effect === 'permit'
}
