/** Opens the record of a made-up patient, by the interactions that a client's request would run. */

import { createConsent } from '../../interactions/dmp/consent/create-consent.ts'
import type { DmpEngine } from '../../interactions/dmp/dmp-engine.ts'
import { openRecordByIdentifier } from '../../interactions/dmp/patients/open-record.ts'
import { perform } from '../../interactions/perform.ts'
import { insPatientOf } from '../../population/dmp/patient.ts'
import type { SeededRecord } from '../../population/dmp/records.ts'
import { TEST_INS } from '../../population/patient.ts'
import { findSubject, type Subject } from '../../storage/find-subject.ts'
import { consentOf } from '../demo/submission.ts'
import { madeUpExchange } from './made-up-exchange.ts'

const PROFESSION = '10'
const SPECIALITY = 'SM26'
const OFFICE = '1750000001'

/**
 * @param authorised PS_IdNat of the general practitioners who declare themselves authorised (TD0.3)
 */
export async function openRecord(
  engine: DmpEngine,
  { traits }: SeededRecord,
  authorised: readonly string[],
): Promise<Subject> {
  const ins = { system: TEST_INS, value: traits.matricule }
  const administration = { actor: 'ADMINISTRATION', authentication: 'INDIRECTE' } as const
  const opening = madeUpExchange(engine, administration, 'open-record', Date.now())
  await perform(engine, opening.trace, () =>
    openRecordByIdentifier(engine, opening, { format: 'json', text: JSON.stringify(insPatientOf(traits)) }, [
      ['identifier', `${ins.system}|${ins.value}`],
    ]),
  )
  for (const nationalId of authorised) {
    const practitioner = {
      actor: 'PS',
      authentication: 'DIRECTE',
      nationalId,
      profession: PROFESSION,
      speciality: SPECIALITY,
      structureId: OFFICE,
    } as const
    const declaring = madeUpExchange(engine, practitioner, 'create-consent', Date.now())
    const consent = consentOf('autorisation', `Patient?identifier=${ins.system}|${ins.value}`, nationalId)
    await perform(engine, declaring.trace, () =>
      createConsent(engine, declaring, { format: 'json', text: JSON.stringify(consent) }),
    )
  }
  const subject = await findSubject(engine.db, { ins }, {})
  if (!subject) throw new Error('A record that was opened is not there')
  return subject
}
