/** What the sandbox issuer is told in its parameter `persona`; test/console/try.test.ts holds it against its schema. */

export type Ins = { readonly system: string; readonly value: string }

export type RelativeKind = 'REPRESENTANT_LEGAL' | 'AIDANT'

export type Persona = {
  readonly actor:
    | RelativeKind
    | 'PS'
    | 'NON_PS'
    | 'STRUCTURE'
    | 'PATIENT'
    | 'ASSURANCE_MALADIE'
    | 'AUDITEUR'
    | 'ADMINISTRATION'
  readonly authentication: 'DIRECTE' | 'INDIRECTE' | 'INDIRECTE_RENFORCEE'
  readonly nationalId?: string
  readonly profession?: string
  readonly speciality?: string
  readonly structureId?: string
  readonly ins?: Ins
  readonly onBehalfOf?: Ins
  readonly regulation?: boolean
}

export function professional(
  nationalId: string,
  profession: string,
  structureId: string,
  speciality?: string,
): Persona {
  return {
    actor: 'PS',
    authentication: 'DIRECTE',
    nationalId,
    profession,
    ...(speciality === undefined ? {} : { speciality }),
    structureId,
  }
}
