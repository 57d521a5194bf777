/** Which matricules lead to a record already. */
import type { Runner } from '../database.ts'
import { sql } from '../sql.ts'

export async function knownMatricules(
  db: Runner,
  system: string,
  matricules: readonly string[],
): Promise<ReadonlySet<string>> {
  const rows = await db.run<{ value: string }>(
    sql`select p.value from patient_identifier p where p.system = ${system}::text and p.value = any(${matricules}::text[])`,
  )
  return new Set(rows.map(({ value }) => value))
}
