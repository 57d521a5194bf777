/** Writes a submission set, or the header of a folder: its text, and what searches and policy read of it. */
import type { Uuid } from '../../fhir/id.ts'
import { inBatches, type Write } from '../connection/run-together.ts'
import type { Runner } from '../database.ts'
import { resourceInsertion } from '../records/change-record.ts'
import { joinSql, type Sql, sql } from '../sql.ts'
import { timestamp } from '../timestamp.ts'

export type NewList = {
  readonly patientKey: Uuid
  readonly id: Uuid
  /** Milliseconds since 1970. */
  readonly lastUpdated: number
  readonly body: string
  readonly index: ListIndex
}

export type ListIndex = {
  readonly folder: boolean
  readonly status: string
  readonly archived: boolean
  /** Milliseconds since 1970. */
  readonly date: number
  /** What a set names; of a folder, whose items lie by themselves, nothing. */
  readonly documents: readonly Uuid[]
  readonly folders: readonly Uuid[]
  readonly tokens: readonly string[]
  readonly strings: readonly string[]
}

export function listInsertions(lists: readonly NewList[]): Write[] {
  const found = ({ patientKey, id, lastUpdated, index }: NewList): Sql =>
    sql`(${patientKey}::uuid, ${id}::uuid, ${index.folder}::boolean, ${index.status}::text, ${index.archived}::boolean,
      ${timestamp(index.date)}::timestamptz, ${timestamp(lastUpdated)}::timestamptz, ${index.documents}::uuid[],
      ${index.folders}::uuid[], ${index.tokens}::text[], ${index.strings}::text[])`
  return inBatches(lists).flatMap((batch) => [
    resourceInsertion(batch.map((list) => ({ ...list, type: 'List' }))),
    {
      statement: sql`insert into document_list (patient_key, id, folder, status, archived, date, last_updated, documents,
          folders, tokens, strings)
        values ${joinSql(batch.map(found), ', ')}`,
    },
  ])
}

/** What a list is found by, made anew: for `dmp reindex`. */
export async function replaceListIndex(
  transaction: Runner,
  patientKey: Uuid,
  id: Uuid,
  index: ListIndex,
): Promise<void> {
  await transaction.run(
    sql`update document_list l set status = ${index.status}::text, archived = ${index.archived}::boolean,
        date = ${timestamp(index.date)}::timestamptz, tokens = ${index.tokens}::text[],
        strings = ${index.strings}::text[]
      where l.patient_key = ${patientKey}::uuid and l.id = ${id}::uuid`,
  )
}
