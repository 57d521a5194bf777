/**
 * What a submission writes, statement by statement. The order is the same everywhere: record (locked), business
 * identifiers, contents, documents, other resources, trace.
 */
import type { Uuid } from '../../fhir/id.ts'
import type { DocumentFacts } from '../../policy/facts.ts'
import { inBatches, type Write } from '../connection/run-together.ts'
import type { Runner } from '../database.ts'
import { wordsColumn } from '../search-sql/words-condition.ts'
import { joinSql, type Sql, sql } from '../sql.ts'
import { depositEvents } from '../subscriptions/subscription-events.ts'
import { timestamp } from '../timestamp.ts'

/** A business identifier that may exist once in a record. */
export type Claim = {
  readonly type: 'document' | 'submissionset' | 'folder'
  readonly value: string
  readonly id: Uuid
}

/** Half-open, milliseconds since 1970, ±Infinity where open; undefined when the document does not say. */
export type DateRange = { readonly start: number; readonly end: number } | undefined

export type NewDocument = {
  readonly patientKey: Uuid
  readonly id: Uuid
  /** Milliseconds since 1970. */
  readonly lastUpdated: number
  readonly status: string
  readonly type: string
  readonly masked: boolean
  readonly invisiblePatient: boolean
  readonly invisibleLegal: boolean
  readonly archived: boolean
  readonly authors: readonly string[]
  readonly category: readonly string[]
  readonly format: string
  readonly facility: string
  readonly setting: string
  readonly event: readonly string[]
  readonly securityLabel: readonly string[]
  readonly identifier: readonly string[]
  readonly date: number
  readonly creation: DateRange
  readonly period: DateRange
  readonly periodStart: DateRange
  readonly periodEnd: DateRange
  readonly binaryId: Uuid
  readonly contentType: string
  readonly sha256: Buffer
  readonly body: string
  /** What it is found by beyond these (src/search/record/). */
  readonly tokens: readonly string[]
  readonly strings: readonly string[]
  /** Folded: title and description. */
  readonly words: string
}

export type ClaimedDocument = {
  readonly type: string
  readonly value: string
  readonly id: Uuid
  readonly version: number | null
  readonly last_updated: number
  readonly content_sha256: Buffer | null
  readonly binary_id: Uuid | null
  /** Of a document: what policy asks of it. */
  readonly facts: DocumentFacts | null
  /** Of a List: its text. */
  readonly list: string | null
}

/** Which of these identifiers the record has already, and of which documents. */
export async function findClaims(
  runner: Runner,
  patientKey: Uuid,
  claims: readonly Pick<Claim, 'type' | 'value'>[],
): Promise<ClaimedDocument[]> {
  return runner.run<ClaimedDocument>(
    sql`select b.type, b.value, b.id, d.version, d.content_sha256, d.binary_id,
        coalesce(d.last_updated, r.last_updated) as last_updated, r.body as list,
        case when d.id is not null then json_build_object('type', d.type, 'status', d.status, 'archived', d.archived,
          'masked', d.masked, 'invisiblePatient', d.invisible_patient, 'invisibleLegal', d.invisible_legal,
          'authors', d.authors) end as facts
      from unnest(${claims.map((c) => c.type)}::text[], ${claims.map((c) => c.value)}::text[]) as asked(type, value)
      join business_identifier b on b.patient_key = ${patientKey}::uuid and b.type = asked.type and b.value = asked.value
      left join document d on d.patient_key = b.patient_key and d.id = b.id
      left join resource r on r.patient_key = b.patient_key and r.type = 'List' and r.id = b.id::text`,
  )
}

/** @returns false when another request has taken one of them meanwhile; the transaction must then be given up */
export async function claim(
  transaction: Runner,
  patientKey: Uuid,
  claims: readonly Claim[],
): Promise<boolean> {
  const sorted = [...claims].sort((a, b) => (`${a.type} ${a.value}` < `${b.type} ${b.value}` ? -1 : 1))
  const taken = await transaction.run(
    sql`insert into business_identifier (patient_key, type, value, id)
      select ${patientKey}::uuid, c.type, c.value, c.id
      from unnest(${sorted.map((c) => c.type)}::text[], ${sorted.map((c) => c.value)}::text[],
        ${sorted.map((c) => c.id)}::uuid[]) as c(type, value, id)
      on conflict do nothing returning value`,
  )
  return taken.length === sorted.length
}

/** A document, and the submission set with which it comes; undefined where there is none. */
export type DocumentOfSet = { readonly document: NewDocument; readonly submission: Uuid | undefined }

/** The documents, and what is owed to those who have subscribed to deposits. @param now of the deposit, as theirs */
export function documentInsertions(
  patientKey: Uuid,
  documents: readonly DocumentOfSet[],
  now: number,
): Write[] {
  if (documents.length === 0) return []
  const ids = documents.map(({ document }) => document.id)
  return [
    { statement: depositEvents(patientKey, ids, now) },
    ...inBatches(documents).map((batch) => ({
      statement: sql`insert into document (patient_key, id, version, last_updated, status, type, masked,
          invisible_patient, invisible_legal, archived, authors, category, format, facility, setting, event,
          security_label, identifier, date, creation_from, creation_until, period_from, period_until, start_from,
          start_until, end_from, end_until, binary_id, content_type, content_sha256, body, tokens, strings, words,
          submission_id)
        values ${joinSql(batch.map(documentRow), ', ')}`,
    })),
  ]
}

function documentRow({ document: d, submission }: DocumentOfSet): Sql {
  return sql`(${d.patientKey}::uuid, ${d.id}::uuid, 1, ${time(d.lastUpdated)}::timestamptz, ${d.status}::text,
    ${d.type}::text, ${d.masked}::boolean, ${d.invisiblePatient}::boolean, ${d.invisibleLegal}::boolean,
    ${d.archived}::boolean, ${d.authors}::text[], ${d.category}::text[], ${d.format}::text, ${d.facility}::text,
    ${d.setting}::text, ${d.event}::text[], ${d.securityLabel}::text[], ${d.identifier}::text[],
    ${time(d.date)}::timestamptz, ${time(d.creation?.start)}::timestamptz, ${time(d.creation?.end)}::timestamptz,
    ${time(d.period?.start)}::timestamptz, ${time(d.period?.end)}::timestamptz,
    ${time(d.periodStart?.start)}::timestamptz, ${time(d.periodStart?.end)}::timestamptz,
    ${time(d.periodEnd?.start)}::timestamptz, ${time(d.periodEnd?.end)}::timestamptz, ${d.binaryId}::uuid,
    ${d.contentType}::text, ${d.sha256}::bytea, ${d.body}::text, ${d.tokens}::text[], ${d.strings}::text[],
    ${wordsColumn(d.words)}, ${submission ?? null}::uuid)`
}

function time(milliseconds: number | undefined): string | null {
  return milliseconds === undefined ? null : timestamp(milliseconds)
}
