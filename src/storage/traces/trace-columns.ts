/**
 * Between a trace as everybody knows it, in words, and its narrow row: codes for names, bytes for ids, nothing that
 * follows from something else. Where others need a condition in SQL, the pieces for it are here too.
 * @see migrations/0010_audit_chain.sql, docs/audit.md "The row"
 */
import { timeOfUuid, type Uuid } from '../../fhir/id.ts'
import { type Sql, sql } from '../sql.ts'
import { UUID_BYTES, writeUuid } from '../uuid-bytes.ts'
import {
  actorCodes,
  authenticationCodes,
  interactionCodes,
  modeCodes,
  namesOf,
  OTHER_TYPE,
  typeCodes,
} from './trace-codes.ts'
import { decodeEntities, encodeEntities, entityBytes, uuidOf } from './trace-entities.ts'
import type { TraceColumns, TraceRow } from './trace-row.ts'

export type { TraceColumns }

/** As stored; `recorded` in milliseconds since 1970. */
export type StoredTrace = Omit<TraceRow, 'recorded' | 'notices' | 'chain'> & { readonly recorded: number }

/** For `select … from audit a`. */
export const traceColumns: Sql = traceColumnsWith(sql`a.entities`)

/** The same with less in one. @param entities as they are packed, or none: an empty `bytea` */
export function traceColumnsWith(entities: Sql): Sql {
  return sql`a.patient_key, a.id, a.interaction, a.status, a.resource_type, a.actor,
    a.authentication, a.mode, a.on_behalf, a.person, a.organization, a.profession, a.client, a.network, a.motive, a.rules,
    a.error, a.query, a.request_id, ${entities} as entities`
}

const UUID_TEXT = 36

const interactionNames = namesOf<number>(interactionCodes)
const actorNames = namesOf<string>(actorCodes)
const authenticationNames = namesOf<string>(authenticationCodes)
const modeNames = namesOf<string>(modeCodes)
const typeNames = namesOf(typeCodes)

/** @throws RangeError for what has no code, or no room */
export function encodeTrace(row: Omit<TraceRow, 'notices' | 'chain' | 'recorded'>): TraceColumns {
  const type = typeCodes[row.resource_type] ?? OTHER_TYPE
  return {
    patient_key: row.patient_key,
    id: row.id,
    interaction: codeOf<number>(interactionCodes, row.interaction),
    status: row.status,
    resource_type: type,
    actor: codeOf<string>(actorCodes, row.actor),
    authentication: codeOf<string>(authenticationCodes, row.authentication),
    mode: codeOf<string>(modeCodes, row.mode),
    on_behalf: row.on_behalf_of !== null,
    person: row.person,
    organization: row.organization,
    profession: row.profession,
    client: row.client,
    network: row.network,
    motive: row.motive,
    rules: row.rules.join(' '),
    error: row.error,
    query: type === OTHER_TYPE ? `${row.resource_type}?${row.query}` : row.query,
    request_id: encodeRequestId(row.request_id),
    entities: encodeEntities(row.entities),
  }
}

export function decodeTrace(columns: TraceColumns): StoredTrace {
  const interaction = nameOf(interactionNames, columns.interaction)
  const [type, query] = typeAndQuery(columns)
  return {
    patient_key: columns.patient_key,
    id: columns.id,
    recorded: timeOfUuid(columns.id),
    interaction,
    outcome: outcomeOf(columns.status),
    status: columns.status,
    error: columns.error,
    actor: nameOf(actorNames, columns.actor),
    authentication: nameOf(authenticationNames, columns.authentication),
    person: columns.person,
    organization: columns.organization,
    profession: columns.profession,
    client: columns.client,
    on_behalf_of: columns.on_behalf ? columns.patient_key : null,
    mode: nameOf(modeNames, columns.mode),
    motive: columns.motive,
    rules: columns.rules === '' ? [] : columns.rules.split(' '),
    resource_type: type,
    entities: decodeEntities(columns.entities),
    query,
    request_id: decodeRequestId(columns.request_id),
    network: columns.network,
  }
}

/** 0 success, 4 refused, 8 failed, as AuditEvent.outcome. */
export function outcomeOf(status: number): '0' | '4' | '8' {
  return status < 400 ? '0' : status < 500 ? '4' : '8'
}

/** The least id of a time: ids from it on are of that millisecond or later. @param milliseconds since 1970, from 0 */
export function firstIdOf(milliseconds: number): Uuid {
  const time = Math.min(Math.max(Math.ceil(milliseconds), 0), 2 ** 48 - 1)
  const hex = time.toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000` as Uuid
}

/** The same of a time in the database. */
export function firstIdAt(time: Sql): Sql {
  return sql`(lpad(to_hex((extract(epoch from ${time}) * 1000)::bigint), 12, '0') || '00000000000000000000')::uuid`
}

/** That a trace names this resource, in whatever version. @param id its text in the entity */
export function entityCondition(type: string, id: string): Sql {
  // The text of before migration 0010 has a slash on either side of the id: it is whole.
  const former = Buffer.from(`${type}/${id}/`, 'utf8')
  return sql`(position(${entityBytes(type, id)}::bytea in a.entities) > 0
    or (a.writer = 0 and position(${former}::bytea in a.entities) > 0))`
}

/**
 * That a trace names this version of a resource. Before migration 0010 an entity was kept as its text, behind its length.
 * @param id its text in the entity
 * @param version below 16,384
 */
export function versionCondition(type: string, id: string, version: Sql): Sql {
  const number = sql`case when ${version} < 128 then set_byte('\\x00'::bytea, 0, ${version})
    else set_byte(set_byte('\\x0000'::bytea, 0, 128 + (${version}) % 128), 1, (${version}) / 128) end`
  const former = sql`${`${type}/${id}/`}::text || (${version})::text`
  return sql`(position(${entityBytes(type, id)}::bytea || ${number} in a.entities) > 0
    or (a.writer = 0 and position('\\x01'::bytea || set_byte('\\x00'::bytea, 0, octet_length(${former}))
      || convert_to(${former}, 'UTF8') in a.entities) > 0))`
}

/** 0 and the 16 bytes of a UUID, as this server makes them; what a client gave itself stands as its text. */
export function encodeRequestId(id: string): Buffer {
  if (id.length === UUID_TEXT) {
    const bytes = Buffer.allocUnsafe(1 + UUID_BYTES)
    bytes[0] = 0
    if (writeUuid(id, bytes, 1)) return bytes
  }
  if (id.startsWith('\0')) throw new RangeError('A request id begins with U+0000')
  return Buffer.from(id, 'utf8')
}

function decodeRequestId(bytes: Buffer): string {
  return bytes[0] === 0 ? uuidOf(bytes.subarray(1)) : bytes.toString('utf8')
}

function typeAndQuery({ resource_type: code, query }: TraceColumns): readonly [string, string] {
  if (code !== OTHER_TYPE) return [nameOf(typeNames, code), query]
  const end = query.indexOf('?')
  return [query.slice(0, end), query.slice(end + 1)]
}

function codeOf<Code>(codes: Readonly<Record<string, Code>>, name: string): Code {
  const code = Object.hasOwn(codes, name) ? codes[name] : undefined
  if (code === undefined) throw new RangeError('A trace says what has no code')
  return code
}

function nameOf<Code>(names: ReadonlyMap<Code, string>, code: Code): string {
  const name = names.get(code)
  if (name === undefined) throw new Error(`A trace holds the unknown code ${String(code)}`)
  return name
}
