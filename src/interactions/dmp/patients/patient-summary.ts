/**
 * As much of a Patient as it takes to choose one from a list: who it is. Addresses, telecom, contacts and the rest are
 * read from the Patient itself (F5).
 */
import type { Extension, Identifier, Patient } from '@medplum/fhirtypes'
import { insKind } from '../../../dmp/identity/ins.ts'

const SUBSETTED = {
  system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue',
  code: 'SUBSETTED',
}

/** @param stored a Patient of this server, as text */
export function patientSummary(
  stored: string,
  { withIns, extension = [] }: { readonly withIns: boolean; readonly extension?: readonly Extension[] },
): Patient {
  // What is stored was validated when it was written: it is a Patient.
  const { id, identifier = [], name = [], gender, birthDate, active } = JSON.parse(stored) as Patient
  const ins = withIns ? identifier.filter(isCurrentIns) : []
  return {
    resourceType: 'Patient',
    ...(id === undefined ? {} : { id }),
    meta: { tag: [SUBSETTED] },
    ...(extension.length > 0 ? { extension: [...extension] } : {}),
    ...(ins.length > 0 ? { identifier: ins } : {}),
    ...(active === undefined ? {} : { active }),
    name: name
      .filter(({ use }) => use === 'official')
      .map(({ use, family, given }) => ({
        ...(use ? { use } : {}),
        ...(family === undefined ? {} : { family }),
        ...(given === undefined ? {} : { given }),
      })),
    ...(gender === undefined ? {} : { gender }),
    ...(birthDate === undefined ? {} : { birthDate }),
  }
}

function isCurrentIns({ system = '', use }: Identifier): boolean {
  return insKind(system) !== undefined && use !== 'old'
}
