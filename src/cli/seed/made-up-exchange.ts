/** Requests that nobody sent: what the interactions need to know of one, for made-up callers of made-up records. */
import type { InteractionName } from '../../audit/interaction-names.ts'
import type { DmpEngine } from '../../interactions/dmp/dmp-engine.ts'
import type { DmpExchange } from '../../interactions/dmp/dmp-exchange.ts'
import { startTrace } from '../../interactions/start-trace.ts'
import { identityFromClaims } from '../../policy/identity-from-claims.ts'
import type { Persona } from '../../sandbox/persona.ts'
import { claimsOfPersona } from '../../sandbox/persona-claims.ts'

export function madeUpExchange(
  engine: DmpEngine,
  persona: Persona,
  interaction: InteractionName,
  now: number,
): DmpExchange {
  const read = identityFromClaims(claimsOfPersona(persona), true)
  if ('fault' in read) throw new Error(`A made-up caller without a sound ${read.fault}`)
  const caller = { ...read.identity, scopes: [], client: 'dmp seed', tokenId: '', key: 'dmp seed' }
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
