/**
 * The rules of docs/policy.md a second time: slow, without indexes, without SQL, and without a line of src/policy. Of the
 * project it reads the two matrices as files, cell by cell.
 */
import type { AccessMode } from '../../src/policy/caller.ts'
import type { Persona } from '../../src/sandbox/persona.ts'
import { profiles } from '../support/profiles.ts'
import type { Model, ModelDocument, ModelRecord } from './model.ts'

export type Ask = {
  readonly who: Persona
  readonly mode: AccessMode
  readonly motive: string
  readonly now: number
}
/** A refusal as tests write it: status, code and rule. */
export type Refusal = { readonly status: number; readonly error: string; readonly rule: string }

export const UNKNOWN: Refusal = { status: 404, error: 'inconnu', rule: '' }

type Consulting = 'F5' | 'F8' | 'F10'
/** Rights over documents after their deposit. */
export type Changing = 'F13' | 'F14' | 'F15' | 'F16' | 'F17'

/** What stands between this caller and what the record holds, before any document is looked at. */
export function refusalOf(ask: Ask, record: ModelRecord | undefined, right: Consulting): Refusal | undefined {
  if (!record) return UNKNOWN
  return beforeRight(ask, record) ?? withRight(ask, record, right, ['yes']) ?? beforeConsulting(ask, record)
}

function beforeRight(ask: Ask, record: ModelRecord): Refusal | undefined {
  return (
    notTheHolder(ask, record) ??
    (record.closed ? { status: 403, error: 'dossier-ferme', rule: 'A12' } : undefined)
  )
}

function withRight(
  ask: Ask,
  record: ModelRecord,
  right: Consulting | Changing,
  enough: readonly string[],
): Refusal | undefined {
  return enough.includes(worth(ask, record, right))
    ? undefined
    : { status: 403, error: 'droit-fonctionnel', rule: right }
}

function beforeConsulting(ask: Ask, record: ModelRecord): Refusal | undefined {
  const { who, mode, now } = ask
  if (!isProfessional(who)) return undefined
  if (who.nationalId && record.blocked.has(who.nationalId))
    return { status: 403, error: 'professionnel-bloque', rule: 'A3' }
  if (mode === 'normal') return notAuthorised(who, record, now)
  if (mode === 'bris_de_glace' && !record.brisDeGlace)
    return { status: 403, error: 'opposition-bris-de-glace', rule: 'A7' }
  const missing = whatModeLacks(ask)
  if (missing) return missing
  return mode === 'centre_15' && !record.centre15
    ? { status: 403, error: 'opposition-centre-15', rule: 'A7' }
    : undefined
}

/** A8's motive, A9's token: asked of every request in the mode. */
export function whatModeLacks({ who, mode, motive }: Ask): Refusal | undefined {
  if (mode === 'bris_de_glace' && (motive.length < 10 || motive.length > 500))
    return { status: 400, error: 'motif-absent', rule: 'A8' }
  return mode === 'centre_15' && !who.regulation
    ? { status: 403, error: 'regulation-absente', rule: 'A9' }
    : undefined
}

/** P1 and P2. */
export function notTheHolder({ who, now }: Ask, record: ModelRecord): Refusal | undefined {
  if (who.actor === 'PATIENT') return who.ins?.value === record.ins.value ? undefined : UNKNOWN
  if (who.actor !== 'REPRESENTANT_LEGAL' && who.actor !== 'AIDANT') return undefined
  if (who.onBehalfOf?.value !== record.ins.value) return UNKNOWN
  const known = record.representatives.get(who.ins?.value ?? '')
  return known !== undefined && known.kind === who.actor && known.until > now
    ? undefined
    : { status: 403, error: 'representation-absente', rule: 'P2' }
}

function notAuthorised(who: Persona, record: ModelRecord, now: number): Refusal | undefined {
  if (classOf(who, record) === 'MEDECIN_TRAITANT') return undefined
  const ends = [who.nationalId, who.structureId].flatMap((id) => {
    const until = id === undefined ? undefined : record.authorised.get(id)
    return until === undefined ? [] : [until]
  })
  if (ends.some((until) => until > now)) return undefined
  const self = [who.nationalId, who.structureId]
  if (record.careTeams.some(({ members, until }) => until > now && members.some((id) => self.includes(id))))
    return undefined
  return ends.length > 0
    ? { status: 403, error: 'autorisation-expiree', rule: 'A4' }
    : { status: 403, error: 'autorisation-absente', rule: 'A1' }
}

export function isProfessional({ actor }: Persona): boolean {
  return actor === 'PS' || actor === 'NON_PS' || actor === 'STRUCTURE'
}

function classOf(who: Persona, record: ModelRecord): string {
  if (who.actor !== 'PS') return who.actor
  if (who.profession !== '10') return 'PS_NON_MEDECIN'
  if (who.speciality === 'SM25') return 'MEDECIN_DU_TRAVAIL'
  return record.medecinTraitant === who.nationalId ? 'MEDECIN_TRAITANT' : 'MEDECIN'
}

/** A cell of the functional matrix, found by reading the file from its first line. */
export function worth(ask: Ask, record: ModelRecord, right: string): string {
  const actor = classOf(ask.who, record)
  for (const column of profiles.functionalRights[0]?.columns ?? []) {
    if (!column.actors.includes(actor)) continue
    if (!column.authentication.includes(ask.who.authentication)) continue
    if (!column.modes.includes(ask.mode)) continue
    return column.values === 'none' ? 'no' : (column.values[right] ?? 'no')
  }
  return 'no'
}

/** The habilitation matrix, likewise. */
export function mayReadType(profession: string | undefined, type: string): boolean {
  const table = profiles.habilitation[0]
  if (!table || profession === undefined) return false
  return table.cells.some(
    (cell) =>
      cell.value === 'allow' &&
      cell.professions.includes(profession) &&
      (cell.types === '*' || cell.types.includes(type)),
  )
}

export function isOwn(who: Persona, document: ModelDocument): boolean {
  switch (who.actor) {
    case 'PS':
      return document.authors.includes(`ps:${who.nationalId}`)
    case 'NON_PS':
    case 'STRUCTURE':
      return document.authors.includes(`st:${who.structureId}`)
    case 'PATIENT':
      return document.authors.includes('patient')
    default:
      return false
  }
}

/** Whether the document is there for this caller, who has passed `refusalOf` or asks for its own only. */
export function sees(ask: Ask, record: ModelRecord, document: ModelDocument, ownOnly = false): boolean {
  const { who } = ask
  if (who.secretConnection && !document.secret) return false
  if (ownOnly) return isOwn(who, document)
  if (isProfessional(who) && !mayReadType(who.profession, document.type)) return false
  if (document.masked && !seesMasked(ask, record, document)) return false
  const hidden = worth(ask, record, 'F12')
  if (document.pending && hidden !== 'yes') return false
  if (document.secret && (who.actor === 'REPRESENTANT_LEGAL' || who.actor === 'AIDANT')) return false
  const withdrawn = document.archived || document.status !== 'current'
  return !withdrawn || hidden === 'yes' || hidden === 'except-hidden-from-caller'
}

function seesMasked(ask: Ask, record: ModelRecord, document: ModelDocument): boolean {
  switch (worth(ask, record, 'F11')) {
    case 'yes':
    case 'except-hidden-from-caller':
      return true
    case 'own':
      return isOwn(ask.who, document)
    case 'if-masked-allowed':
      return record.maskedInEmergency || isOwn(ask.who, document)
    default:
      return false
  }
}

/**
 * What a reader of documents gets: everything it may see, or its own only (F9) where it has no right to search, or,
 * naming a document by its identifier, no authorisation.
 */
export function documentsFor(
  model: Model,
  ask: Ask,
  record: ModelRecord | undefined,
  byIdentifier: boolean,
): Refusal | ((document: ModelDocument) => boolean) {
  const refused = refusalOf(ask, record, 'F8')
  if (!record) return UNKNOWN
  const inRecord = (document: ModelDocument): boolean => model.records[document.record] === record
  if (!refused) return (document) => inRecord(document) && sees(ask, record, document)
  const givesWay = ['F8', ...(byIdentifier ? ['A1', 'A4'] : [])].includes(refused.rule)
  if (!givesWay || !findsOwn(ask, record)) return refused
  return (document) => inRecord(document) && sees(ask, record, document, true)
}

/** F9 needs no authorisation; what an emergency mode asks of everybody it asks here too. */
function findsOwn(ask: Ask, record: ModelRecord): boolean {
  const { who } = ask
  if (record.closed || worth(ask, record, 'F9') !== 'yes') return false
  if (who.nationalId && record.blocked.has(who.nationalId)) return false
  return whatModeLacks(ask) === undefined
}

const ofDocuments = ['yes', 'own', 'own-structure', 'all-but-patient-authored', 'own-or-patient-authored']

/** Whether this caller may make this change of this document; undefined: it may. */
export function changeRefusal(
  ask: Ask,
  record: ModelRecord,
  document: ModelDocument,
  right: Changing,
): Refusal | undefined {
  const search = refusalOf(ask, record, 'F8')
  // Who wrote a document may take it back, authorised or not, and so knows of it.
  const own = beforeRight(ask, record) ?? withRight(ask, record, 'F17', ofDocuments) ?? whatModeLacks(ask)
  if (search && own) return search
  const seen = (!search && sees(ask, record, document)) || (!own && sees(ask, record, document, true))
  if (!seen) return !search || search.rule === 'F8' ? UNKNOWN : search
  const enough = right === 'F14' || right === 'F16' || right === 'F17' ? ofDocuments : ['yes']
  const refused =
    beforeRight(ask, record) ??
    withRight(ask, record, right, enough) ??
    (right === 'F17' ? whatModeLacks(ask) : beforeConsulting(ask, record))
  if (refused) return refused
  if (!extendsTo(worth(ask, record, right), ask.who, document))
    return { status: 403, error: 'droit-fonctionnel', rule: right }
  return document.status === 'entered-in-error'
    ? { status: 409, error: 'document-supprime', rule: 'D3' }
    : undefined
}

function extendsTo(worthOf: string, who: Persona, document: ModelDocument): boolean {
  const own = isOwn(who, document)
  const ofPatient = document.authors.includes('patient')
  switch (worthOf) {
    case 'yes':
      return true
    case 'own':
    case 'own-structure':
      return own
    case 'all-but-patient-authored':
      return own || !ofPatient
    case 'own-or-patient-authored':
      return own || ofPatient
    default:
      return false
  }
}

/** T4: everybody's traces (to a representative, none that names a minor's secret), one's own, or a refusal. */
export function tracesFor(ask: Ask, record: ModelRecord | undefined): Refusal | 'all' | 'own' {
  if (!record) return UNKNOWN
  const stranger = notTheHolder(ask, record)
  if (stranger) return stranger
  const { who } = ask
  const actor = classOf(who, record)
  const reach =
    actor === 'PATIENT' ||
    actor === 'REPRESENTANT_LEGAL' ||
    actor === 'MEDECIN_TRAITANT' ||
    actor === 'AUDITEUR'
      ? 'all'
      : who.actor === 'PS'
        ? 'own'
        : undefined
  return reach ?? { status: 403, error: 'droit-fonctionnel', rule: 'T4' }
}
