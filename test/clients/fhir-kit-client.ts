/** The journey with fhir-kit-client 2, as its README has its users write. */
import { CapabilityTool, Client, type FhirResource } from 'fhir-kit-client'
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

export async function fhirKitJourney(t: Test, stage: Stage): Promise<void> {
  const { base: baseUrl, identifier } = stage
  const as = (bearerToken: string) => new Client({ baseUrl, bearerToken })
  const [hospital, doctor, holder] = [as(stage.hospital), as(stage.gp), as(stage.holder)]

  for (let n = 0; n < LETTERS; n++) {
    const answer = resource(await hospital.transaction({ body: body(stage.lot(n)) }), 'Bundle')
    t.match(
      answer.entry?.map(({ response }) => response?.status),
      ['201', '201', '201'].map((code) => new RegExp(code)),
    )
  }

  const [patient] = found(
    await doctor.search({ resourceType: 'Patient', searchParams: { identifier } }),
    'Patient',
  )
  const id = patient?.id ?? ''
  t.equal(patient && standingOf(patient), 'absente')

  const searchParams = { patient: id, _count: 2 }
  const search = () => doctor.search({ resourceType: 'DocumentReference', searchParams })
  const refusal = await refused(search())
  t.match(refusal, { message: /^HTTP 403: GET http/, response: { status: 403 } })
  t.match(resource(refusal.response.data, 'OperationOutcome').issue, [
    {
      code: 'forbidden',
      details: {
        text: /déclarez votre autorisation/,
        coding: [{ code: 'autorisation-absente' }, { code: 'A1' }],
      },
    },
  ])

  const declared = await doctor.create({ resourceType: 'Consent', body: body(stage.declaration(id)) })
  const { response } = Client.httpFor(declared)
  t.match(response?.headers.get('location'), /\/Consent\/[^/]+\/_history\/1$/)

  const first = await search()
  const next = await doctor.nextPage({ bundle: { ...first, link: links(first) } })
  const documents = [first, next].map((page) => found(page, 'DocumentReference'))
  t.strictSame(
    documents.map(({ length }) => length),
    [2, 1],
  )
  const [document] = documents.flat()
  const documentId = document?.id ?? ''

  const read = await doctor.read({ resourceType: 'DocumentReference', id: documentId })
  t.strictSame(resource(read, 'DocumentReference'), document)
  const url = document?.content[0]?.attachment.url ?? ''
  const binary = resource(await doctor.resolve({ reference: url }), 'Binary')
  const bytes = Buffer.from(binary.data ?? '', 'base64')
  t.ok(
    [0, 1, 2].some((n) => stage.letter(n).equals(bytes)),
    'by its Accept it is given a Binary',
  )

  const masked = await doctor.patch({
    resourceType: 'DocumentReference',
    id: documentId,
    jsonPatch: [...maskPatch],
  })
  t.strictSame(masked, {}, 'changed, and hidden from who changed it: nothing comes back')
  const gone = await refused(doctor.read({ resourceType: 'DocumentReference', id: documentId }))
  t.equal(gone.response.status, 404)

  const traces = found(
    await holder.search({ resourceType: 'AuditEvent', searchParams: { patient: id } }),
    'AuditEvent',
  )
  t.strictSame(toldOf(traces), journeyTold)

  const [, another] = documents.flat()
  await besides(t, stage, doctor, { patientId: id, documentId: another?.id ?? '' })
}

type Known = { readonly patientId: string; readonly documentId: string }

/** What its users do besides. */
async function besides(
  t: Test,
  stage: Stage,
  doctor: Client,
  { patientId, documentId }: Known,
): Promise<void> {
  const statement = await doctor.capabilityStatement()
  const can = new CapabilityTool(statement)
  t.ok(can.resourceCan('DocumentReference', 'patch') && can.resourceSearch('DocumentReference', 'patient'))
  t.notOk(can.resourceCan('DocumentReference', 'delete'))
  // Its smartAuthMetadata() takes whichever answers first, also a CapabilityStatement without SMART's old extension.
  const configuration = await doctor.request(`${stage.base}/.well-known/smart-configuration`)
  t.match(configuration, {
    token_endpoint: /\/sandbox\/oidc\/token$/,
    token_endpoint_auth_methods_supported: ['client_secret_basic'],
  })

  const byForm = await doctor.search({
    resourceType: 'DocumentReference',
    searchParams: { 'patient.identifier': stage.identifier },
    options: { postSearch: true },
  })
  t.equal(
    found(byForm, 'DocumentReference').length,
    LETTERS - 1,
    'the INS stands in no URL, and the masked one is not there',
  )
  t.notMatch(JSON.stringify(resource(byForm, 'Bundle').link), stage.ins.value, 'nor in a link')

  const document = { resourceType: 'DocumentReference', id: documentId }
  const history = resource(await doctor.history(document), 'Bundle')
  t.match(history, { type: 'history', total: 1 })
  const options = { headers: { 'if-match': 'W/"7"' } }
  const stale = await refused(doctor.patch({ ...document, jsonPatch: [], options }))
  t.match(stale.response, {
    status: 412,
    data: { issue: [{ details: { text: /relisez-la, puis recommencez/ } }] },
  })
  const fresh = await refused(
    doctor.read({ ...document, options: { headers: { 'if-none-match': 'W/"1"' } } }),
  )
  t.equal(fresh.response.status, 304, 'it takes every status but 2xx for an error: its own way')

  const rights = await doctor.operation({
    name: 'droits',
    resourceType: 'Patient',
    id: patientId,
    method: 'GET',
  })
  t.ok(resource(rights, 'Parameters').parameter?.some(({ name }) => name === 'acces'))
  const impossible = await refused(doctor.delete(document))
  t.match(impossible.response, {
    status: 405,
    data: { issue: [{ details: { text: /^DELETE n’est pas permis .* Permis : GET, HEAD, PATCH$/ } }] },
  })
  const nobody = new Client({ baseUrl: stage.base }).read({ resourceType: 'Patient', id: patientId })
  t.match((await refused(nobody)).response, { status: 401, data: { issue: [{ code: 'login' }] } })
}

type Refused = Error & { readonly response: { readonly status: number; readonly data: unknown } }

async function refused(asked: Promise<unknown>): Promise<Refused> {
  const error: unknown = await asked.then(
    (answer) => new Error(`answered: ${JSON.stringify(answer)}`),
    (cause: unknown) => cause,
  )
  if (error instanceof Error && 'response' in error)
    return Object.assign(error, { response: Object(error.response) })
  throw error
}

/** Its own type of a resource has an index signature. */
function body(resource: { readonly resourceType: string }): FhirResource {
  return { ...resource }
}

function links(bundle: unknown): { relation: string; url: string }[] {
  return (resource(bundle, 'Bundle').link ?? []).map(({ relation = '', url = '' }) => ({ relation, url }))
}
