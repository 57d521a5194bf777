/** What is refused: a blocked professional, a wrong number, a hash that lies. */
import { isJsonObject } from '../../../fhir/json.ts'
import { checkSame } from '../expectation.ts'
import type { Stage } from '../stage.ts'
import { consentOf, submissionOf } from '../submission.ts'
import type { Deposited } from './deposit.ts'
import { search } from './reading.ts'

export async function blocking(stage: Stage, deposited: Deposited): Promise<void> {
  const { cast } = stage
  const blocked = cast.hearingAidMaker
  stage.narrator.chapter('The patient blocks somebody')
  await stage.play({
    title: 'The patient has seen who declared an authorisation, and blocks the audioprothésiste (A6).',
    as: cast.patient,
    call: {
      method: 'POST',
      path: '/Consent',
      body: consentOf('blocage', deposited.patient, blocked.persona.nationalId ?? ''),
    },
    expect: { status: 201 },
    meaning: () => 'Blocking also ends the authorisation there was.',
  })
  await search(stage, {
    title: 'The audioprothésiste comes back.',
    as: blocked,
    expect: { status: 403, error: 'professionnel-bloque', rule: 'A3' },
    meaning: () => 'Refused in every access mode, from the next request on.',
  })
}

export async function faults(stage: Stage): Promise<void> {
  const { cast, letter, terminology } = stage
  stage.narrator.chapter('A hospital’s mistakes')
  const before = await countDocuments(stage, 'The GP counts the documents of the record.')
  const { value } = letter.ins
  const wrongKey = String((Number(value.slice(13)) % 97) + 1).padStart(2, '0')
  await stage.play({
    title: 'The hospital pushes for a matricule whose key is wrong.',
    as: cast.hospital,
    call: {
      method: 'POST',
      path: '/',
      body: submissionOf(letter, terminology, {
        ins: { ...letter.ins, value: `${value.slice(0, 13)}${wrongKey}` },
      }),
    },
    expect: { status: 422, error: 'ins-cle', rule: 'I1' },
    meaning: () => 'Told how the key is computed; the number itself is in no answer and no log (I4).',
    inRecord: false,
  })
  await stage.play({
    title: 'The hospital announces a SHA-1 that is not that of the letter.',
    as: cast.hospital,
    call: {
      method: 'POST',
      path: '/',
      body: submissionOf(letter, terminology, { hash: 'AAAAAAAAAAAAAAAAAAAAAAAAAAA=' }),
    },
    expect: { status: 422, error: 'empreinte-fausse' },
    meaning: () => 'A letter damaged on its way is not kept.',
  })
  const after = await countDocuments(stage, 'The GP counts again.')
  checkSame('documents after two refusals', before, after)
}

async function countDocuments(stage: Stage, title: string): Promise<number> {
  let total = -1
  await search(
    stage,
    {
      title,
      as: stage.cast.gp,
      expect: { status: 200 },
      meaning: (reply) => {
        if (isJsonObject(reply.json) && typeof reply.json.total === 'number') total = reply.json.total
        if (stage.letter.fresh) checkSame('documents', 1, total)
        return `${total}.`
      },
    },
    '&_count=0&_total=accurate',
  )
  return total
}
