/**
 * The rows that opening a record leaves, as texts: read from one that was opened, and written for many that are opened alike.
 * Whichever columns these tables have, they are all there.
 */
import type { Uuid } from '../../fhir/id.ts'
import type { Runner } from '../database.ts'
import { name, sql } from '../sql.ts'

/** But for the traces, which have their places in a chain, and for the notices that they owe. */
const tables = ['patient_identifier', 'record', 'resource', 'business_identifier', 'standing'] as const

/** Of each table the rows as JSON, one behind the other with commas between. */
export type OpenedRows = Readonly<Record<(typeof tables)[number], string>>

export function mapRows(change: (table: (typeof tables)[number]) => string): OpenedRows {
  const [identifiers, record, resource, names, standing] = tables
  return {
    [identifiers]: change(identifiers),
    [record]: change(record),
    [resource]: change(resource),
    [names]: change(names),
    [standing]: change(standing),
  }
}

/** Of a record on which nothing else has been done. */
export async function readOpened(transaction: Runner, patientKey: Uuid): Promise<OpenedRows> {
  const found = await Promise.all(
    tables.map(async (table) => {
      const [row] = await transaction.run<{ rows: string | null }>(
        sql`select string_agg(to_json(t)::text, ',' order by to_json(t)::text) as rows from ${name(table)} t
          where t.patient_key = ${patientKey}::uuid`,
      )
      return row?.rows ?? ''
    }),
  )
  return mapRows((table) => found[tables.indexOf(table)] ?? '')
}

export async function insertOpened(transaction: Runner, records: readonly OpenedRows[]): Promise<void> {
  for (const table of tables) {
    const rows = records.map((record) => record[table]).filter((text) => text !== '')
    if (rows.length === 0) continue
    await transaction.run(
      // The type of its rows without its name: `record` is the name of another type too.
      sql`insert into ${name(table)}
        select * from json_populate_recordset((select t from ${name(table)} t where false), ${`[${rows.join(',')}]`}::json)`,
    )
  }
}
