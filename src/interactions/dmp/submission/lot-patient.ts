/**
 * The Patient entry of a submission: it says whose record the lot is for, and is compared with it (I3). It is never
 * stored, whatever its method.
 * @see https://profiles.ihe.net/ITI/MHD/ITI-65.html §3.65.4.1.2.2
 */
import type { Patient } from '@medplum/fhirtypes'
import { insKind } from '../../../dmp/identity/ins.ts'
import { refusal, refuseFaults } from '../../../fhir/fhir-error.ts'
import { isJsonObject, type JsonObject } from '../../../fhir/json.ts'
import type { Subject } from '../../../storage/records/find-subject.ts'
import { validate } from '../../../validation/validate.ts'
import { whereIs } from '../../transaction/resolve-references.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import { locatedIn } from './located-in.ts'
import type { Lot } from './lot.ts'
import type { LotEntry } from './lot-entries.ts'
import { patientFaults } from './patient-faults.ts'

/**
 * The reference by which the record is looked up, and where it stands.
 * @throws FhirError 422 for a Patient without an INS that is no reference to one of this server either
 */
export function patientNamed(entry: LotEntry): { readonly reference: JsonObject; readonly at: string } {
  if (entry.method !== 'POST')
    return { reference: { reference: entry.url }, at: `Bundle.entry[${entry.index}].request.url` }
  const at = `${whereIs(entry)}.identifier`
  const identifiers = Array.isArray(entry.resource.identifier) ? entry.resource.identifier : []
  const ins = identifiers
    .filter(isJsonObject)
    .find(({ system, use }) => typeof system === 'string' && insKind(system) !== undefined && use !== 'old')
  if (ins) return { reference: { identifier: ins }, at }
  throw refusal('unprocessable', 'element-requis', {
    type: 'required',
    params: { name: 'Patient.identifier (INS)' },
    expression: at,
  })
}

/** @throws FhirError 422 for a Patient that is not valid, or is not the one of the record */
export function checkPatient(engine: DmpEngine, lot: Lot, entry: LotEntry, subject: Subject): void {
  if (entry.method !== 'POST' && !lot.namesSubject({ reference: entry.url }, subject)) {
    throw refusal('unprocessable', 'lot-incorrect', {
      params: { cause: 'Patient ≠ List.subject' },
      expression: `Bundle.entry[${entry.index}].request.url`,
    })
  }
  if (entry.resource.resourceType === undefined) return
  refuseFaults(locatedIn(validate(entry.resource, engine.registry), entry, 'Patient'))
  // `validate` found no fault: it is a Patient.
  refuseFaults(patientFaults(entry.resource as unknown as Patient, subject, whereIs(entry)))
}
