/** The patient: by INS where the record is meant, with traits where the document names its patient. */
import type { Patient } from '@medplum/fhirtypes'
import type { CdaPatient } from '../../dmp/cda/cda-header.ts'
import { identityExtensions } from '../../dmp/identity/identity-traits.ts'
import type { Ins } from '../../dmp/identity/ins.ts'
import type { PlainReference } from './actors.ts'

export type Traits = Pick<
  CdaPatient,
  'ins' | 'family' | 'firstGiven' | 'birthGivenNames' | 'gender' | 'birthDate'
>

/** By a search of this server: it has the record's id, the sender has not. */
export function subjectOf({ system, value }: Ins): PlainReference {
  return { reference: `Patient?identifier=${system}|${value}` }
}

/** @see FR Core Patient; PDSm context.sourcePatientInfo */
export function sourcePatient(traits: Traits): Patient {
  const { ins, family, firstGiven, birthGivenNames, gender, birthDate } = traits
  return {
    resourceType: 'Patient',
    identifier: ins.map(({ system, value }) => ({ use: 'official', system, value })),
    ...(family === undefined
      ? {}
      : {
          name: [
            {
              use: 'official',
              family,
              ...(firstGiven === undefined ? {} : { given: [firstGiven] }),
              ...(birthGivenNames === undefined
                ? {}
                : {
                    extension: [{ url: identityExtensions.birthGivenNames, valueString: birthGivenNames }],
                  }),
            },
          ],
        }),
    ...(gender === undefined ? {} : { gender }),
    ...(birthDate === undefined ? {} : { birthDate }),
  }
}
