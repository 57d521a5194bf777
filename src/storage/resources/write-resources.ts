/**
 * Writes resources and what they are found by: few statements whatever their number, all of them on the wire at once.
 * A version is written only in the place of the one that was read (compare-and-set); what it replaces is kept.
 */
import { refusal } from '../../fhir/fhir-error.ts'
import type { Uuid } from '../../fhir/id.ts'
import type { Runner } from '../database.ts'
import type { IndexEntries, IndexOf } from '../search-index/index-entries.ts'
import { SignatureDraft } from '../search-index/signature.ts'
import { deleteEntries, insertEntries } from '../search-index/write-entries.ts'
import { sql } from '../sql.ts'
import { timestamp } from '../timestamp.ts'
import { byPatient } from './by-patient.ts'
import type { ResourceWrite } from './stored-resource.ts'

export type IndexedWrite = ResourceWrite & { readonly entries: IndexEntries }

/** @throws FhirError 409 when one of them has changed meanwhile: the transaction must then be given up */
export async function writeResources(
  transaction: Runner,
  writes: readonly ResourceWrite[],
  index: IndexOf,
): Promise<void> {
  refuseDoubles(writes)
  const indexed = writes.map((write) => ({
    ...write,
    entries: write.resource ? index(write.type, write.resource) : none,
  }))
  await Promise.all([...byPatient(indexed)].map(([key, some]) => writePartition(transaction, key, some)))
}

const none: IndexEntries = {
  terms: new Set(),
  ranges: [],
  strings: [],
  references: [],
  codes: [],
  signature: new SignatureDraft().signature,
}

async function writePartition(tx: Runner, patientKey: Uuid, writes: IndexedWrite[]): Promise<void> {
  const sorted = writes.sort((a, b) => (a.type === b.type ? order(a.id, b.id) : order(a.type, b.type)))
  const created = sorted.filter(({ replaces }) => replaces === 0)
  const replaced = sorted.filter(({ replaces }) => replaces > 0)
  const [made, ...indexed] = await Promise.allSettled([
    Promise.all([insert(tx, patientKey, created), replace(tx, patientKey, replaced)]),
    deleteEntries(tx, patientKey, replaced),
    insertEntries(tx, patientKey, sorted),
  ])
  if (made.status === 'rejected') throw made.reason
  // Whoever came too late meets the other's index rows as well: that is the same conflict.
  if (made.value[0] + made.value[1] !== writes.length) throw refusal('conflict', 'conflit-concurrent')
  for (const part of indexed) if (part.status === 'rejected') throw part.reason
}

type Done = { readonly done: number }

async function insert(tx: Runner, patientKey: Uuid, writes: readonly IndexedWrite[]): Promise<number> {
  if (writes.length === 0) return 0
  const [row] = await tx.run<Done>(
    sql`with made as (
        insert into resource (patient_key, type, id, version, last_updated, method, body, terms)
        select ${patientKey}::uuid, n.type, n.id, 1, n.at, n.method, n.body, n.terms::uuid[]
          from unnest(${writes.map((w) => w.type)}::text[], ${writes.map((w) => w.id)}::text[],
            ${writes.map((w) => timestamp(w.lastUpdated))}::timestamptz[], ${writes.map((w) => w.method)}::text[],
            ${writes.map((w) => w.body)}::text[], ${writes.map(termsOf)}::text[]
          ) as n(type, id, at, method, body, terms)
        on conflict do nothing returning 1
      ) select count(*)::integer as done from made`,
  )
  return row?.done ?? 0
}

/**
 * Whoever keeps a version first is the one who replaces it: the primary key of `resource_version` decides. Looked up one
 * by one, whatever the planner knows of the table (lock-resources.ts).
 */
async function replace(tx: Runner, patientKey: Uuid, writes: readonly IndexedWrite[]): Promise<number> {
  if (writes.length === 0) return 0
  const [row] = await tx.run<Done>(
    sql`with next as (
        select n.* from unnest(${writes.map((w) => w.type)}::text[], ${writes.map((w) => w.id)}::text[],
          ${writes.map((w) => w.replaces)}::integer[],
          ${writes.map((w) => timestamp(w.lastUpdated))}::timestamptz[], ${writes.map((w) => w.method)}::text[],
          ${writes.map((w) => w.body)}::text[], ${writes.map(termsOf)}::text[]
        ) as n(type, id, replaces, at, method, body, terms)
      ), before as (
        insert into resource_version (patient_key, type, id, version, last_updated, method, body, replaced_at)
        select c.patient_key, c.type, c.id, c.version, c.last_updated, c.method, c.body, n.at
          from next n cross join lateral (
            select r.* from resource r
              where r.patient_key = ${patientKey}::uuid and r.type = n.type and r.id = n.id and r.version = n.replaces
              offset 0
          ) c
        on conflict do nothing returning type, id, version
      ), made as (
        update resource c set version = b.version + 1, last_updated = n.at, method = n.method, body = n.body,
            terms = n.terms::uuid[]
          from before b join next n on n.type = b.type and n.id = b.id
          where c.patient_key = ${patientKey}::uuid and c.type = b.type and c.id = b.id and c.version = b.version
          returning 1
      ) select count(*)::integer as done from made`,
  )
  return row?.done ?? 0
}

function termsOf({ entries }: IndexedWrite): string {
  return `{${[...entries.terms].join(',')}}`
}

function refuseDoubles(writes: readonly ResourceWrite[]): void {
  const places = new Set(writes.map(({ patientKey, type, id }) => `${patientKey}/${type}/${id}`))
  if (places.size !== writes.length) throw new Error('One resource is written twice in one go')
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
