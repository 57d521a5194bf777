/**
 * The policy facts of a record: its row, and whether it is the caller's own.
 */
import type { Uuid } from '../../fhir/id.ts'
import type { InsIdentifier } from '../../policy/caller.ts'
import type { ActorId, CareTeamFacts, RecordFacts, Relation, Representation } from '../../policy/facts.ts'
import { firstAccessKey } from '../../policy/rules/a10-notices.ts'
import type { Runner, Snapshots } from '../database.ts'
import { type Sql, sql } from '../sql.ts'
import { milliseconds } from '../timestamp.ts'

/** Who asks, as far as a record may know them. */
export type Asker = {
  /** The INS of the caller, or of the person for whom it acts: the record is theirs. */
  readonly holder?: InsIdentifier
  /** The caller's own INS, when it acts for the holder (rule P2). */
  readonly representative?: InsIdentifier
  /** `client_id` of a third-party service that calls for the holder (rule S1). */
  readonly service?: string
  /** `ps:…` of a professional, whose first access is announced (rule A10). */
  readonly professional?: string
}

/** Columns of their own, not one JSON: that costs PostgreSQL as much again as the row. */
export type FactsRow = {
  readonly r_key: Uuid
  readonly r_status: 'open' | 'closed'
  readonly r_authorised: readonly ActorId[]
  readonly r_until: readonly number[]
  readonly r_blocked: readonly ActorId[]
  readonly r_medecin_traitant: string
  readonly r_care_teams: readonly CareTeamFacts[]
  readonly r_bris_de_glace: boolean
  readonly r_centre_15: boolean
  readonly r_masked: boolean
  readonly r_masked_by_default: boolean
  readonly r_notices_of_changes: boolean
  readonly r_birth_date: string
  readonly r_version: number
  readonly r_holder: boolean
  readonly r_representation: {
    readonly kind: Representation['kind']
    readonly until: string
    readonly consent: Uuid
  } | null
  readonly r_announced: boolean
  readonly r_service: {
    readonly purposes: readonly string[]
    readonly types: readonly string[]
    readonly until: string
  } | null
}

export type KnownRecord = Relation & {
  readonly facts: RecordFacts
  /** The Consent by which the caller acts for the holder: what a trace names it by (T5). */
  readonly representedBy?: Uuid
}

/** Of `record r`. */
export function factsColumns(asker: Asker): Sql {
  return sql`r.patient_key as r_key, r.status as r_status, r.authorised_ids as r_authorised,
    r.authorised_until as r_until, r.blocked_ids as r_blocked, r.medecin_traitant as r_medecin_traitant,
    r.care_teams as r_care_teams, r.bris_de_glace_allowed as r_bris_de_glace, r.centre_15_allowed as r_centre_15,
    r.masked_in_emergency as r_masked, r.masked_by_default as r_masked_by_default,
    r.notices_of_changes as r_notices_of_changes, r.birth_date::text as r_birth_date, r.version as r_version,
    ${isHolder(asker.holder)} as r_holder, ${representation(asker.representative)} as r_representation,
    ${isAnnounced(asker.professional)} as r_announced, ${opened(asker.service)} as r_service`
}

function isHolder(ins: InsIdentifier | undefined): Sql {
  if (!ins) return sql`false`
  return sql`exists (select from patient_identifier h
    where h.system = ${ins.system}::text and h.value = ${ins.value}::text and h.patient_key = r.patient_key)`
}

function representation(ins: InsIdentifier | undefined): Sql {
  if (!ins) return sql`null::json`
  return sql`(select json_build_object('kind', p.kind, 'until', p.valid_until::text, 'consent', p.consent_id)
    from representation p
    where p.patient_key = r.patient_key and p.system = ${ins.system}::text and p.value = ${ins.value}::text)`
}

function opened(service: string | undefined): Sql {
  if (service === undefined) return sql`null::json`
  return sql`(select json_build_object('purposes', v.purposes, 'types', v.document_types, 'until', v.valid_until::text)
    from service_consent v where v.patient_key = r.patient_key and v.service = ${service}::text)`
}

function isAnnounced(professional: string | undefined): Sql {
  if (!professional) return sql`true`
  return sql`exists (select from notice n
    where n.patient_key = r.patient_key and n.key = ${firstAccessKey(professional)}::text)`
}

export function knownRecord(row: FactsRow): KnownRecord {
  const { r_representation: representation, r_service: service } = row
  return {
    facts: {
      patientKey: row.r_key,
      status: row.r_status,
      blocked: row.r_blocked,
      medecinTraitant: row.r_medecin_traitant,
      careTeams: row.r_care_teams,
      maskedByDefault: row.r_masked_by_default,
      noticesOfChanges: row.r_notices_of_changes,
      birthDate: row.r_birth_date,
      version: row.r_version,
      authorisations: row.r_authorised.map((actor, i) => ({
        actor,
        until: row.r_until[i] ?? Number.NEGATIVE_INFINITY,
      })),
      emergency: {
        brisDeGlace: row.r_bris_de_glace,
        centre15: row.r_centre_15,
        masked: row.r_masked,
      },
    },
    holder: row.r_holder,
    representation: representation
      ? { kind: representation.kind, until: milliseconds(representation.until) }
      : undefined,
    announced: row.r_announced,
    ...(service
      ? {
          service: {
            purposes: service.purposes,
            types: new Set(service.types),
            until: milliseconds(service.until),
          },
        }
      : {}),
    ...(representation ? { representedBy: representation.consent } : {}),
  }
}

export async function findRecord(
  db: Snapshots,
  patientKey: Uuid,
  asker: Asker,
): Promise<KnownRecord | undefined> {
  const [[row]] = await db.together<[FactsRow]>(factsOf(patientKey, asker))
  return row && knownRecord(row)
}

export function factsOf(patientKey: Uuid, asker: Asker): Sql {
  return sql`select ${factsColumns(asker)} from record r where r.patient_key = ${patientKey}::uuid`
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
export async function findPatientKey(db: Snapshots, ins: InsIdentifier): Promise<Uuid | undefined> {
  const [[row]] = await db.together<[{ patient_key: Uuid }]>(
    sql`select p.patient_key from patient_identifier p
      where p.system = ${ins.system}::text and p.value = ${ins.value}::text`,
  )
  return row?.patient_key
}
