/**
 * Who sends the requests of the scenario: all invented, their numbers from the ranges kept for tests. Each is shown with
 * the command that prints a sandbox token for it.
 */
import { matriculeKey } from '../../../src/dmp/identity/ins.ts'
import type { Persona } from '../../../src/sandbox/persona.ts'
import type { Node } from '../openapi-document.ts'

/** Department 99 does not exist: a matricule of nobody. */
const FIRST_13 = '2790399000042'
export const patientIns = {
  system: 'urn:oid:1.2.250.1.213.1.4.10',
  value: `${FIRST_13}${matriculeKey(FIRST_13)}`,
}
export const hospitalId = '1750803447'
const practiceId = '1750000001'
/** Of the hospital; writes the letters. */
export const authorId = '899700000005'
export const gpId = '899700000013'

const professional = { actor: 'PS', authentication: 'DIRECTE' } as const
const ofPatient = `--patient '${patientIns.system}|${patientIns.value}'`

type Caller = { readonly words: string; readonly persona: Persona; readonly token: string }

export const callers = {
  administration: {
    words: 'The office that opens records',
    persona: { actor: 'ADMINISTRATION', authentication: 'INDIRECTE' },
    token: '--administration',
  },
  hospital: {
    words: 'The software of a hospital, in the name of the structure',
    persona: { actor: 'STRUCTURE', authentication: 'INDIRECTE', structureId: hospitalId },
    token: `--structure ${hospitalId}`,
  },
  gp: {
    words: 'A general practitioner',
    persona: {
      ...professional,
      nationalId: gpId,
      profession: '10',
      speciality: 'SM26',
      structureId: practiceId,
    },
    token: `--ps ${gpId} --profession 10 --specialite SM26 --structure ${practiceId}`,
  },
  stranger: {
    words: 'Another general practitioner, whom the patient has not authorised',
    persona: {
      ...professional,
      nationalId: '899700000021',
      profession: '10',
      speciality: 'SM26',
      structureId: '1750000027',
    },
    token: '--ps 899700000021 --profession 10 --specialite SM26 --structure 1750000027',
  },
  dispatch: {
    words: 'The regulating doctor of a centre 15',
    persona: {
      ...professional,
      nationalId: '899700000096',
      profession: '10',
      speciality: 'SM26',
      structureId: '1750000027',
      regulation: true,
    },
    token: '--ps 899700000096 --profession 10 --specialite SM26 --structure 1750000027 --regulation',
  },
  patient: {
    words: 'The holder of the record',
    persona: { actor: 'PATIENT', authentication: 'DIRECTE', ins: patientIns },
    token: ofPatient,
  },
  auditor: {
    words: 'The auditor',
    persona: { actor: 'AUDITEUR', authentication: 'DIRECTE' },
    token: '--auditeur',
  },
} as const satisfies Record<string, Caller>

export type CallerName = keyof typeof callers

export function personaOf(name: string): Persona {
  const found = Object.entries(callers).find(([key]) => key === name)
  if (!found) throw new Error(`${name} is none of the callers`)
  return found[1].persona
}

/** As the document shows them. */
export function callersNode(): Node {
  return Object.fromEntries(
    Object.entries(callers).map(([name, { words, token }]) => [
      name,
      { description: words, token: `npx dmp token ${token}` },
    ]),
  )
}
