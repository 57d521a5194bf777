/**
 * Makes anew what some resources are found by, from their current versions: after a release that finds them by more than
 * the one that wrote them did. The resources and their versions stay as they are.
 *
 * The rows are locked first, in the order in which writers lock them: what is indexed is what stands, and a writer of one
 * of them waits for this batch.
 *
 * NOT covered: what a server of the older release writes meanwhile or later.
 */
import { FhirError } from '../../fhir/fhir-error.ts'
import type { Uuid } from '../../fhir/id.ts'
import { isJsonObject, type JsonObject, parseJson } from '../../fhir/json.ts'
import type { Runner } from '../database.ts'
import type { IndexOf } from '../search-index/index-entries.ts'
import { deleteEntries, type Indexed, insertEntries } from '../search-index/write-entries.ts'
import { sql } from '../sql.ts'
import { inPartition } from './partition.ts'
import { type ResourceRow, resourceColumns } from './resource-row.ts'

export type ReindexBatch = {
  readonly patientKey: Uuid
  readonly type: string
  /** The id behind which to begin; empty: at the first. */
  readonly after: string
  readonly limit: number
}

export type Reindexed = {
  /** Looked at, deletions not counted. */
  readonly count: number
  /** Whose terms have become others. */
  readonly changed: number
  /** Ids of those with too many values: they are found by what they were. */
  readonly refused: readonly string[]
  /** Where to go on; undefined: there is no more. */
  readonly last: string | undefined
}

/** How many resources each type has that are not deleted; in order. */
export async function countByType(
  db: Runner,
  patientKey: Uuid,
): Promise<readonly { readonly type: string; readonly count: number }[]> {
  return db.run(
    sql`select r.type, count(*)::integer as count from resource r
      where ${inPartition(sql`r`, patientKey)} and r.method <> 'DELETE' group by r.type order by r.type collate "C"`,
  )
}

/** @param transaction of its own: the locks last until its end */
export async function reindexResources(
  transaction: Runner,
  { patientKey, type, after, limit }: ReindexBatch,
  index: IndexOf,
): Promise<Reindexed> {
  const rows = await transaction.run<ResourceRow>(
    sql`select ${resourceColumns(sql`r`)} from resource r
      where r.patient_key = ${patientKey}::uuid and r.type = ${type}::text and r.id > ${after}::text
      order by r.id limit ${limit}::integer for no key update`,
  )
  const refused: string[] = []
  const current = rows.filter(({ method }) => method !== 'DELETE')
  const indexed = current.flatMap((row): Indexed[] => {
    try {
      return [{ type, id: row.id, entries: index(type, resourceOf(row)) }]
    } catch (error) {
      if (!(error instanceof FhirError) || error.category !== 'too-long') throw error
      refused.push(row.id)
      return []
    }
  })
  const [changed] = await Promise.all([
    replaceTerms(transaction, patientKey, type, indexed),
    deleteEntries(transaction, patientKey, indexed),
    insertEntries(transaction, patientKey, indexed),
  ])
  return {
    count: current.length,
    changed,
    refused,
    last: rows.length < limit ? undefined : rows.at(-1)?.id,
  }
}

/** The index of terms is the dearest to write: rows whose terms stay are left alone. */
async function replaceTerms(
  transaction: Runner,
  patientKey: Uuid,
  type: string,
  indexed: readonly Indexed[],
): Promise<number> {
  const changed = await transaction.run(
    sql`update resource r set terms = n.terms::uuid[]
      from unnest(${indexed.map(({ id }) => id)}::text[],
        ${indexed.map(({ entries }) => `{${[...entries.terms].join(',')}}`)}::text[]) as n(id, terms)
      where r.patient_key = ${patientKey}::uuid and r.type = ${type}::text and r.id = n.id
        and r.terms is distinct from n.terms::uuid[]
      returning 1`,
  )
  return changed.length
}

function resourceOf({ type, id, version, body }: ResourceRow): JsonObject {
  const resource = parseJson(body, Number.POSITIVE_INFINITY)
  if (!isJsonObject(resource)) throw new Error(`${type}/${id}/${version} is no object`)
  return resource
}
