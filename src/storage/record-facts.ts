/**
 * The policy facts of a record: its row, and whether it is the caller's own.
 */
import type { Uuid } from '../fhir/id.ts'
import type { InsIdentifier } from '../policy/caller.ts'
import type { ActorId, CareTeamFacts, RecordFacts, Relation, Representation } from '../policy/facts.ts'
import { firstAccessKey } from '../policy/rules/a10-notices.ts'
import type { Runner } from './database.ts'
import { type Sql, sql } from './sql.ts'
import { milliseconds } from './timestamp.ts'

/** Who asks, as far as a record may know them. */
export type Asker = {
  /** The INS of the caller, or of the person for whom it acts: the record is theirs. */
  readonly holder?: InsIdentifier
  /** The caller's own INS, when it acts for the holder (rule P2). */
  readonly representative?: InsIdentifier
  /** `ps:…` of a professional, whose first access is announced (rule A10). */
  readonly professional?: string
}

/** One column for all: pg describes each column of each answer anew, which costs more than the JSON of a few facts. */
export type FactsRow = {
  readonly facts: {
    readonly key: Uuid
    readonly status: 'open' | 'closed'
    readonly authorised: readonly ActorId[]
    readonly until: readonly string[]
    readonly blocked: readonly ActorId[]
    readonly medecinTraitant: string
    readonly careTeams: readonly CareTeamFacts[]
    readonly brisDeGlace: boolean
    readonly centre15: boolean
    readonly masked: boolean
    readonly maskedByDefault: boolean
    readonly noticesOfChanges: boolean
    readonly birthDate: string
    readonly version: number
    readonly holder: boolean
    readonly representation: {
      readonly kind: Representation['kind']
      readonly until: string
      readonly consent: Uuid
    } | null
    readonly announced: boolean
  }
}

export type KnownRecord = Relation & {
  readonly facts: RecordFacts
  /** The Consent by which the caller acts for the holder: what a trace names it by (T5). */
  readonly representedBy?: Uuid
}

/** A column of `record r`. */
export function factsColumns(asker: Asker): Sql {
  return sql`json_build_object('key', r.patient_key, 'status', r.status, 'authorised', r.authorised_ids,
    'until', r.authorised_until::text[], 'blocked', r.blocked_ids, 'medecinTraitant', r.medecin_traitant,
    'careTeams', r.care_teams, 'brisDeGlace', r.bris_de_glace_allowed, 'centre15', r.centre_15_allowed,
    'masked', r.masked_in_emergency, 'maskedByDefault', r.masked_by_default,
    'noticesOfChanges', r.notices_of_changes, 'birthDate', r.birth_date, 'version', r.version,
    'holder', ${isHolder(asker.holder)}, 'representation', ${representation(asker.representative)},
    'announced', ${isAnnounced(asker.professional)}) as facts`
}

function isHolder(ins: InsIdentifier | undefined): Sql {
  if (!ins) return sql`false`
  return sql`exists (select from patient_identifier h
    where h.system = ${ins.system}::text and h.value = ${ins.value}::text and h.patient_key = r.patient_key)`
}

function representation(ins: InsIdentifier | undefined): Sql {
  if (!ins) return sql`null`
  return sql`(select json_build_object('kind', p.kind, 'until', p.valid_until::text, 'consent', p.consent_id)
    from representation p
    where p.patient_key = r.patient_key and p.system = ${ins.system}::text and p.value = ${ins.value}::text)`
}

function isAnnounced(professional: string | undefined): Sql {
  if (!professional) return sql`true`
  return sql`exists (select from notice n
    where n.patient_key = r.patient_key and n.key = ${firstAccessKey(professional)}::text)`
}

export function knownRecord({ facts: row }: FactsRow): KnownRecord {
  const {
    key,
    authorised,
    until,
    brisDeGlace,
    centre15,
    masked,
    holder,
    representation,
    announced,
    ...same
  } = row
  return {
    facts: {
      ...same,
      patientKey: key,
      authorisations: authorised.map((actor, i) => ({ actor, until: milliseconds(until[i] ?? '-infinity') })),
      emergency: { brisDeGlace, centre15, masked },
    },
    holder,
    representation: representation
      ? { kind: representation.kind, until: milliseconds(representation.until) }
      : undefined,
    announced,
    ...(representation ? { representedBy: representation.consent } : {}),
  }
}

export async function findRecord(
  db: Runner,
  patientKey: Uuid,
  asker: Asker,
): Promise<KnownRecord | undefined> {
  const [row] = await db.run<FactsRow>(
    sql`select ${factsColumns(asker)} from record r where r.patient_key = ${patientKey}::uuid`,
  )
  return row && knownRecord(row)
}

/**
 * The same, held until the transaction ends: what was decided stays true until what it allowed is written, and two
 * changes of one record come one after the other (every writer takes this lock first, hence no deadlock).
 */
export async function lockRecord(
  transaction: Runner,
  patientKey: Uuid,
  asker: Asker,
  strength: 'share' | 'change',
): Promise<KnownRecord | undefined> {
  const lock = strength === 'share' ? sql`for share of r` : sql`for no key update of r`
  const [row] = await transaction.run<FactsRow>(
    sql`select ${factsColumns(asker)} from record r where r.patient_key = ${patientKey}::uuid ${lock}`,
  )
  return row && knownRecord(row)
}

/** The record to which an INS, present or past, leads (rule I2). */
export async function findPatientKey(db: Runner, ins: InsIdentifier): Promise<Uuid | undefined> {
  const [row] = await db.run<{ patient_key: Uuid }>(
    sql`select p.patient_key from patient_identifier p
      where p.system = ${ins.system}::text and p.value = ${ins.value}::text`,
  )
  return row?.patient_key
}
