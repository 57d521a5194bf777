/**
 * TD1.3a: the administrative data of a record's holder.
 * @see docs/policy.md F5
 */
import { decodeUuid, encodeUuid } from '../../../fhir/id.ts'
import { readResource } from '../../../storage/records/read-resource.ts'
import type { Answer } from '../../exchange.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { parseVersion } from '../documents/read-document-reference.ts'
import { askerOf, permit, unknown } from '../permit.ts'
import { versionAnswer } from '../version-answer.ts'

export async function readPatient(
  engine: DmpEngine,
  exchange: DmpExchange,
  id: string,
  version?: string,
): Promise<Answer> {
  exchange.trace.asks('Patient')
  const patientKey = decodeUuid(id)
  if (!patientKey) throw unknown()
  const found = await readResource(
    engine.db,
    'Patient',
    { patientKey, id: patientKey },
    version === undefined ? undefined : parseVersion(version),
    askerOf(exchange),
  )
  permit(engine, exchange, found?.record, 'read-record')
  const patient = found?.resource
  if (!patient) throw unknown()
  exchange.trace.concerns('Patient', encodeUuid(patientKey), patient.version)
  return versionAnswer(patient)
}
