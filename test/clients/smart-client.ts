/** The journey with SMART's fhirclient 2, on a server's side: with a token that was fetched before. */
import { IncomingMessage, ServerResponse } from 'node:http'
import { createRequire } from 'node:module'
import { Socket } from 'node:net'
import type { Test } from 'tap'
import {
  found,
  journeyTold,
  LETTERS,
  maskPatch,
  resource,
  type Stage,
  standingOf,
  toldOf,
} from './journey.ts'

type Asked = string | { readonly url: string; readonly [option: string]: unknown }

type SmartClient = {
  readonly request: (asked: Asked, options?: object) => Promise<unknown>
  readonly patient: { readonly request: (asked: Asked, options?: object) => Promise<unknown> }
  readonly create: (resource: object) => Promise<unknown>
  readonly patch: (url: string, patch: readonly object[]) => Promise<unknown>
  readonly getFhirRelease: () => Promise<number>
}

type Smart = (
  request: IncomingMessage,
  response: ServerResponse,
  session: object,
) => { readonly client: (state: object) => SmartClient }

/** Not imported: its own types bring those of browsers into the whole program. */
const smart: Smart = createRequire(import.meta.url)('fhirclient')

export async function smartJourney(t: Test, stage: Stage): Promise<void> {
  const { base: serverUrl, identifier } = stage
  // Made for a web server: it keeps its state with a session, and forgets it there after a 401.
  const kept = new Map<string, unknown>()
  const session = {
    get: async (key: string) => kept.get(key),
    set: async (key: string, value: unknown) => kept.set(key, value).get(key),
    unset: async (key: string) => kept.delete(key),
  }
  const request = new IncomingMessage(new Socket())
  const api = smart(request, new ServerResponse(request), session)
  const as = (access_token: string, patient?: string) =>
    api.client({ serverUrl, tokenResponse: { access_token, ...(patient === undefined ? {} : { patient }) } })
  const [hospital, unaware, holder] = [as(stage.hospital), as(stage.gp), as(stage.holder)]

  for (let n = 0; n < LETTERS; n++) {
    const answer: unknown = await hospital.request({
      url: '/',
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(stage.lot(n)),
    })
    const entries = resource(answer, 'Bundle').entry ?? []
    t.match(
      entries.map(({ response }) => response?.status),
      ['201', '201', '201'].map((code) => new RegExp(code)),
    )
  }

  const searched: unknown = await unaware.request(`Patient?identifier=${encodeURIComponent(identifier)}`)
  const [patient] = found(searched, 'Patient')
  const id = patient?.id ?? ''
  t.equal(patient && standingOf(patient), 'absente')

  // From here on it knows its patient, and asks our CapabilityStatement by which parameter documents are the patient's.
  const doctor = as(stage.gp, id)
  const refusal = await refused(doctor.patient.request('DocumentReference'))
  t.equal(refusal.status, 403)
  t.match(refusal.message, /déclarez votre autorisation/, 'our OperationOutcome is in its message')

  const declared: unknown = await doctor.create(stage.declaration(id))
  t.match(declared, { resourceType: 'Consent', meta: { versionId: '1' } })

  const pages: unknown = await doctor.patient.request('DocumentReference?_count=2', {
    pageLimit: 0,
    flat: true,
  })
  const documents = (Array.isArray(pages) ? pages : []).map((page) => resource(page, 'DocumentReference'))
  t.equal(documents.length, LETTERS)
  const [document] = documents
  const url = `DocumentReference/${document?.id}`

  const read: unknown = await doctor.request(url)
  t.strictSame(read, document)
  const text: unknown = await doctor.request({
    url: document?.content[0]?.attachment.url ?? '',
    headers: { accept: 'text/xml' },
  })
  t.ok(
    [0, 1, 2].some((n) => stage.letter(n).toString() === text),
    'the text as it was sent',
  )

  // It asks for `return=presentation`, which is no preference there is: as none. An answer without a body it hands on whole.
  const masked: unknown = await doctor.patch(url, [...maskPatch])
  t.match(masked, { status: 200 })
  t.equal((await refused(doctor.request(url))).status, 404)

  const traces: unknown = await holder.request(`AuditEvent?patient=${id}`)
  t.strictSame(toldOf(found(traces, 'AuditEvent')), journeyTold)

  t.equal(await doctor.getFhirRelease(), 4)
  const other = `DocumentReference/${documents[1]?.id}`
  const resolved: unknown = await doctor.request(other, { resolveReferences: ['subject'] })
  t.match(resolved, { subject: { resourceType: 'Patient', id } }, 'references are relative to the base')
  const stranger = await refused(as('a.b.c').request(other))
  t.match(stranger.message, /jeton-invalide/)
}

type Refused = Error & { readonly status: number }

async function refused(asked: Promise<unknown>): Promise<Refused> {
  const error: unknown = await asked.then(
    (answer) => new Error(`answered: ${JSON.stringify(answer)}`),
    (cause: unknown) => cause,
  )
  if (error instanceof Error && 'status' in error && typeof error.status === 'number')
    return Object.assign(error, { status: error.status })
  throw error
}
