/**
 * Why data were asked for, in v3-ActReason (PurposeOfUse), and by which mode of access: what a professional's mode says,
 * and for everybody else what the actor is there for. Our reading: no French text maps actors to these codes.
 * @see https://terminology.hl7.org/CodeSystem-v3-ActReason.html; TRE_R248; docs/audit-forms.md "Purpose"
 */
import type { JsonObject } from '../../fhir/json.ts'
import { withoutMatriculesInText } from '../../fhir/without-matricules.ts'
import type { TokenActor } from '../../policy/caller.ts'
import type { Coding } from './coded.ts'
import { isAsked, isKnownActor, type ShownTrace } from './shown-trace.ts'

const ACT_REASON = 'http://terminology.hl7.org/CodeSystem/v3-ActReason'
const ACCESS_MODE = 'https://mos.esante.gouv.fr/NOS/TRE_R248_ModeAcces/FHIR/TRE-R248-ModeAcces'

const reason = (code: string, display: string): Coding => ({ system: ACT_REASON, code, display })

const treatment = reason('TREAT', 'treatment')
const emergencies: Readonly<Record<string, Coding>> = {
  bris_de_glace: reason('BTG', 'break the glass'),
  centre_15: reason('ETREAT', 'Emergency Treatment'),
}
const byActor = {
  PS: treatment,
  NON_PS: treatment,
  STRUCTURE: treatment,
  PATIENT: reason('PATRQT', 'patient requested'),
  REPRESENTANT_LEGAL: reason('PWATRNY', 'power of attorney'),
  AIDANT: reason('SUPNWK', 'support network'),
  ASSURANCE_MALADIE: reason('HPAYMT', 'healthcare payment'),
  AUDITEUR: reason('HCOMPL', 'health compliance'),
  ADMINISTRATION: reason('PATADMIN', 'patient administration'),
} as const satisfies Record<TokenActor, Coding>
/** What the server does to the record by itself, and its operator at the command line. */
const ofTheServer = reason('RECORDMGT', 'records management')

const modeWords: Readonly<Record<string, string>> = {
  normal: 'Accès normal',
  bris_de_glace: 'Accès en bris de glace',
  centre_15: 'Accès par un centre de régulation médicale',
}

/** Undefined when nobody is known to have asked: no purpose can be claimed for a caller without a token. */
export function purposeOf(trace: ShownTrace): JsonObject | undefined {
  if (!isKnownActor(trace)) return isAsked(trace) ? undefined : { coding: [ofTheServer] }
  const { actor, mode } = trace
  const of = emergencies[mode] ?? (isTokenActor(actor) ? byActor[actor] : treatment)
  const words = modeWords[mode]
  const declared: Coding = { system: ACCESS_MODE, code: mode, ...(words ? { display: words } : {}) }
  return { coding: [of, declared] }
}

/** The same with the motive of an emergency, as the professional wrote it. */
export function purposeOfEvent(trace: ShownTrace): JsonObject | undefined {
  const purpose = purposeOf(trace)
  if (!purpose || trace.motive === '') return purpose
  return { ...purpose, text: withoutMatriculesInText(trace.motive) }
}

function isTokenActor(actor: string): actor is TokenActor {
  return Object.hasOwn(byActor, actor)
}
