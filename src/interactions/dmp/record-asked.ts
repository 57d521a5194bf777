/** The record that a search names, by its id or by an INS that leads to it. */
import { readIns } from '../../dmp/identity/ins.ts'
import { FhirError, refusal } from '../../fhir/fhir-error.ts'
import { decodeUuid } from '../../fhir/id.ts'
import type { PatientSelector } from '../../search/search-expression.ts'
import { findRecordByIns } from '../../storage/records/find-record-by-ins.ts'
import { findRecord, type KnownRecord } from '../../storage/records/record-facts.ts'
import type { DmpEngine } from './dmp-engine.ts'
import type { DmpExchange } from './dmp-exchange.ts'
import { askerOf } from './permit.ts'

/** @returns undefined when there is no such record; policy has not been asked yet */
export async function recordAsked(
  engine: DmpEngine,
  exchange: DmpExchange,
  selector: PatientSelector | undefined,
): Promise<KnownRecord | undefined> {
  if (!selector) throw refusal('required', 'patient-requis')
  if (selector.kind === 'identifier')
    return (await findRecordByIns(engine.db, insOf(engine, selector), askerOf(exchange)))?.record
  const patientKey = decodeUuid(selector.id)
  return patientKey && findRecord(engine.db, patientKey, askerOf(exchange))
}

function insOf(engine: DmpEngine, selector: PatientSelector & { readonly kind: 'identifier' }) {
  const read = readIns(selector, engine.insTest, 'patient.identifier')
  if ('issue' in read) throw new FhirError('unprocessable', [read.issue])
  return read.ins
}
