/**
 * Changes a choice, or ends it (`status: inactive`): the same category about the same actor, or it would be another
 * choice.
 * @see https://hl7.org/fhir/R4/http.html#update; docs/policy.md A3 to A7
 */
import { choiceKey } from '../../../dmp/choices/patient-choice.ts'
import { refusal } from '../../../fhir/fhir-error.ts'
import { parseResourceId } from '../../../fhir/id.ts'
import { findChoices } from '../../../storage/records/choices.ts'
import { readResource } from '../../../storage/records/read-resource.ts'
import type { Answer } from '../../exchange.ts'
import type { Input } from '../../input.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { askerOf, unknown } from '../permit.ts'
import { readChoiceRequest } from './choice-request.ts'
import { settleChoice } from './settle-choice.ts'

export async function updateConsent(
  engine: DmpEngine,
  exchange: DmpExchange,
  { id, body, ifMatch, ifNoneMatch }: Input,
): Promise<Answer> {
  exchange.trace.asks('Consent')
  const request = await readChoiceRequest(engine, exchange, body, 'active | inactive')
  if (request.resource.id !== id) throw refusal('structure', 'id-divergent', { expression: 'Consent.id' })
  const at = parseResourceId(id)
  if (at?.patientKey !== request.patientKey) throw unknown()
  const key = choiceKey(request.choice)
  const [found, choices] = await Promise.all([
    readResource(engine.db, 'Consent', at, undefined, askerOf(exchange)),
    findChoices(engine.db, at.patientKey, [key]),
  ])
  if (!found?.resource) throw unknown()
  if (choices.get(key)?.id !== at.id) {
    // Who does not choose for the patient learns nothing of other choices.
    const { actor } = exchange.caller
    if (actor !== 'PATIENT' && actor !== 'REPRESENTANT_LEGAL') throw unknown()
    throw refusal('unprocessable', 'choix-autre', { expression: 'Consent.category' })
  }
  return settleChoice(engine, exchange, request, {
    id: at.id,
    ...(ifMatch === undefined ? {} : { ifMatch }),
    ...(ifNoneMatch === undefined ? {} : { ifNoneMatch }),
  })
}
