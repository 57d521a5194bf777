/** The GP reads the letter once the patient agrees; somebody whose profession may not, finds nothing to know of. */
import { createHash } from 'node:crypto'
import { formatResourceId, parseResourceId, uuidV7 } from '../../../fhir/id.ts'
import { isJsonObject, type JsonValue } from '../../../fhir/json.ts'
import type { Player } from '../cast.ts'
import { entriesOf } from '../client.ts'
import { checkSame, type Reply, StoryMismatch } from '../expectation.ts'
import type { Stage } from '../stage.ts'
import { consentOf } from '../submission.ts'
import type { Deposited } from './deposit.ts'

export async function reading(stage: Stage, deposited: Deposited): Promise<void> {
  const { cast } = stage
  stage.narrator.chapter('The GP, with the consent of the patient')
  await search(stage, {
    title: 'The GP looks for the letter, without having asked the patient.',
    as: cast.gp,
    expect: { status: 403, error: 'autorisation-absente', rule: 'A1' },
    meaning: () => 'Consulting needs an authorisation (CSP R.1111-46). The text says what to do.',
  })
  await declare(stage, cast.gp, deposited.patient, 'The patient agrees; the GP declares it (TD0.3, F2).')
  const found = await search(stage, {
    title: 'The GP looks again (ITI-67).',
    as: cast.gp,
    expect: { status: 200 },
    meaning: (reply) => {
      const [newest] = entriesOf(reply.json)
      checkSame('newest document', deposited.document, `DocumentReference/${newest?.id}`)
      return `Found: « ${titleOf(newest)} ». The authorisation was in force for this very request.`
    },
  })
  const url = attachmentUrl(entriesOf(found.json)[0])
  await stage.play({
    title: 'The GP reads the letter (ITI-68).',
    as: cast.gp,
    call: { method: 'GET', path: `/${url}`, headers: { Accept: 'text/xml' } },
    expect: { status: 200 },
    meaning: (reply) => {
      checkSame('SHA-256', sha256(stage.letter.bytes), sha256(reply.bytes))
      return `${reply.bytes.length} bytes, and every one of them as the hospital sent it (SHA-256 ${sha256(reply.bytes).slice(0, 16)}…).`
    },
  })
}

export async function denied(stage: Stage, deposited: Deposited): Promise<void> {
  const { cast } = stage
  stage.narrator.chapter('A profession that may not read this type')
  await declare(
    stage,
    cast.hearingAidMaker,
    deposited.patient,
    'An audioprothésiste declares an authorisation too.',
  )
  await search(stage, {
    title: 'He looks for the letter.',
    as: cast.hearingAidMaker,
    expect: { status: 200 },
    meaning: (reply) => {
      checkSame('documents found', 0, entriesOf(reply.json).length)
      return 'Nothing. The habilitation matrix (profession × document type, CSP R.1111-46) denies him letters of this type (H1).'
    },
  })
  const direct = await readAt(stage, deposited.document, 'He has the address of the letter all the same.')
  const unknown = unknownBeside(deposited.document)
  await stage.play({
    title: 'He asks for a letter that does not exist.',
    as: cast.hearingAidMaker,
    call: { method: 'GET', path: `/${unknown}` },
    expect: { status: 404, error: 'inconnu' },
    meaning: (reply) => {
      checkSame('answers', comparable(direct), comparable(reply))
      return 'The two answers are the same, header by header and byte by byte: what he may not see is absent (V7).'
    },
  })
}

function readAt(stage: Stage, reference: string, title: string): Promise<Reply> {
  return stage.play({
    title,
    as: stage.cast.hearingAidMaker,
    call: { method: 'GET', path: `/${reference}` },
    expect: { status: 404, error: 'inconnu' },
    meaning: () => 'Not “forbidden”: that would tell him that it exists.',
  })
}

export function declare(stage: Stage, who: Player, patient: string, title: string): Promise<Reply> {
  return stage.play({
    title,
    as: who,
    call: {
      method: 'POST',
      path: '/Consent',
      body: consentOf('autorisation', patient, who.persona.nationalId ?? ''),
    },
    expect: { status: 201 },
    meaning: () => 'Authorised for a year (A4), seen by the patient at once, and traced.',
  })
}

type SearchStep = Omit<Parameters<Stage['play']>[0], 'call'>

export function search(stage: Stage, step: SearchStep, more = ''): Promise<Reply> {
  const path = `/DocumentReference?patient.identifier=${stage.identifierQuery()}${more}`
  return stage.play({ ...step, call: { method: 'GET', path } })
}

/** An id of the same record that this server never gave out. */
function unknownBeside(reference: string): string {
  const at = parseResourceId(reference.replace('DocumentReference/', ''))
  if (!at) throw new StoryMismatch('id of the document', 'an id of this server', 'another text')
  const random = createHash('sha256').update(at.id).digest().subarray(0, 10)
  return `DocumentReference/${formatResourceId({ patientKey: at.patientKey, id: uuidV7(Date.now(), random) })}`
}

/** All of an answer that may not differ: everything but the clock and the request's own id. */
function comparable({ status, headers, bytes }: Reply): string {
  const { date: _, 'x-request-id': __, ...rest } = headers
  return JSON.stringify([status, rest, bytes.toString('utf8')])
}

function titleOf(document: { [name: string]: JsonValue } | undefined): string {
  const title = attachmentOf(document)?.title
  return typeof title === 'string' ? title : 'no title'
}

function attachmentUrl(document: { [name: string]: JsonValue } | undefined): string {
  const url = attachmentOf(document)?.url
  if (typeof url !== 'string') throw new StoryMismatch('attachment.url', 'Binary/…', typeof url)
  return url
}

function attachmentOf(document: { [name: string]: JsonValue } | undefined) {
  const content = Array.isArray(document?.content) ? document.content[0] : undefined
  const attachment = isJsonObject(content) ? content.attachment : undefined
  return isJsonObject(attachment) ? attachment : undefined
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}
