/** Asks policy for a right that bears on no record yet, notes in the trace what it said, and throws its refusal. */
import type { Grant } from '../../dmp/matrices/functional-matrix.ts'
import { decideOutsideRecord } from '../../policy/decide-outside-record.ts'
import type { DmpEngine } from './dmp-engine.ts'
import type { DmpExchange } from './dmp-exchange.ts'

/** @returns what the right is worth @throws FhirError the refusal */
export function permitOutsideRecord(
  engine: DmpEngine,
  { caller, mode, motive, now, trace }: DmpExchange,
  right: 'F0' | 'F3' | 'F4',
): Grant {
  const decided = decideOutsideRecord(right, caller, mode, engine.matricesAt(now), motive)
  if ('refusal' in decided) {
    const { rule } = decided.refusal.issues[0]
    trace.decided([rule ?? right])
    throw decided.refusal
  }
  trace.decided(right === 'F4' ? ['F4', 'A9'] : [right])
  return decided.grant
}
