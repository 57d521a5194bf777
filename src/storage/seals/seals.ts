/** Seals of the versions of documents, one row each, only ever added; and the links from documents to what signs them. */
import type { Uuid } from '../../fhir/id.ts'
import type { DocumentScope } from '../../policy/document-scope.ts'
import type { DateValue } from '../../search/search-expression.ts'
import type { Write } from '../connection/run-together.ts'
import type { Runner } from '../database.ts'
import { documentCondition } from '../documents/document-condition.ts'
import { dateCondition } from '../search-sql/date-condition.ts'
import { joinSql, type Sql, sql } from '../sql.ts'
import { timestamp } from '../timestamp.ts'

export type StoredSeal = {
  readonly document: Uuid
  readonly version: number
  /** Milliseconds since 1970. */
  readonly recorded: number
  readonly activity: string
  readonly actor: string
  readonly person: string
  readonly organization: string
  readonly client: string
  readonly metadata: Buffer
  readonly text: Buffer
  /** Of the deposit alone: a change must not seal anew what it has not seen. */
  readonly content: Buffer | null
  readonly previous: Buffer | null
  readonly submission: Uuid | null
  readonly submission_text: Buffer | null
  readonly verdict: string
  readonly kid: string
  readonly signature: Buffer
}

export type NewSeal = StoredSeal & { readonly patientKey: Uuid }

const columns: Sql = sql`s.document, s.version, s.recorded, s.activity, s.actor, s.person, s.organization, s.client,
  s.metadata, s.text, s.content, s.previous, s.submission, s.submission_text, s.verdict, s.kid, s.signature`

/** One statement, however many documents a submission has. */
export async function insertSeals(transaction: Runner, seals: readonly NewSeal[]): Promise<void> {
  await transaction.run(sealInsertion(seals).statement)
}

export function sealInsertion(seals: readonly NewSeal[]): Write {
  const [only, another] = seals
  const rows = only && !another ? sql`values (${valuesOf(only)})` : recordsOf(seals)
  return {
    statement: sql`insert into seal (patient_key, document, version, recorded, activity, actor, person, organization, client,
        metadata, text, content, previous, submission, submission_text, verdict, kid, signature)
      ${rows}`,
  }
}

/** Most submissions have one document: its bytes as they are, and nothing to take apart. */
function valuesOf(s: NewSeal): Sql {
  return sql`${s.patientKey}::uuid, ${s.document}::uuid, ${s.version}::integer, ${timestamp(s.recorded)}::timestamptz,
    ${s.activity}::text, ${s.actor}::text, ${s.person}::text, ${s.organization}::text, ${s.client}::text,
    ${s.metadata}::bytea, ${s.text}::bytea, ${s.content}::bytea, ${s.previous}::bytea, ${s.submission}::uuid,
    ${s.submission_text}::bytea, ${s.verdict}::text, ${s.kid}::text, ${s.signature}::bytea`
}

function recordsOf(seals: readonly NewSeal[]): Sql {
  const rows = seals.map(({ patientKey, recorded, ...seal }) => ({
    ...seal,
    patient_key: patientKey,
    recorded: timestamp(recorded),
    metadata: hex(seal.metadata),
    text: hex(seal.text),
    content: hex(seal.content),
    previous: hex(seal.previous),
    submission_text: hex(seal.submission_text),
    signature: hex(seal.signature),
  }))
  return sql`select r.patient_key, r.document, r.version, r.recorded, r.activity, r.actor, r.person, r.organization,
      r.client, r.metadata, r.text, r.content, r.previous, r.submission, r.submission_text, r.verdict, r.kid, r.signature
    from json_to_recordset(${JSON.stringify(rows)}::json) as r(patient_key uuid, document uuid, version integer,
      recorded timestamptz, activity text, actor text, person text, organization text, client text, metadata bytea,
      text bytea, content bytea, previous bytea, submission uuid, submission_text bytea, verdict text, kid text,
      signature bytea)`
}

function hex(bytes: Buffer | null): string | null {
  return bytes && `\\x${bytes.toString('hex')}`
}

/** Of one document, the oldest version first. For who has seen it. */
export async function readSeals(db: Runner, patientKey: Uuid, document: Uuid): Promise<StoredSeal[]> {
  return db.run<StoredSeal>(
    sql`select ${columns} from seal s
      where s.patient_key = ${patientKey}::uuid and s.document = ${document}::uuid order by s.version`,
  )
}

export type SealPosition = { readonly recorded: number; readonly document: Uuid; readonly version: number }

export type SealTarget = { readonly document: Uuid; readonly version: number | undefined }

export type SealQuery = {
  readonly patientKey: Uuid
  /** Each is met by one of its alternatives: a document, or a version of one. */
  readonly targets: readonly (readonly SealTarget[])[]
  /** Each is met by one of its alternatives. */
  readonly recorded: readonly (readonly DateValue[])[]
  readonly after: SealPosition | undefined
  readonly limit: number
}

/** Seals of the documents that a scope shows, the newest first. */
export async function searchSeals(
  db: Runner,
  scope: DocumentScope,
  query: SealQuery,
): Promise<{ readonly seals: readonly StoredSeal[]; readonly more: boolean }> {
  const { after, limit } = query
  const beyond = after
    ? sql`and (s.recorded, s.document, s.version) <
        (${timestamp(after.recorded)}::timestamptz, ${after.document}::uuid, ${after.version}::integer)`
    : sql``
  const rows = await db.run<StoredSeal>(
    sql`select ${columns} from seal s
      join document d on d.patient_key = s.patient_key and d.id = s.document
      where ${conditions(scope, query)} ${beyond}
      order by s.recorded desc, s.document desc, s.version desc limit ${limit + 1}::integer`,
  )
  return { seals: rows.slice(0, limit), more: rows.length > limit }
}

export async function countSeals(db: Runner, scope: DocumentScope, query: SealQuery): Promise<number> {
  const [row] = await db.run<{ count: number }>(
    sql`select count(*)::integer as count from seal s
      join document d on d.patient_key = s.patient_key and d.id = s.document
      where ${conditions(scope, query)}`,
  )
  return row?.count ?? 0
}

function conditions(scope: DocumentScope, { patientKey, targets, recorded }: SealQuery): Sql {
  const at = sql`s.recorded`
  return joinSql(
    [
      sql`s.patient_key = ${patientKey}::uuid`,
      sql`d.patient_key = ${patientKey}::uuid`,
      documentCondition(scope),
      ...targets.map(oneOfTargets),
      ...recorded.map((values) => oneOf(values.map((value) => dateCondition(at, at, value)))),
    ],
    ' and ',
  )
}

function oneOfTargets(targets: readonly SealTarget[]): Sql {
  return oneOf(
    targets.map(({ document, version }) =>
      version === undefined
        ? sql`s.document = ${document}::uuid`
        : sql`(s.document = ${document}::uuid and s.version = ${version}::integer)`,
    ),
  )
}

/** No alternative: nothing meets it. */
function oneOf(alternatives: readonly Sql[]): Sql {
  return alternatives.length > 0 ? sql`(${joinSql(alternatives, ' or ')})` : sql`false`
}
