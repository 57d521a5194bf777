/** Opens the record of a made-up patient, by the interactions that a client's request would run. */

import { createConsent } from '../../interactions/dmp/consent/create-consent.ts'
import type { DmpEngine } from '../../interactions/dmp/dmp-engine.ts'
import { openRecordByIdentifier } from '../../interactions/dmp/patients/open-record.ts'
import { perform } from '../../interactions/perform.ts'
import { insPatientOf } from '../../population/dmp/patient.ts'
import { TEST_INS, type Traits } from '../../population/patient.ts'
import { findSubject, type Subject } from '../../storage/records/find-subject.ts'
import type { TraceRow } from '../../storage/traces/insert-traces.ts'
import { consentOf } from '../demo/submission.ts'
import { generalPractitioner, madeUpCaller, madeUpExchange } from './made-up-exchange.ts'

const administration = madeUpCaller({ actor: 'ADMINISTRATION', authentication: 'INDIRECTE' })

export type Opened = {
  readonly subject: Subject
  /** Whether it was not there before. */
  readonly isNew: boolean
  /** As they were written. */
  readonly traces: readonly TraceRow[]
}

/**
 * @param now milliseconds since 1970
 * @param authorised PS_IdNat of the general practitioners who declare themselves authorised (TD0.3)
 */
export async function openRecord(
  engine: DmpEngine,
  traits: Traits,
  authorised: readonly string[],
  now: number,
): Promise<Opened> {
  const ins = { system: TEST_INS, value: traits.matricule }
  const opening = madeUpExchange(engine, administration, 'open-record', now)
  const { status: opened } = await perform(engine, opening.trace, () =>
    openRecordByIdentifier(engine, opening, { format: 'json', text: JSON.stringify(insPatientOf(traits)) }, [
      ['identifier', `${ins.system}|${ins.value}`],
    ]),
  )
  const traces = [opening.trace.row(opened, '')]
  for (const nationalId of authorised) {
    const practitioner = generalPractitioner(nationalId)
    const declaring = madeUpExchange(engine, madeUpCaller(practitioner), 'create-consent', now)
    const consent = consentOf('autorisation', `Patient?identifier=${ins.system}|${ins.value}`, nationalId)
    const { status } = await perform(engine, declaring.trace, () =>
      createConsent(engine, declaring, { format: 'json', text: JSON.stringify(consent) }),
    )
    traces.push(declaring.trace.row(status, ''))
  }
  const subject = await findSubject(engine.db, { ins }, {})
  if (!subject) throw new Error('A record that was opened is not there')
  return { subject, isNew: opened === 201, traces }
}
