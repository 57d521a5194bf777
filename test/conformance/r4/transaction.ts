/** @see https://hl7.org/fhir/R4/http.html#transaction, #trules */
import type { BundleEntry, Resource } from '@medplum/fhirtypes'
import { check, equal, present, refused, refusedAnyhow, status } from '../../support/conformance/check.ts'
import { clause } from '../../support/conformance/clause.ts'
import { resourceOf } from '../../support/conformance/client.ts'
import { byIdentifier, concept, identified, observation, patient } from '../../support/conformance/samples.ts'
import {
  bundleOf,
  codeOf,
  createdId,
  done,
  matches,
  post,
  send,
  urn,
} from '../../support/conformance/transaction.ts'
import { fhirPatch, operation } from './patch-fhirpath.ts'

export const transaction = clause('transaction', 'http.html#transaction', ({ must, should }) => {
  must('creates all, answers each in its place', async ({ fhir, unique }) => {
    const id = unique()
    const entries = await done(
      fhir,
      post(patient()),
      { resource: { ...patient(), id }, request: { method: 'PUT', url: `Patient/${id}` } },
      post(observation()),
    )
    equal(entries.map(codeOf), [201, 201, 201], 'three created')
    status(await fhir.get(`/Patient/${createdId(entries[0])}`), 200)
    status(await fhir.get(`/Observation/${createdId(entries[2])}`), 200)
    for (const { response } of entries) {
      present(response?.etag, 'etag')
      present(response?.lastModified, 'lastModified')
    }
  })

  must('all or nothing: an invalid entry', async ({ fhir, unique }) => {
    const value = unique()
    refused(
      await send(fhir, post(identified(value)), {
        resource: { ...patient(), id: 'x' },
        request: { method: 'PUT', url: 'Patient/y' },
      }),
      400,
      422,
    )
    equal(await matches(fhir, value), 0, 'nothing was created')
  })

  for (const [what, entry, codes] of [
    [
      'an If-Match that fails',
      {
        resource: { ...patient({ active: true }), id: '@' },
        request: { method: 'PUT', url: 'Patient/@', ifMatch: 'W/"99"' },
      },
      [412, 409],
    ],
    [
      'an ifNoneExist with several matches',
      { resource: patient(), request: { method: 'POST', url: 'Patient', ifNoneExist: 'identifier=#' } },
      [412],
    ],
    [
      'a conditional update with several matches',
      { resource: patient(), request: { method: 'PUT', url: 'Patient?identifier=#' } },
      [412],
    ],
    [
      'a resource of the wrong type',
      { resource: { resourceType: 'Device' }, request: { method: 'POST', url: 'Patient' } },
      [400, 422],
    ],
    ['an unknown method', { request: { method: 'FETCH', url: 'Patient/@' } }, [400, 422]],
    ['a GET of what does not exist', { request: { method: 'GET', url: 'Patient/nobody-here' } }, [404]],
    [
      'an unknown type',
      { resource: { resourceType: 'Nonsense' }, request: { method: 'POST', url: 'Nonsense' } },
      [400, 404, 422],
    ],
  ] as const) {
    must(`all or nothing: ${what}`, async ({ fhir, unique }) => {
      const [value, several] = [unique(), unique()]
      const { id } = await fhir.create(patient())
      await fhir.create(identified(several))
      await fhir.create(identified(several))
      const text = JSON.stringify(entry).replaceAll('@', id).replaceAll('identifier=#', byIdentifier(several))
      const received = await fhir.post(
        '',
        `{"resourceType":"Bundle","type":"transaction","entry":[${JSON.stringify(post(identified(value)))},${text}]}`,
      )
      refused(received, ...codes)
      equal(await matches(fhir, value), 0, 'nothing was created')
      equal(resourceOf(await fhir.get(`/Patient/${id}`), 'Patient').active, undefined, 'nothing was changed')
    })
  }

  should('the outcome of a failed transaction names the entry', async ({ fhir }) => {
    const received = await send(
      fhir,
      post(patient()),
      post(patient()),
      post({ ...patient(), gender: 'x' } as unknown as Resource),
    )
    refused(received, 400, 422)
    check(/entry\[2\]/.test(received.text), 'Bundle.entry[2]')
  })

  must(
    'the order of processing is DELETE, POST, PUT, GET',
    async ({ fhir, unique }) => {
      const value = unique()
      const { id } = await fhir.create(identified(value))
      const put = unique('put')
      const entries = await done(
        fhir,
        { request: { method: 'GET', url: `Patient?${byIdentifier(value)}` } },
        {
          resource: { ...identified(value, { gender: 'other' }), id: put },
          request: { method: 'PUT', url: `Patient/${put}` },
        },
        post(identified(value), undefined, byIdentifier(value)),
        { request: { method: 'DELETE', url: `Patient/${id}` } },
      )
      equal(codeOf(entries[2]), 201, 'the POST comes after the DELETE: no match, created')
      const found = entries[0]?.resource
      equal(
        found?.resourceType === 'Bundle' ? found.entry?.length : undefined,
        2,
        'the GET comes last: it finds both new ones',
      )
    },
    'http.html#trules',
  )

  must(
    'the order of entries does not matter',
    async ({ fhir }) => {
      const [one, two] = [urn(), urn()]
      const organization = post({ resourceType: 'Organization', name: 'o' }, one)
      const person = post(patient({ managingOrganization: { reference: one } }), two)
      const result = post(observation({ subject: { reference: two } }))
      for (const order of [
        [organization, person, result],
        [result, person, organization],
      ])
        equal((await done(fhir, ...order)).map(codeOf), [201, 201, 201], 'created')
    },
    'http.html#trules',
  )

  must(
    'the same resource twice fails',
    async ({ fhir }) => {
      const { id } = await fhir.create(patient())
      const put: BundleEntry = {
        resource: { ...patient({ active: true }), id },
        request: { method: 'PUT', url: `Patient/${id}` },
      }
      refusedAnyhow(await send(fhir, put, { ...put, resource: { ...patient({ active: false }), id } }))
      refusedAnyhow(await send(fhir, put, { request: { method: 'DELETE', url: `Patient/${id}` } }))
    },
    'http.html#trules',
  )

  must(
    'the same resource twice by a condition fails',
    async ({ fhir, unique }) => {
      const value = unique()
      const { id } = await fhir.create(identified(value))
      refusedAnyhow(
        await send(
          fhir,
          {
            resource: { ...identified(value, { active: true }), id },
            request: { method: 'PUT', url: `Patient/${id}` },
          },
          {
            resource: identified(value, { active: false }),
            request: { method: 'PUT', url: `Patient?${byIdentifier(value)}` },
          },
        ),
      )
    },
    'http.html#trules',
  )

  must(
    'the same fullUrl twice fails',
    async ({ fhir }) => {
      const one = urn()
      refusedAnyhow(await send(fhir, post(patient(), one), post(patient(), one)))
    },
    'bundle.html#bundle-unique',
  )

  must('DELETE, conditional DELETE and PATCH in a transaction', async ({ fhir, unique }) => {
    const value = unique()
    const [one, two, three, four] = [
      await fhir.create(patient()),
      await fhir.create(identified(value)),
      await fhir.create(patient()),
      await fhir.create(patient()),
    ]
    const data = Buffer.from('[{"op":"add","path":"/active","value":true}]').toString('base64')
    await done(
      fhir,
      { request: { method: 'DELETE', url: `Patient/${one.id}` } },
      { request: { method: 'DELETE', url: `Patient?${byIdentifier(value)}` } },
      {
        resource: { resourceType: 'Binary', contentType: 'application/json-patch+json', data },
        request: { method: 'PATCH', url: `Patient/${three.id}` },
      },
      {
        resource: fhirPatch(
          operation('add', {
            path: { valueString: 'Patient' },
            name: { valueString: 'active' },
            value: { valueBoolean: true },
          }),
        ),
        request: { method: 'PATCH', url: `Patient/${four.id}` },
      },
    )
    status(await fhir.get(`/Patient/${one.id}`), 410)
    status(await fhir.get(`/Patient/${two.id}`), 410)
    for (const { id } of [three, four])
      equal(resourceOf(await fhir.get(`/Patient/${id}`), 'Patient').active, true, 'patched')
  })

  must(
    'Prefer: return=minimal and representation',
    async ({ fhir }) => {
      const full = resourceOf(
        await fhir.post('', bundleOf([post(patient())]), { prefer: 'return=representation' }),
        'Bundle',
      )
      equal(full.entry?.[0]?.resource?.resourceType, 'Patient', 'the resource')
      const minimal = resourceOf(
        await fhir.post('', bundleOf([post(patient())]), { prefer: 'return=minimal' }),
        'Bundle',
      )
      equal(minimal.entry?.[0]?.resource, undefined, 'no resource')
    },
    'http.html#ops',
  )

  must(
    'a search in a transaction sees what it wrote',
    async ({ fhir, unique }) => {
      const value = unique()
      const entries = await done(fhir, post(observation({ code: concept(value) })), {
        request: { method: 'GET', url: `Observation?code=${value}` },
      })
      const found = entries[1]?.resource
      equal(found?.resourceType === 'Bundle' ? found.entry?.length : undefined, 1, 'one')
    },
    'http.html#trules',
  )

  must('an empty transaction', async ({ fhir }) => {
    const received = await fhir.post('', { resourceType: 'Bundle', type: 'transaction' })
    status(received, 200)
    equal(resourceOf(received, 'Bundle').type, 'transaction-response', 'type')
  })
})
