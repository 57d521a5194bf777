/**
 * T4 of indicators: numbers that are counted from traces and name nobody are for who watches over the whole, in normal mode: the
 * administration and the auditor. They bear on no record, so there are no facts to look at.
 */
import type { AccessMode, Caller } from '../caller.ts'
import type { Deny } from '../decision.ts'
import { isAuthenticationPossible } from '../possible-authentication.ts'
import { refuse } from '../refuse.ts'
import type { RuleId } from '../rule-ids.ts'

export const indicatorRules: readonly RuleId[] = ['T4']

/** @returns undefined when the caller may read them */
export function refuseIndicators(caller: Caller, mode: AccessMode): Deny | undefined {
  const isReader = caller.actor === 'ADMINISTRATION' || caller.actor === 'AUDITEUR'
  if (isReader && mode === 'normal' && isAuthenticationPossible(caller)) return undefined
  const params = { right: 'T4', name: 'indicateurs', actor: caller.actor, mode }
  return refuse('T4', 'forbidden', 'droit-fonctionnel', params)
}
