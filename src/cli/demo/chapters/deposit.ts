/** A record is opened, and a discharge letter goes in: once, however often it is sent. */
import { isJsonObject, type JsonValue } from '../../../fhir/json.ts'
import { checkSame, StoryMismatch } from '../expectation.ts'
import type { Stage } from '../stage.ts'
import { patientOf, submissionOf } from '../submission.ts'

export type Deposited = { readonly patient: string; readonly document: string }

/** @returns references to the Patient and the DocumentReference, as `Patient/…` */
export async function deposit(stage: Stage): Promise<Deposited> {
  const { cast, letter, terminology } = stage
  stage.narrator.chapter('A record is opened, and a letter goes in')
  let patient = ''
  await stage.play({
    title: 'The administration opens the record of a patient whose INS is qualified (F0, I1).',
    as: cast.administration,
    call: {
      method: 'PUT',
      path: `/Patient?identifier=${stage.identifierQuery()}`,
      body: patientOf(letter),
    },
    expect: { status: letter.fresh ? 201 : [200, 201] },
    meaning: (reply) => {
      patient = `Patient/${text(reply.json, 'id')}`
      return `The record is open as ${patient}. The INS is no part of the id. Sent again, the same request would change nothing.`
    },
  })

  const body = submissionOf(letter, terminology)
  const kilobytes = Math.round(letter.bytes.length / 1024)
  let first: readonly Response[] = []
  await stage.play({
    title: `The hospital pushes the lettre de liaison: a CDA of ${kilobytes} kB in one transaction (ITI-65).`,
    as: cast.hospital,
    call: { method: 'POST', path: '/', body },
    expect: { status: 200 },
    meaning: (reply) => {
      first = responsesOf(reply.json)
      if (letter.fresh) checkSame('entries', '201 201 201', statusesOf(first))
      return 'List, DocumentReference and Binary are stored, all or none. The header of the CDA was checked against the metadata: patient, identifier, type, author, hash and size (D6).'
    },
  })
  await stage.play({
    title: 'The network failed before the answer came, says the hospital, and it pushes the same again.',
    as: cast.hospital,
    call: { method: 'POST', path: '/', body },
    expect: { status: 200 },
    meaning: (reply) => {
      const again = responsesOf(reply.json)
      checkSame('entries', '200 200 200', statusesOf(again))
      checkSame('locations', first.map((r) => r.location).join(' '), again.map((r) => r.location).join(' '))
      return 'Each entry answers 200, not 201, at the place of the first push: nothing is stored twice (D1).'
    },
  })
  const document = first.find((r) => r.location.startsWith('DocumentReference/'))?.location ?? ''
  return { patient, document: document.replace(/\/_history\/.*$/, '') }
}

type Response = { readonly status: string; readonly location: string }

function responsesOf(bundle: JsonValue | undefined): Response[] {
  const entries = isJsonObject(bundle) && Array.isArray(bundle.entry) ? bundle.entry : []
  return entries.map((entry) => {
    const response = isJsonObject(entry) ? entry.response : undefined
    return { status: text(response, 'status'), location: text(response, 'location') }
  })
}

function statusesOf(responses: readonly Response[]): string {
  return responses.map(({ status }) => status.slice(0, 3)).join(' ')
}

function text(value: JsonValue | undefined, name: string): string {
  const found = isJsonObject(value) ? value[name] : undefined
  if (typeof found !== 'string') throw new StoryMismatch(name, 'a text', typeof found)
  return found
}
