/**
 * A choice of the patient, or a professional's declaration of its own authorisation with the patient's spoken consent
 * (TD0.3). Made again it is the next version of the same Consent (200), or, unchanged, nothing.
 * @see docs/policy.md F2, A3 to A7
 */
import type { Answer } from '../../exchange.ts'
import type { Body } from '../../input.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { readChoiceRequest } from './choice-request.ts'
import { settleChoice } from './settle-choice.ts'

export async function createConsent(
  engine: DmpEngine,
  exchange: DmpExchange,
  sent: Body | undefined,
): Promise<Answer> {
  exchange.trace.asks('Consent')
  const request = await readChoiceRequest(engine, exchange, sent, 'active')
  return settleChoice(engine, exchange, request, undefined)
}
