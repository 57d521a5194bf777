/**
 * `dmp token`: a sandbox access token for whoever the options describe, alone on stdout.
 * @see README.md "Commands"
 */
import { parseArgs } from 'node:util'
import { identityFromClaims } from '../policy/identity-from-claims.ts'
import type { Persona } from '../sandbox/persona.ts'
import { claimsOfPersona } from '../sandbox/persona-claims.ts'
import { type PersonaOptions, personaFromOptions, personaOptions } from '../sandbox/personas.ts'
import { type Command, CommandError, exitCodes } from './command.ts'
import { requestToken } from './request-token.ts'

export const defaultServer = 'http://127.0.0.1:8080/fhir'

export const tokenUsage = `usage: dmp token <who> [--scope <SMART scopes>]

  --ps <8+RPPS> [--profession 10] [--specialite SM26] [--structure 1750000001]
                       a professional in person; --regulation for a regulating doctor (centre 15),
                       --connexion-secrete for a minor's secret
  --air                a structure's certificate with an identified professional (same options)
  --structure <id>     a structure alone (indirect)
  --secretariat        an employee who is no health professional [--structure <id>]
  --patient <matricule>
  --representant <matricule> --pour <matricule>
  --aidant <matricule> --pour <matricule>
  --assurance-maladie | --auditeur | --administration
  --motif <text>       the motive of an emergency access, put in the token

A matricule is a NIR; write another kind as urn:oid:1.2.250.1.213.1.4.10|279035121518989.
The server is DMP_URL (default ${defaultServer}).`

export const token: Command = async (args, io) => {
  const { help, scope, ...options } = readOptions(args)
  if (help) {
    io.out(tokenUsage)
    return exitCodes.ok
  }
  const read = personaFromOptions(options)
  if ('fault' in read) throw new CommandError(exitCodes.usage, read.fault)
  checkIdentity(read.persona)
  io.out(await requestToken(io.env.DMP_URL || defaultServer, read.persona, scope))
  return exitCodes.ok
}

function readOptions(args: readonly string[]): PersonaOptions & { help?: boolean; scope?: string } {
  try {
    const options = {
      ...personaOptions,
      scope: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    } as const
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause
    throw new CommandError(exitCodes.usage, `${firstLine(cause)} (dmp token --help)`, { cause })
  }
}

/** A stray argument may be a matricule: it is not repeated. */
function firstLine(cause: TypeError): string {
  return (cause.message.split('\n')[0] ?? '').replace(/[0-9AB]{13,}/g, '…')
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
