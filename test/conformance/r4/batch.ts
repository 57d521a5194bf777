/** @see https://hl7.org/fhir/R4/http.html#transaction (batch) */
import type { Bundle, BundleEntry } from '@medplum/fhirtypes'
import { check, equal, present, refused, refusedAnyhow, status } from '../../support/conformance/check.ts'
import { clause } from '../../support/conformance/clause.ts'
import { type Fhir, resourceOf } from '../../support/conformance/client.ts'
import { byIdentifier, identified, patient } from '../../support/conformance/samples.ts'

const batchOf = (...entry: BundleEntry[]): Bundle => ({ resourceType: 'Bundle', type: 'batch', entry })

async function perform(fhir: Fhir, ...entry: BundleEntry[]): Promise<BundleEntry[]> {
  const received = await fhir.post('', batchOf(...entry))
  status(received, 200)
  const bundle = resourceOf(received, 'Bundle')
  equal(bundle.type, 'batch-response', 'type')
  equal(bundle.entry?.length, entry.length, 'an entry for each, in the same order')
  return bundle.entry ?? []
}

const codeOf = (entry: BundleEntry | undefined): number => Number(entry?.response?.status?.slice(0, 3))

export const batch = clause('batch', 'http.html#transaction', ({ must, should }) => {
  must('each entry is answered in its place, whatever the others do', async ({ fhir, unique }) => {
    const [{ id }, { id: doomed }] = [await fhir.create(patient()), await fhir.create(patient())]
    const free = unique()
    const entries = await perform(
      fhir,
      { resource: patient(), request: { method: 'POST', url: 'Patient' } },
      { request: { method: 'GET', url: `Patient/${unique()}` } },
      { resource: { ...patient(), id: free }, request: { method: 'PUT', url: `Patient/${free}` } },
      { request: { method: 'GET', url: `Patient/${id}` } },
      { resource: { ...patient(), gender: 'unknown' }, request: { method: 'POST', url: 'Observation' } },
      { request: { method: 'DELETE', url: `Patient/${doomed}` } },
      { request: { method: 'GET', url: 'Patient?_count=1' } },
    )
    const codes = entries.map(codeOf)
    equal([codes[0], codes[1], codes[2], codes[3]], [201, 404, 201, 200], 'POST, GET of nothing, PUT, GET')
    check(codes[4] === 400 || codes[4] === 422, `a resource of the wrong type: ${codes[4]}`)
    check(codes[5] === 200 || codes[5] === 204, `DELETE: ${codes[5]}`)
    equal(codes[6], 200, 'search')
    equal(entries[3]?.resource?.id, id, 'GET gives the resource')
    equal(entries[6]?.resource?.resourceType, 'Bundle', 'a search gives a Bundle')
  })

  must('a created entry has location, etag and lastModified', async ({ fhir }) => {
    const [entry] = await perform(fhir, { resource: patient(), request: { method: 'POST', url: 'Patient' } })
    check(
      /Patient\/[A-Za-z0-9\-.]+\/_history\/[A-Za-z0-9\-.]+$/.test(entry?.response?.location ?? ''),
      `location: ${entry?.response?.location}`,
    )
    present(entry?.response?.etag, 'etag')
    present(entry?.response?.lastModified, 'lastModified')
  })

  should('a failing entry has an OperationOutcome', async ({ fhir, unique }) => {
    const [entry] = await perform(fhir, { request: { method: 'GET', url: `Patient/${unique()}` } })
    equal(entry?.response?.outcome?.resourceType, 'OperationOutcome', 'response.outcome')
  })

  must(
    'conditions of an entry: ifNoneExist, ifMatch, ifNoneMatch, a conditional URL',
    async ({ fhir, unique }) => {
      const value = unique()
      const { id } = await fhir.create(identified(value))
      // The entries of a batch are independent: each condition looks at a resource that no other entry changes.
      const other = unique()
      const { id: read } = await fhir.create(patient())
      await fhir.create(identified(other))
      const codes = (
        await perform(
          fhir,
          {
            resource: identified(value),
            request: { method: 'POST', url: 'Patient', ifNoneExist: byIdentifier(value) },
          },
          {
            resource: { ...identified(value), id, active: true },
            request: { method: 'PUT', url: `Patient/${id}`, ifMatch: 'W/"99"' },
          },
          { request: { method: 'GET', url: `Patient/${read}`, ifNoneMatch: 'W/"1"' } },
          {
            resource: identified(other, { gender: 'male' }),
            request: { method: 'PUT', url: `Patient?${byIdentifier(other)}` },
          },
          { request: { method: 'DELETE', url: `Patient?${byIdentifier(unique())}` } },
        )
      ).map(codeOf)
      equal([codes[0], codes[1], codes[2], codes[3]], [200, 412, 304, 200], 'each condition holds')
      check([200, 204, 404].includes(codes[4] ?? 0), `conditional DELETE of nothing: ${codes[4]}`)
    },
  )

  must('an empty batch is answered by an empty one', async ({ fhir }) => {
    const received = await fhir.post('', { resourceType: 'Bundle', type: 'batch' })
    status(received, 200)
    equal(resourceOf(received, 'Bundle').entry ?? [], [], 'no entry')
  })

  must(
    'an entry without a request, or one that is nonsense, is refused alone or with the whole',
    async ({ fhir }) => {
      const nonsense = [
        '{"fullUrl":"urn:uuid:0"}',
        '{"request":{"method":"GET","url":"Nonsense/1"}}',
        '{"request":{"method":"GET","url":"http://elsewhere.example/Patient/1"}}',
        '{"request":{"method":"GET","url":"../../etc/passwd"}}',
      ]
      for (const entry of nonsense) {
        const received = await fhir.post('', `{"resourceType":"Bundle","type":"batch","entry":[${entry}]}`)
        if (received.status === 200)
          check(codeOf(resourceOf(received, 'Bundle').entry?.[0]) >= 400, 'a refusal in the entry')
        else refusedAnyhow(received)
      }
    },
  )

  must('a Bundle of another type is refused at the base', async ({ fhir }) => {
    for (const type of ['collection', 'searchset', 'message', 'document', 'history'])
      refused(await fhir.post('', { resourceType: 'Bundle', type }), 400, 422)
  })

  must('no Bundle is refused at the base', async ({ fhir }) => {
    refused(await fhir.post('', patient()), 400, 422)
  })

  must('an operation, a history and a version can be asked in a batch', async ({ fhir }) => {
    const { id } = await fhir.create(patient())
    const entries = await perform(
      fhir,
      { request: { method: 'GET', url: `Patient/${id}/_history` } },
      { request: { method: 'GET', url: `Patient/${id}/_history/1` } },
      { request: { method: 'GET', url: `Patient/${id}/$meta` } },
    )
    equal(
      entries.map(({ resource }) => resource?.resourceType),
      ['Bundle', 'Patient', 'Parameters'],
      'each answered',
    )
  })

  should('the capabilities can be asked in a batch', async ({ fhir }) => {
    const [entry] = await perform(fhir, { request: { method: 'GET', url: 'metadata' } })
    equal(entry?.resource?.resourceType, 'CapabilityStatement', 'answered')
  })

  should('the capabilities can be asked in a transaction', async ({ fhir }) => {
    const entry = [{ request: { method: 'GET', url: 'metadata' } }]
    const received = await fhir.post('', { resourceType: 'Bundle', type: 'transaction', entry })
    status(received, 200)
    const [answered] = resourceOf(received, 'Bundle').entry ?? []
    equal(answered?.resource?.resourceType, 'CapabilityStatement', 'answered')
  })

  must('PATCH in a batch: JSON Patch in a Binary', async ({ fhir }) => {
    const { id } = await fhir.create(patient())
    const data = Buffer.from('[{"op":"add","path":"/active","value":true}]').toString('base64')
    const [entry] = await perform(fhir, {
      resource: { resourceType: 'Binary', contentType: 'application/json-patch+json', data },
      request: { method: 'PATCH', url: `Patient/${id}` },
    })
    equal(codeOf(entry), 200, 'patched')
    equal(resourceOf(await fhir.get(`/Patient/${id}`), 'Patient').active, true, 'stored')
  })
})
