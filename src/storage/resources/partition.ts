/**
 * The condition on the patient_key that every statement on resources and their index has. The nil key stands literally:
 * so PostgreSQL can prove that the partial indexes of migrations/0002 hold what is asked for, whatever the plan.
 */
import { NO_PATIENT, type Uuid } from '../../fhir/id.ts'
import { type Sql, sql } from '../sql.ts'

export function inPartition(alias: Sql, patientKey: Uuid): Sql {
  return patientKey === NO_PATIENT
    ? sql`${alias}.patient_key = '00000000-0000-0000-0000-000000000000'::uuid`
    : sql`${alias}.patient_key = ${patientKey}::uuid`
}
