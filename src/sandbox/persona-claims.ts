/**
 * Persona → the claims of its access token, shaped as Pro Santé Connect's, with the DMP's own claim `dmp`.
 * @see docs/api.md "Tokens"
 */
import { createHash } from 'node:crypto'
import type { Persona } from './persona.ts'

type Claims = Record<string, unknown>

/** TRE_G15, whose codes most professions have. */
const professionSystem = '1.2.250.1.71.1.2.7'

export function claimsOfPersona(persona: Persona): Claims {
  const { actor, authentication, nationalId, profession, speciality, structureId, ins, onBehalfOf } = persona
  return {
    sub: subjectOf(persona),
    ...(persona.client === undefined ? {} : { client_id: persona.client }),
    ...(nationalId === undefined ? {} : { SubjectNameID: nationalId }),
    ...(profession === undefined ? {} : professionClaims(profession, speciality, structureId)),
    ...(structureId === undefined
      ? {}
      : { SubjectOrganizationID: structureId, SubjectOrganization: 'STRUCTURE DU BAC A SABLE' }),
    ...(persona.regulation === undefined
      ? {}
      : { Acces_Regulation_Medicale: persona.regulation ? 'VRAI' : 'FAUX' }),
    ...(persona.motive === undefined ? {} : { Mode_Acces_Raison: persona.motive }),
    dmp: {
      acteur: actor,
      authentification: authentication,
      ...(ins === undefined ? {} : { ins }),
      ...(onBehalfOf === undefined ? {} : { pour: onBehalfOf }),
      ...(persona.secretConnection === undefined ? {} : { connexionSecrete: persona.secretConnection }),
      ...(persona.purpose === undefined ? {} : { finalite: persona.purpose }),
    },
  }
}

function professionClaims(profession: string, speciality?: string, structureId?: string): Claims {
  const activity = structureId?.startsWith('1') ? { numeroFinessSite: structureId.slice(1) } : undefined
  return {
    SubjectRole: [`${profession}^${professionSystem}`],
    SubjectRefPro: {
      exercices: [
        {
          codeProfession: profession,
          codeCategorieProfessionnelle: 'C',
          codeSavoirFaire: speciality ?? '',
          activities: activity ? [activity] : [],
        },
      ],
    },
  }
}

/** One subject for one identity, whatever the request's motive or scopes. The sandbox's identities are fictitious. */
function subjectOf({ actor, nationalId, structureId, ins }: Persona): string {
  const identity = JSON.stringify([actor, nationalId ?? structureId ?? '', ins ?? ''])
  return `bac-a-sable:${createHash('sha256').update(identity).digest('base64url').slice(0, 22)}`
}
