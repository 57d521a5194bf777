/**
 * Who becomes whom: each base record under many new keys. A table of the database that is filled, for all else is SQL.
 *
 * Of a clone these differ from its base: the key of the record, the INS, the uniqueIds, and the record's own key, which is
 * made anew and wrapped by the server's master key: so it takes deposits as any other. Names, dates, authors and the ids
 * within the record are those of the base.
 */
import { randomBytes } from 'node:crypto'
import type pg from 'pg'
import { KEY_BYTES } from '../../src/content/chunk-cipher.ts'
import type { MasterKeys } from '../../src/content/master-key.ts'
import { sealRecordKey } from '../../src/content/record-key.ts'
import { matriculeKey } from '../../src/dmp/identity/ins.ts'
import { encodeUuid, type Uuid, uuidV7 } from '../../src/fhir/id.ts'
import { BASE_ARC } from './base-records.ts'

export type BaseRecord = { readonly patientKey: Uuid; readonly matricule: string }

const BATCH = 10_000
/** Records were opened one after the other, over a year. */
const FIRST_OPENING = Date.UTC(2025, 0, 1)
const YEAR_MS = 365 * 86_400_000

const columns = [
  ...(['clone integer', 'base_key uuid', 'new_key uuid', 'base_id text', 'new_id text'] as const),
  ...(['base_ins text', 'new_ins text', 'new_arc text', 'wrapped bytea', 'master text'] as const),
]

export async function makeCloneMap(
  client: pg.Client,
  base: readonly BaseRecord[],
  clones: number,
  keys: MasterKeys,
): Promise<void> {
  await client.query(`create unlogged table growth.clone (${columns.join(', ')})`)
  const names = columns.map((column) => column.split(' ')[0])
  const parameters = columns.map((column, i) => `$${i + 1}::${column.split(' ')[1]}[]`)
  const text = `insert into growth.clone (${names}) select * from unnest(${parameters})`
  let rows: unknown[][] = []
  const flush = async (): Promise<void> => {
    await client.query(
      text,
      columns.map((_, i) => rows.map((row) => row[i])),
    )
    rows = []
  }
  for (let clone = 0; clone < clones; clone++) {
    for (const [number, record] of base.entries()) {
      const part = (clone * base.length + number) / (clones * base.length)
      rows.push(
        rowOf(
          record,
          { clone, number: clone * base.length + number, openedAt: FIRST_OPENING + part * YEAR_MS },
          keys,
        ),
      )
    }
    if (rows.length >= BATCH) await flush()
  }
  await flush()
  await client.query('analyze growth.clone')
}

/** `number`: among all clones. */
type Place = { readonly clone: number; readonly number: number; readonly openedAt: number }

function rowOf(
  { patientKey, matricule }: BaseRecord,
  { clone, number, openedAt }: Place,
  keys: MasterKeys,
): unknown[] {
  const newKey = uuidV7(openedAt, randomBytes(10))
  const first13 = matricule.slice(0, 7) + String(number).padStart(6, '0')
  const { wrapped, master } = sealRecordKey(keys, newKey, randomBytes(KEY_BYTES))
  return [
    ...[clone, patientKey, newKey, encodeUuid(patientKey), encodeUuid(newKey)],
    ...[matricule, first13 + matriculeKey(first13), arcOf(clone), wrapped, master],
  ]
}

function arcOf(clone: number): string {
  return BASE_ARC.replace(/1\.$/, `${clone + 100}.`)
}
