/**
 * Who has a standing in which record: authorised, médecin traitant, of a care team. Kept beside the record's facts, in
 * their transaction, so that "the records that authorise me" (F3, TD0.4) are read off an index, newest first. It finds
 * candidates: policy decides on each record listed.
 */
import type { Uuid } from '../../fhir/id.ts'
import type { ActorId, RecordFacts } from '../../policy/facts.ts'
import type { TimePosition } from '../../search/time-position.ts'
import type { Runner } from '../database.ts'
import { type Sql, sql } from '../sql.ts'
import { timestamp } from '../timestamp.ts'
import { type Asker, type FactsRow, factsColumns, type KnownRecord, knownRecord } from './record-facts.ts'

/** Under the record's lock. A standing that is renewed keeps its date; one that had ended begins anew. */
export async function writeStanding(transaction: Runner, facts: RecordFacts, now: number): Promise<void> {
  const until = new Map<ActorId, number>()
  const add = (actor: ActorId, end: number): void =>
    void until.set(actor, Math.max(end, until.get(actor) ?? Number.NEGATIVE_INFINITY))
  for (const { actor, until: end } of facts.authorisations) add(actor, end)
  // An id is a text here, and none when the patient has no médecin traitant.
  if (facts.medecinTraitant.startsWith('ps:')) add(facts.medecinTraitant as ActorId, Number.POSITIVE_INFINITY)
  for (const team of facts.careTeams)
    for (const member of team.members) add(member, team.until ?? Number.POSITIVE_INFINITY)
  const actors = [...until.keys()]
  const ends = [...until.values()].map(timestamp)
  const at = timestamp(now)
  await Promise.all([
    transaction.run(
      sql`delete from standing s where s.patient_key = ${facts.patientKey}::uuid and s.actor <> all(${actors}::text[])`,
    ),
    actors.length === 0
      ? undefined
      : transaction.run(
          sql`insert into standing as s (patient_key, actor, since, valid_until)
            select ${facts.patientKey}::uuid, a.actor, ${at}::timestamptz, a.until
              from unnest(${actors}::text[], ${ends}::timestamptz[]) as a(actor, until)
            on conflict (patient_key, actor) do update set valid_until = excluded.valid_until,
              since = case when s.valid_until <= excluded.since then excluded.since else s.since end
              where s.valid_until <> excluded.valid_until`,
        ),
  ])
}

export type ListedRecord = {
  readonly patientKey: Uuid
  /** Milliseconds since 1970. */
  readonly since: number
  readonly until: number
  readonly record: KnownRecord
  /** The Patient, as stored. */
  readonly version: number
  readonly body: string
}

type Row = FactsRow & {
  readonly patient_key: Uuid
  readonly since: number
  readonly valid_until: number
  readonly version: number
  readonly body: string
}

/** Open records in which this actor has a standing now, newest first. @param since milliseconds since 1970, included */
export async function listStanding(
  db: Runner,
  actor: ActorId,
  asker: Asker,
  {
    now,
    since,
    after,
    limit,
  }: {
    readonly now: number
    readonly since: number
    readonly after: TimePosition | undefined
    readonly limit: number
  },
): Promise<ListedRecord[]> {
  const beyond: Sql = after
    ? sql`(s.since, s.patient_key) < (${timestamp(after.at)}::timestamptz, ${after.id}::uuid)`
    : sql`true`
  const rows = await db.run<Row>(
    sql`select s.patient_key, s.since, s.valid_until, p.version, p.body, ${factsColumns(asker)}
      from standing s
      join record r on r.patient_key = s.patient_key and r.status = 'open'
      join resource p on p.patient_key = s.patient_key and p.type = 'Patient' and p.id = s.patient_key::text
      where s.actor = ${actor}::text and s.valid_until > ${timestamp(now)}::timestamptz
        and s.since >= ${timestamp(since)}::timestamptz and ${beyond}
      order by s.since desc, s.patient_key desc limit ${limit}::integer`,
  )
  return rows.map((row) => ({
    patientKey: row.patient_key,
    since: row.since,
    until: row.valid_until,
    record: knownRecord(row),
    version: row.version,
    body: row.body,
  }))
}
