/** Requests that nobody sent: what the interactions need to know of one, for made-up callers of made-up records. */
import type { InteractionName } from '../../audit/interaction-names.ts'
import type { DmpEngine } from '../../interactions/dmp/dmp-engine.ts'
import type { DmpExchange } from '../../interactions/dmp/dmp-exchange.ts'
import { startTrace } from '../../interactions/start-trace.ts'
import type { Caller } from '../../policy/caller.ts'
import { identityFromClaims } from '../../policy/identity-from-claims.ts'
import type { Persona } from '../../sandbox/persona.ts'
import { claimsOfPersona } from '../../sandbox/persona-claims.ts'

export function madeUpCaller(persona: Persona): Caller {
  const read = identityFromClaims(claimsOfPersona(persona), true)
  if ('fault' in read) throw new Error(`A made-up caller without a sound ${read.fault}`)
  return { ...read.identity, scopes: [], client: 'dmp seed', tokenId: '', key: 'dmp seed' }
}

/** The structure that sends what its professionals wrote. */
export function structureNamed(structureId: string): Persona {
  return { actor: 'STRUCTURE', authentication: 'INDIRECTE', structureId }
}

/** @param nationalId PS_IdNat of one who is authorised in every record */
export function generalPractitioner(nationalId: string): Persona {
  return {
    actor: 'PS',
    authentication: 'DIRECTE',
    nationalId,
    profession: '10',
    speciality: 'SM26',
    structureId: '1750000001',
  }
}

export function madeUpExchange(
  engine: DmpEngine,
  caller: Caller,
  interaction: InteractionName,
  now: number,
): DmpExchange {
  const trace = startTrace(engine, interaction, { now, requestId: 'dmp-seed', network: '' })
  trace.calledBy(caller, 'normal', '')
  return {
    caller,
    mode: 'normal',
    motive: '',
    covered: 'every',
    language: 'fr',
    now,
    trace,
    handling: 'strict',
    prefer: 'minimal',
  }
}
