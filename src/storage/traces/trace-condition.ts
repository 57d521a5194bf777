/**
 * Which traces of a record are asked for, as an algebra over what a trace says, and the same in SQL over the columns of
 * `audit a`. Whoever reads traces reads them through here: the criteria of a search and what bounds the reader are one
 * `where`, before the limit.
 * @see docs/policy.md T4, V5, V7; src/storage/traces/trace-columns.ts (what the columns hold)
 */
import type { Uuid } from '../../fhir/id.ts'
import type { DocumentScope } from '../../policy/document-scope.ts'
import type { TraceReach } from '../../policy/rules/t4-traces.ts'
import type { DateValue } from '../../search/search-expression.ts'
import { documentCondition } from '../documents/document-condition.ts'
import { listCondition, withSeen } from '../documents/list-condition.ts'
import { joinSql, type Sql, sql } from '../sql.ts'
import { actorCodes, authenticationCodes, interactionCodes, modeCodes, typeCodes } from './trace-codes.ts'
import { encodeRequestId, entityCondition } from './trace-columns.ts'
import { encodeEntities } from './trace-entities.ts'
import { traceTimeCondition } from './trace-time-condition.ts'

/** What many traces share, said by a code. */
export type CodedColumn = 'interaction' | 'outcome' | 'actor' | 'authentication' | 'mode' | 'network'
/** What a trace says of its own. */
export type TextColumn = 'person' | 'organization' | 'profession' | 'client'

export type TraceCondition =
  | { readonly kind: 'all' | 'any'; readonly of: readonly TraceCondition[] }
  | { readonly kind: 'not'; readonly of: TraceCondition }
  /** These columns have the values of one of these rows. */
  | {
      readonly kind: 'coded'
      readonly columns: readonly CodedColumn[]
      readonly rows: readonly (readonly string[])[]
    }
  | { readonly kind: 'text'; readonly column: TextColumn; readonly value: string }
  | { readonly kind: 'recorded'; readonly value: DateValue }
  | { readonly kind: 'ids'; readonly ids: readonly Uuid[] }
  | { readonly kind: 'request'; readonly id: string }
  /** Decided by this rule; `first`: it was the one that refused, or the right that was used. */
  | { readonly kind: 'rule' | 'first rule'; readonly rule: string }
  | { readonly kind: 'decided' }
  /** Names this resource: its type, the text of its own id, its version. */
  | { readonly kind: 'names'; readonly type: string; readonly id: string; readonly version?: number }
  /** Names nothing that this scope hides; `undefined` hides everything. */
  | { readonly kind: 'nothing hidden'; readonly scope: DocumentScope | undefined }

export const every: TraceCondition = { kind: 'all', of: [] }
export const none: TraceCondition = { kind: 'any', of: [] }

export function traceCondition(patientKey: Uuid, condition: TraceCondition): Sql {
  const inner = (of: TraceCondition): Sql => traceCondition(patientKey, of)
  switch (condition.kind) {
    case 'all':
      return condition.of.length === 0 ? sql`true` : sql`(${joinSql(condition.of.map(inner), ' and ')})`
    case 'any':
      return condition.of.length === 0 ? sql`false` : sql`(${joinSql(condition.of.map(inner), ' or ')})`
    case 'not':
      return sql`not ${inner(condition.of)}`
    case 'coded':
      return codedCondition(condition.columns, condition.rows)
    case 'text':
      return sql`${texts[condition.column]} = ${condition.value}::text`
    case 'recorded':
      return traceTimeCondition(condition.value)
    case 'ids':
      return sql`a.id = any (${condition.ids}::uuid[])`
    case 'request':
      return sql`a.request_id = ${encodeRequestId(condition.id)}::bytea`
    case 'rule':
      return sql`${condition.rule}::text = any (string_to_array(a.rules, ' '))`
    case 'first rule':
      return sql`split_part(a.rules, ' ', 1) = ${condition.rule}::text`
    case 'decided':
      return sql`a.rules <> ''`
    case 'names':
      return namesCondition(condition)
    case 'nothing hidden':
      return nothingHidden(patientKey, condition.scope)
  }
}

/** What bounds the reader. */
export function reachCondition(patientKey: Uuid, reach: TraceReach): Sql {
  if (reach === 'all') return sql`true`
  if (reach === 'all-but-secrets') return withoutSecrets(patientKey)
  return sql`a.person = ${reach.person}::text`
}

const texts = {
  person: sql`a.person`,
  organization: sql`a.organization`,
  profession: sql`a.profession`,
  client: sql`a.client`,
} as const satisfies Record<TextColumn, Sql>

const outcomes = { '0': 0, '4': 4, '8': 8 } as const

type Coded = { readonly column: Sql; readonly type: Sql; readonly codes: Readonly<Record<string, unknown>> }

const coded: Readonly<Record<CodedColumn, Coded>> = {
  interaction: { column: sql`a.interaction`, type: sql`smallint`, codes: interactionCodes },
  outcome: {
    column: sql`case when a.status < 400 then 0 when a.status < 500 then 4 else 8 end`,
    type: sql`integer`,
    codes: outcomes,
  },
  actor: { column: sql`a.actor`, type: sql`"char"`, codes: actorCodes },
  authentication: { column: sql`a.authentication`, type: sql`"char"`, codes: authenticationCodes },
  mode: { column: sql`a.mode`, type: sql`"char"`, codes: modeCodes },
  // Whether somebody asked over the network: which address it was is nothing that many traces share.
  network: { column: sql`a.network <> ''`, type: sql`boolean`, codes: { '': false, asked: true } },
}

/** One text of SQL for each list of columns, however many rows. */
function codedCondition(columns: readonly CodedColumn[], rows: readonly (readonly string[])[]): Sql {
  const [first] = columns
  if (first === undefined) return rows.length > 0 ? sql`true` : sql`false`
  const lists = columns.map((column, i) => {
    const { type, codes } = coded[column]
    const values = rows.map((row) => codeOf(codes, row[i]))
    return sql`${values}::${type}[]`
  })
  const [list] = lists
  if (lists.length === 1 && list) return sql`${coded[first].column} = any (${list})`
  const names = joinSql(
    columns.map((column) => coded[column].column),
    ', ',
  )
  return sql`(${names}) in (select u.* from unnest(${joinSql(lists, ', ')}) as u)`
}

/** @throws for a name without a code: nobody could have written it, and nobody may ask for it by another's */
function codeOf(codes: Readonly<Record<string, unknown>>, name: string | undefined): unknown {
  if (name === undefined || !Object.hasOwn(codes, name)) throw new Error(`No code for ${name}`)
  return codes[name]
}

function namesCondition({ type, id, version }: Extract<TraceCondition, { kind: 'names' }>): Sql {
  if (version === undefined) return entityCondition(type, id)
  const entity = `${type}/${id}/${version}`
  // Before migration 0010 an entity stood as its text, under a mark and its length.
  const former = Buffer.concat([Buffer.of(1, entity.length), Buffer.from(entity, 'latin1')])
  return sql`(position(${encodeEntities([entity])}::bytea in a.entities) > 0
    or (a.writer = 0 and position(${former}::bytea in a.entities) > 0))`
}

/**
 * Nothing named that is hidden: neither a document nor a list by which one would be known of. What is named and gone is
 * not looked for: a record is destroyed as a whole.
 */
function nothingHidden(patientKey: Uuid, scope: DocumentScope | undefined): Sql {
  const ofRecord = sql`d.patient_key = ${patientKey}::uuid`
  const ofRecordToo = sql`l.patient_key = ${patientKey}::uuid`
  if (!scope)
    return namesNone(
      sql`select ${bytesOf('DocumentReference', sql`d.id`)} from document d where ${ofRecord}`,
      sql`select ${bytesOf('List', sql`l.id`)} from document_list l where ${ofRecordToo}`,
    )
  return namesNone(
    sql`select ${bytesOf('DocumentReference', sql`d.id`)} from document d
      where ${ofRecord} and not (${documentCondition(scope)})`,
    sql`${withSeen(patientKey, scope)} select ${bytesOf('List', sql`l.id`)} from document_list l
      where ${ofRecordToo} and not coalesce(${listCondition}, false)`,
  )
}

/**
 * V5: neither done in a secret connection nor naming a minor's secret: a document, a set that names one, a folder that holds
 * nothing else. A folder that holds more is known of by that, and a trace that were gone would tell of the secret in it. By
 * the column of the document and by no scope: in a record that is closed, where no document can be read at all, a secret is
 * one still.
 */
function withoutSecrets(patientKey: Uuid): Sql {
  const secrets = sql`from document d where d.patient_key = ${patientKey}::uuid and d.invisible_legal`
  return sql`not 'V5' = any (string_to_array(a.rules, ' ')) and ${namesNone(
    sql`select ${bytesOf('DocumentReference', sql`d.id`)} ${secrets}`,
    sql`select ${bytesOf('List', sql`l.id`)} from document_list l
      where l.patient_key = ${patientKey}::uuid and (l.documents && array(select d.id ${secrets})
        or exists (select from folder_item i where i.patient_key = l.patient_key and i.folder = l.id
            and i.document in (select d.id ${secrets}))
          and not exists (select from folder_item i where i.patient_key = l.patient_key and i.folder = l.id
            and i.document not in (select d.id ${secrets})))`,
  )}`
}

/**
 * That a trace names none of these: each query is asked once for the whole statement. What was named before migration 0010
 * stands as text, which is not compared here: such a trace is taken to name one of them.
 */
function namesNone(...of: readonly Sql[]): Sql {
  const each = of.map(
    (query) => sql`not exists (
      select from unnest(array(${query})) as hidden(bytes) where position(hidden.bytes in a.entities) > 0)`,
  )
  return sql`(a.writer <> 0 or a.entities = ''::bytea) and ${joinSql(each, ' and ')}`
}

/** As a trace names what has this key. */
function bytesOf(type: 'DocumentReference' | 'List', key: Sql): Sql {
  const code = Buffer.of((typeCodes[type] ?? 0) * 2)
  return sql`${code}::bytea || uuid_send(${key})`
}
