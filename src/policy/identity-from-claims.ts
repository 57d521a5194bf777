/**
 * A token's claims → who calls, in the DMP's terms. Total and strict: what an actor must have and lacks, what it may
 * not have and has, an unknown word or key, each is a fault, and a fault is a refusal.
 *
 * NOT checked here: the signature and lifetime of the token (http/authentication); that the profession exists (the
 * habilitation matrix denies one it does not know); that `ins` may act for `pour` (the record says so).
 * @see docs/api.md "Tokens"; rules I1, I5, A9, V5
 */
import { parseIns } from '../dmp/identity/ins.ts'
import { isEmployeeId, isPractitionerId } from '../dmp/identity/national-identifiers.ts'
import {
  type AuthenticationMode,
  authenticationModes,
  type Caller,
  type InsIdentifier,
  type TokenActor,
  tokenActors,
} from './caller.ts'
import { type ExerciseFault, exerciseFromClaims } from './professional-exercise.ts'

export type Identity = Omit<Caller, 'service' | 'scopes' | 'client' | 'tokenId' | 'key'>
export type ClaimFault =
  | ExerciseFault
  | 'dmp'
  | 'dmp.acteur'
  | 'dmp.authentification'
  | 'dmp.ins'
  | 'dmp.pour'
  | 'dmp.connexionSecrete'
  | 'dmp.finalite'
  | 'SubjectNameID'
  | 'Acces_Regulation_Medicale'
  | 'Mode_Acces_Raison'

type Claims = Readonly<Record<string, unknown>>
type ActorRule = {
  readonly authentication: readonly AuthenticationMode[]
  /** A professional (RPPS), an employee (an id of its structure, or RPPS), or nobody whom the token need name. */
  readonly person: 'professional' | 'employee' | 'none'
  readonly structure: 'required' | 'optional' | 'none'
  readonly ins: boolean
  readonly onBehalfOf: boolean
}

const holder = { authentication: ['DIRECTE'], person: 'none', structure: 'none', ins: true } as const
const service = {
  authentication: ['DIRECTE', 'INDIRECTE'],
  person: 'none',
  structure: 'optional',
  ins: false,
} as const

const actorRules = {
  PS: {
    authentication: ['DIRECTE', 'INDIRECTE_RENFORCEE'],
    person: 'professional',
    structure: 'optional',
    ins: false,
    onBehalfOf: false,
  },
  NON_PS: {
    authentication: ['DIRECTE', 'INDIRECTE_RENFORCEE'],
    person: 'employee',
    structure: 'required',
    ins: false,
    onBehalfOf: false,
  },
  STRUCTURE: {
    authentication: ['INDIRECTE'],
    person: 'none',
    structure: 'required',
    ins: false,
    onBehalfOf: false,
  },
  PATIENT: { ...holder, onBehalfOf: false },
  REPRESENTANT_LEGAL: { ...holder, onBehalfOf: true },
  AIDANT: { ...holder, onBehalfOf: true },
  ASSURANCE_MALADIE: { ...service, onBehalfOf: false },
  AUDITEUR: { ...service, onBehalfOf: false },
  ADMINISTRATION: { ...service, onBehalfOf: false },
} as const satisfies Record<TokenActor, ActorRule>

const dmpKeys = new Set(['acteur', 'authentification', 'ins', 'pour', 'connexionSecrete', 'finalite'])
/** A code of v3-ActReason: why a software asks for a patient (rule S1). */
const purposeCode = /^[A-Z]{2,20}$/
const maxMotiveLength = 2_000

export function identityFromClaims(
  claims: Claims,
  allowTestIns: boolean,
): { readonly identity: Identity } | { readonly fault: ClaimFault } {
  const dmp = claims.dmp
  if (!isObject(dmp) || Object.keys(dmp).some((key) => !dmpKeys.has(key))) return { fault: 'dmp' }
  const actor = tokenActors.find((known) => known === dmp.acteur)
  if (actor === undefined) return { fault: 'dmp.acteur' }
  const rule: ActorRule = actorRules[actor]
  const authentication = authenticationModes.find((known) => known === dmp.authentification)
  if (authentication === undefined || !rule.authentication.includes(authentication)) {
    return { fault: 'dmp.authentification' }
  }

  const practitionerId = rule.person === 'none' ? undefined : nonEmpty(claims.SubjectNameID)
  if (!isPersonOf(rule.person, practitionerId)) return { fault: 'SubjectNameID' }

  const read = rule.structure === 'none' ? { exercise: {} } : exerciseFromClaims(claims)
  if ('fault' in read) return read
  const { profession, speciality, structureId } = read.exercise
  if (rule.person === 'professional' && profession === undefined) return { fault: 'SubjectRole' }
  // AIR is a structure's certificate with a professional behind it: without the structure there is no AIR.
  const structureRequired = rule.structure === 'required' || authentication === 'INDIRECTE_RENFORCEE'
  if (structureRequired && structureId === undefined) return { fault: 'SubjectOrganizationID' }

  const ins = readIns(dmp.ins, rule.ins, allowTestIns)
  if (ins === 'fault') return { fault: 'dmp.ins' }
  const onBehalfOf = readIns(dmp.pour, rule.onBehalfOf, allowTestIns)
  if (onBehalfOf === 'fault' || (ins && onBehalfOf?.value === ins.value)) return { fault: 'dmp.pour' }

  const secretConnection = dmp.connexionSecrete ?? false
  if (typeof secretConnection !== 'boolean' || (secretConnection && actor !== 'PS')) {
    return { fault: 'dmp.connexionSecrete' }
  }
  const purpose = dmp.finalite
  if (purpose !== undefined && (typeof purpose !== 'string' || !purposeCode.test(purpose) || !rule.ins))
    return { fault: 'dmp.finalite' }
  const regulation = claims.Acces_Regulation_Medicale ?? 'FAUX'
  if (regulation !== 'VRAI' && regulation !== 'FAUX') return { fault: 'Acces_Regulation_Medicale' }
  const motive = claims.Mode_Acces_Raison ?? ''
  if (typeof motive !== 'string' || motive.length > maxMotiveLength || /\p{Cc}|\p{Zl}|\p{Zp}/u.test(motive)) {
    return { fault: 'Mode_Acces_Raison' }
  }
  const tokenMotive = motive.trim().normalize('NFC')

  return {
    identity: {
      actor,
      authentication,
      ...(practitionerId === undefined ? {} : { practitionerId }),
      ...(profession === undefined ? {} : { profession }),
      ...(speciality === undefined ? {} : { speciality }),
      ...(structureId === undefined ? {} : { structureId }),
      ...(ins === undefined ? {} : { ins }),
      ...(onBehalfOf === undefined ? {} : { onBehalfOf }),
      regulation: regulation === 'VRAI',
      secretConnection,
      ...(purpose === undefined ? {} : { purpose }),
      ...(tokenMotive === '' ? {} : { tokenMotive }),
    },
  }
}

/** An employee's card may name only its structure; when it names a person, the id must be a good one. */
function isPersonOf(kind: ActorRule['person'], id: string | undefined): boolean {
  if (kind === 'none') return true
  if (kind === 'professional') return id !== undefined && isPractitionerId(id)
  return id === undefined || isPractitionerId(id) || isEmployeeId(id)
}

function readIns(
  claim: unknown,
  wanted: boolean,
  allowTestIns: boolean,
): InsIdentifier | undefined | 'fault' {
  if (!wanted) return claim === undefined ? undefined : 'fault'
  if (!isObject(claim)) return 'fault'
  const { system, value, ...more } = claim
  if (typeof system !== 'string' || typeof value !== 'string' || Object.keys(more).length > 0) return 'fault'
  return parseIns(system, value, allowTestIns) ?? 'fault'
}

/** A non-text claim stays visible as a text that no identifier's pattern accepts. */
function nonEmpty(claim: unknown): string | undefined {
  if (claim === undefined || claim === '') return undefined
  return typeof claim === 'string' ? claim : '?'
}

function isObject(value: unknown): value is Claims {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
