/**
 * What a Consent opens to a third-party service, as the row that rule S1 reads: written with the Consent and removed with it.
 * A class stands for its types of the day on which the patient consented; a type that joins it later is not opened.
 * @see docs/policy.md S1
 */
import type { Uuid } from '../../../fhir/id.ts'
import type { Runner } from '../../../storage/database.ts'
import { removeServiceConsent, writeServiceConsent } from '../../../storage/records/service-consent.ts'
import type { ChoiceRequest } from '../consent/choice-request.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import { typesOfCode } from './service-faults.ts'

export async function settleService(
  { terminology }: Pick<DmpEngine, 'terminology'>,
  transaction: Runner,
  { patientKey, choice, ending, until }: ChoiceRequest,
  consentId: Uuid,
): Promise<void> {
  if (choice.category !== 'service-tiers') return
  const { service, purposes, codes } = choice
  if (ending) {
    await removeServiceConsent(transaction, patientKey, service)
    return
  }
  if (until === undefined) throw new Error('A service was let in without an end')
  const types = new Set(codes.flatMap((code) => typesOfCode(code, terminology.documentTypes)))
  await writeServiceConsent(transaction, { patientKey, service, purposes, types, until, consentId })
}
