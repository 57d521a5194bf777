/** A statement that a client has composed, and that may take too long: PostgreSQL gives up on it in time (database.ts). */
import { refusal } from '../../fhir/fhir-error.ts'
import type { Runner } from '../database.ts'
import type { Sql } from '../sql.ts'

const QUERY_CANCELED = '57014'

/** @throws FhirError 400 when PostgreSQL gave up on it: asked again, it would take as long */
export async function runSearch<Row>(db: Runner, statement: Sql): Promise<Row[]> {
  try {
    return await db.run<Row>(statement, 'custom')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code !== QUERY_CANCELED) throw error
    const refused = refusal('too-costly', 'recherche-trop-couteuse')
    refused.cause = error
    throw refused
  }
}
