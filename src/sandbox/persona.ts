/**
 * Whom a sandbox token speaks for: the body parameter `persona` of the sandbox issuer's token endpoint.
 * The schema is closed and bounds each value's form; it does not check keys (Luhn, INS), so that a wrong identity can
 * be tried on the server, whose job that is.
 */
import { Ajv, type ValidateFunction } from 'ajv'
import type { AuthenticationMode, InsIdentifier, TokenActor } from '../policy/caller.ts'

export type Persona = {
  readonly actor: TokenActor
  readonly authentication: AuthenticationMode
  readonly nationalId?: string
  readonly profession?: string
  readonly speciality?: string
  readonly structureId?: string
  readonly ins?: InsIdentifier
  readonly onBehalfOf?: InsIdentifier
  readonly regulation?: boolean
  readonly secretConnection?: boolean
  readonly motive?: string
  /** `client_id` of the software that calls, where it is not the sandbox's own: a third-party service. */
  readonly client?: string
  /** Why it asks, a code of v3-ActReason. */
  readonly purpose?: string
}

export const maxPersonaBytes = 4_096

const ins = {
  type: 'object',
  additionalProperties: false,
  required: ['system', 'value'],
  properties: {
    system: { type: 'string', pattern: '^urn:oid:[0-9.]{5,60}$' },
    value: { type: 'string', pattern: '^[0-9AB]{15}$' },
  },
} as const

const schema = {
  type: 'object',
  additionalProperties: false,
  required: ['actor', 'authentication'],
  properties: {
    actor: {
      enum: [
        'PS',
        'NON_PS',
        'STRUCTURE',
        'PATIENT',
        'REPRESENTANT_LEGAL',
        'AIDANT',
        'ASSURANCE_MALADIE',
        'AUDITEUR',
        'ADMINISTRATION',
      ] satisfies TokenActor[],
    },
    authentication: { enum: ['DIRECTE', 'INDIRECTE', 'INDIRECTE_RENFORCEE'] satisfies AuthenticationMode[] },
    nationalId: { type: 'string', pattern: '^[0-9A-Za-z/._-]{1,64}$' },
    profession: { type: 'string', pattern: '^[0-9A-Za-z_-]{1,40}$' },
    speciality: { type: 'string', pattern: '^[0-9A-Za-z_-]{1,40}$' },
    structureId: { type: 'string', pattern: '^[0-9A-Z]{1,20}$' },
    ins,
    onBehalfOf: ins,
    regulation: { type: 'boolean' },
    secretConnection: { type: 'boolean' },
    motive: { type: 'string', maxLength: 500 },
    client: { type: 'string', pattern: '^[0-9A-Za-z._-]{1,100}$' },
    purpose: { type: 'string', pattern: '^[A-Z]{2,20}$' },
  },
}

/** Text → the persona it names, or undefined when it names none. */
export function personaParser(): (text: string) => Persona | undefined {
  // Compiled with the first token: it takes longer than all else of an issuer's start.
  let isPersona: ValidateFunction<Persona> | undefined
  return (text) => {
    if (Buffer.byteLength(text) > maxPersonaBytes) return undefined
    let value: unknown
    try {
      value = JSON.parse(text)
    } catch (cause) {
      if (cause instanceof SyntaxError) return undefined
      throw cause
    }
    isPersona ??= new Ajv({ strict: true, strictTypes: false }).compile<Persona>(schema)
    return isPersona(value) ? value : undefined
  }
}
