/** The words of actors and of ways of authentication, as an AuditEvent and the CSV of traces show them. */
import type { AuthenticationMode, TokenActor } from '../../policy/caller.ts'

export const actorWords: Readonly<Record<string, string>> = {
  PS: 'Professionnel de santé',
  NON_PS: 'Secrétariat ou autre personnel',
  STRUCTURE: 'Structure',
  PATIENT: 'Patient',
  REPRESENTANT_LEGAL: 'Représentant légal',
  AIDANT: 'Aidant',
  ASSURANCE_MALADIE: 'Assurance maladie',
  AUDITEUR: 'Auditeur',
  ADMINISTRATION: 'Administration',
} satisfies Record<TokenActor, string>

export const authenticationWords: Readonly<Record<string, string>> = {
  DIRECTE: 'Authentification directe',
  INDIRECTE: 'Authentification indirecte',
  INDIRECTE_RENFORCEE: 'Authentification indirecte renforcée',
} satisfies Record<AuthenticationMode, string>
