/**
 * `dmp token`: a sandbox access token for whoever the options describe, alone on stdout.
 * @see README.md "Commands"
 */
import { identityFromClaims } from '../policy/identity-from-claims.ts'
import type { Persona } from '../sandbox/persona.ts'
import { claimsOfPersona } from '../sandbox/persona-claims.ts'
import { type PersonaOptions, personaFromOptions } from '../sandbox/personas.ts'
import { type Command, CommandError, command, exitCodes } from './command.ts'
import { requestToken } from './request-token.ts'
import { defaultServer } from './tables/settings.ts'
import { tokenTable } from './tables/token.ts'

export const token: Command = command(tokenTable, async ({ options }, io) => {
  const { scope, json, ...described } = options
  const read = personaFromOptions(saidOf(described))
  if ('fault' in read) throw new CommandError(exitCodes.usage, read.fault)
  checkIdentity(read.persona)
  const access_token = await requestToken(io.env.DMP_URL || defaultServer, read.persona, scope)
  io.out(json ? JSON.stringify({ access_token, token_type: 'Bearer' }) : access_token)
  return exitCodes.ok
})

/** A flag that was not given is not said. */
function saidOf(described: PersonaOptions): PersonaOptions {
  return Object.fromEntries(Object.entries(described).filter(([, value]) => value !== false))
}

/** The server would refuse the token; better said here, by the name of the option. */
function checkIdentity(persona: Persona): void {
  const read = identityFromClaims(claimsOfPersona(persona), true)
  if (!('fault' in read)) return
  throw new CommandError(
    exitCodes.usage,
    faultMessages[read.fault] ?? `the server would refuse the claim ${read.fault}`,
  )
}

const matricule = 'is not a matricule INS: 13 characters and the right key of 2 digits'
const faultMessages: Readonly<Record<string, string>> = {
  SubjectNameID: '--ps is not 8 followed by an RPPS of 11 digits with the right key',
  SubjectRole: '--profession or --specialite is not a code',
  SubjectRefPro: '--profession or --specialite is not a code',
  SubjectOrganizationID: '--structure is not a structure’s id: 1 + FINESS, 3 + SIRET or 4 + RPPS + rank',
  'dmp.ins': `the caller’s number ${matricule}`,
  'dmp.pour': `--pour ${matricule}, and not the caller’s own`,
}
