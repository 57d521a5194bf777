/**
 * A13: an objection is to a document that is not there yet. Who names one that is learns no more than a deposit of the
 * same masterIdentifier would tell.
 */
import type { PatientChoice } from '../../../dmp/choices/patient-choice.ts'
import { refusal } from '../../../fhir/fhir-error.ts'
import type { Uuid } from '../../../fhir/id.ts'
import type { Runner } from '../../../storage/database.ts'
import { findClaims } from '../../../storage/documents/store-documents.ts'

/** @throws FhirError 409 */
export async function refuseLateObjection(
  transaction: Runner,
  patientKey: Uuid,
  choice: PatientChoice,
): Promise<void> {
  if (!('document' in choice)) return
  const [there] = await findClaims(transaction, patientKey, [{ type: 'document', value: choice.document }])
  if (there)
    throw refusal('conflict', 'document-deja-depose', { rule: 'A13', expression: 'Consent.provision.data' })
}
