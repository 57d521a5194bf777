/**
 * The events of one subscription: what is to be told, with the documents as they are now; what was told, by number.
 * Whether the subscriber may see a document is decided on what comes back, by `holds`: nothing leaves before.
 */
import type { ResourceId, Uuid } from '../../fhir/id.ts'
import type { Runner } from '../database.ts'
import {
  type DocumentRow,
  documentColumns,
  type StoredDocument,
  storedDocument,
} from '../documents/read-document.ts'
import { type Sql, sql } from '../sql.ts'
import { timestamp } from '../timestamp.ts'

export type OutboxEvent = {
  readonly focus: string
  /** The document or the trace. */
  readonly subject: Uuid
  readonly version: number
  /** Milliseconds since 1970. */
  readonly recorded: number
  /** 0 as long as it has none. */
  readonly number: number
  /** Undefined for a trace. */
  readonly document?: StoredDocument
}

type Row = Omit<DocumentRow, 'version'> & {
  readonly focus: string
  readonly subject: Uuid
  readonly event_version: number
  readonly recorded: number
  readonly number: number
  readonly version: number
}

/** In the order in which they happened, each document's own versions never the wrong way round. */
export async function eventsToTell(
  transaction: Runner,
  at: ResourceId,
  state: 'pending' | 'numbered',
  limit: number,
): Promise<OutboxEvent[]> {
  return read(
    transaction,
    at,
    sql`e.state = ${state}::text`,
    sql`order by e.number, e.recorded, e.version, e.focus limit ${limit}::integer`,
  )
}

/** What was told, by number, the first of them first: for $events. */
export async function toldEvents(
  runner: Runner,
  at: ResourceId,
  range: { readonly from: number; readonly until: number },
  limit: number,
): Promise<OutboxEvent[]> {
  return read(
    runner,
    at,
    sql`e.state in ('numbered', 'received') and e.number between ${range.from}::integer and ${range.until}::integer`,
    sql`order by e.number limit ${limit}::integer`,
  )
}

async function read(runner: Runner, at: ResourceId, which: Sql, order: Sql): Promise<OutboxEvent[]> {
  const rows = await runner.run<Row>(
    sql`select e.focus, e.subject, e.version as event_version, e.recorded, e.number, ${documentColumns}, d.body
      from subscription_event e
      left join document d on d.patient_key = e.patient_key and d.id = e.subject
      where e.patient_key = ${at.patientKey}::uuid and e.subscription = ${at.id}::uuid and ${which} ${order}`,
  )
  return rows.map((row) => {
    const document = storedDocument(row)
    const { focus, subject, event_version: version, recorded, number } = row
    return { focus, subject, version, recorded, number, ...(document ? { document } : {}) }
  })
}

/** Gives these events the numbers that follow, in their order. Until they are received there is something to do. */
export async function numberEvents(
  transaction: Runner,
  at: ResourceId,
  first: number,
  focuses: readonly string[],
  now: number,
): Promise<void> {
  const numbers = focuses.map((_, i) => first + i)
  await transaction.run(
    sql`update subscription_event e set state = 'numbered', number = n.number
      from unnest(${[...focuses]}::text[], ${numbers}::integer[]) as n(focus, number)
      where e.patient_key = ${at.patientKey}::uuid and e.subscription = ${at.id}::uuid and e.focus = n.focus`,
  )
  await transaction.run(
    sql`update subscription s set numbered = ${first + focuses.length - 1}::integer,
        due_at = ${timestamp(now)}::timestamptz
      where s.patient_key = ${at.patientKey}::uuid and s.id = ${at.id}::uuid`,
  )
}

/** What the subscriber may not see: a deposit waits for a change of the document, the rest is forgotten. */
export async function keepBack(
  transaction: Runner,
  at: ResourceId,
  focuses: readonly string[],
  fate: 'park' | 'forget',
): Promise<void> {
  const where = sql`e.patient_key = ${at.patientKey}::uuid and e.subscription = ${at.id}::uuid
    and e.focus = any(${[...focuses]}::text[])`
  await transaction.run(
    fate === 'park'
      ? sql`update subscription_event e set state = 'parked' where ${where}`
      : sql`delete from subscription_event e where ${where}`,
  )
}

export async function markReceived(transaction: Runner, at: ResourceId, upTo: number): Promise<void> {
  await transaction.run(
    sql`update subscription_event e set state = 'received'
      where e.patient_key = ${at.patientKey}::uuid and e.subscription = ${at.id}::uuid and e.state = 'numbered'
        and e.number <= ${upTo}::integer`,
  )
}

/** What was received before then is no longer kept for $events. @returns how many rows went */
export async function forgetReceived(runner: Runner, before: number, limit: number): Promise<number> {
  const rows = await runner.run(
    sql`delete from subscription_event e using (
        select o.patient_key, o.subscription, o.focus from subscription_event o
        where o.state = 'received' and o.recorded < ${timestamp(before)}::timestamptz
        order by o.recorded limit ${limit}::integer) old
      where e.patient_key = old.patient_key and e.subscription = old.subscription and e.focus = old.focus
      returning e.focus`,
  )
  return rows.length
}
