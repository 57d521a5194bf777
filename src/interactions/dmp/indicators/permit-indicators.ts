/** Asks policy for the indicators, notes in the trace what it said, and throws its refusal. */
import { indicatorRules, refuseIndicators } from '../../../policy/rules/t4-indicators.ts'
import type { DmpExchange } from '../dmp-exchange.ts'

/** @throws FhirError the refusal */
export function permitIndicators({ caller, mode, trace }: DmpExchange): void {
  trace.decided(indicatorRules)
  const refused = refuseIndicators(caller, mode)
  if (refused) throw refused.refusal
}
