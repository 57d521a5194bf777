/** An emergency doctor breaks the glass: with a motive, until the patient objects. Then the patient masks the letter. */
import { entriesOf } from '../client.ts'
import { checkSame, type Reply } from '../expectation.ts'
import type { Stage } from '../stage.ts'
import { brisDeGlaceOf, labelPatchOf } from '../submission.ts'
import type { Deposited } from './deposit.ts'
import { search } from './reading.ts'

const glass = { 'DMP-Mode-Acces': 'bris_de_glace' } as const
const motive = { 'DMP-Motif': encodeURIComponent('Patiente inconsciente, traitement inconnu') } as const

export async function emergency(stage: Stage, deposited: Deposited): Promise<void> {
  const { cast } = stage
  stage.narrator.chapter('An emergency')
  const path = `/DocumentReference?patient.identifier=${stage.identifierQuery()}`
  await stage.play({
    title: 'An emergency doctor, whom nobody authorised, breaks the glass and says no reason.',
    as: cast.emergencyDoctor,
    call: { method: 'GET', path, headers: glass },
    expect: { status: 400, error: 'motif-absent', rule: 'A8' },
    meaning: () => 'An emergency replaces the consent of the patient, not a reason.',
  })
  await stage.play({
    title: 'The emergency doctor says why.',
    as: cast.emergencyDoctor,
    call: { method: 'GET', path, headers: { ...glass, ...motive } },
    expect: { status: 200 },
    meaning: (reply) => {
      checkSame('DMP-Mode-Acces', glass['DMP-Mode-Acces'], reply.headers['dmp-mode-acces'] ?? '')
      const found = entriesOf(reply.json).some(({ id }) => deposited.document === `DocumentReference/${id}`)
      checkSame('the letter is found', 'true', String(found))
      return 'The letter is there; the answer says in which mode. The patient, and the médecin traitant if there is one, will be told (A10).'
    },
  })
  await stage.play({
    title: 'The patient, told of it, objects to bris de glace from now on (A7).',
    as: cast.patient,
    call: { method: 'POST', path: '/Consent', body: brisDeGlaceOf(deposited.patient, 'deny') },
    expect: { status: [200, 201] },
    meaning: () => 'A Consent like every choice of the patient, in force for the next request.',
  })
  await stage.play({
    title: 'The emergency doctor tries again.',
    as: cast.emergencyDoctor,
    call: { method: 'GET', path, headers: { ...glass, ...motive } },
    expect: { status: 403, error: 'opposition-bris-de-glace', rule: 'A7' },
    meaning: () => 'The objection holds, whatever the reason (CSP R.1111-48).',
  })
  await stage.play({
    title: 'The patient thinks again, and permits it.',
    as: cast.patient,
    call: { method: 'POST', path: '/Consent', body: brisDeGlaceOf(deposited.patient, 'permit') },
    expect: { status: 200 },
    meaning: () =>
      'The same Consent, in its next version: a choice has one for ever, and its history is kept.',
  })
}

export async function masking(stage: Stage, deposited: Deposited): Promise<void> {
  const { cast } = stage
  stage.narrator.chapter('The patient masks the letter')
  await label(
    stage,
    deposited,
    'MASQUE_PS',
    'The patient masks the letter for professionals (V3).',
    'Label 0 as the ANS draft replaces it (TD3.3a): MASQUE_PS is set, N stays (V1).',
  )
  await search(stage, {
    title: 'The GP, authorised, looks for it.',
    as: cast.gp,
    expect: { status: 200 },
    meaning: (reply) => {
      checkSame('documents found', 0, entriesOf(reply.json).length)
      return 'Nothing: masked, it is seen by its author and by a médecin traitant, and this GP is neither yet.'
    },
  })
  await label(
    stage,
    deposited,
    'N',
    'The patient shows it again.',
    'The same patch with N: one label is cleared, and no other.',
  )
}

function label(
  stage: Stage,
  deposited: Deposited,
  code: 'MASQUE_PS' | 'N',
  title: string,
  meaning: string,
): Promise<Reply> {
  return stage.play({
    title,
    as: stage.cast.patient,
    call: {
      method: 'PATCH',
      path: `/${deposited.document}`,
      body: labelPatchOf(code),
      headers: { 'content-type': 'application/json-patch+json' },
    },
    expect: { status: 200 },
    meaning: () => meaning,
  })
}
