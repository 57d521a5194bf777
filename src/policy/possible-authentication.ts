/**
 * How each actor can be authenticated at all (docs/policy.md §1). Where no functional matrix speaks, this is what keeps
 * out a caller that no token describes: a person by a structure's certificate, a structure by a personal card.
 */
import type { AuthenticationMode, Caller, TokenActor } from './caller.ts'

const possible: Readonly<Record<TokenActor, readonly AuthenticationMode[]>> = {
  PS: ['DIRECTE', 'INDIRECTE_RENFORCEE'],
  NON_PS: ['DIRECTE', 'INDIRECTE_RENFORCEE'],
  STRUCTURE: ['INDIRECTE'],
  PATIENT: ['DIRECTE'],
  REPRESENTANT_LEGAL: ['DIRECTE'],
  AIDANT: ['DIRECTE'],
  ASSURANCE_MALADIE: ['DIRECTE', 'INDIRECTE'],
  AUDITEUR: ['DIRECTE', 'INDIRECTE'],
  ADMINISTRATION: ['DIRECTE', 'INDIRECTE'],
}

export function isAuthenticationPossible({ actor, authentication }: Caller): boolean {
  return possible[actor].includes(authentication)
}
