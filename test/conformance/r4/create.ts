/** @see https://hl7.org/fhir/R4/http.html#create */
import {
  check,
  equal,
  headerOf,
  present,
  refused,
  refusedAnyhow,
  status,
} from '../../support/conformance/check.ts'
import { clause } from '../../support/conformance/clause.ts'
import { idOf, resourceOf } from '../../support/conformance/client.ts'
import { patient, smallest } from '../../support/conformance/samples.ts'

export const create = clause('create', 'http.html#create', ({ must, should, own }) => {
  must('201 with a Location of id and version', async ({ fhir }) => {
    const received = await fhir.post('/Patient', patient())
    status(received, 201)
    const location = headerOf(received, 'location')
    check(
      /\/Patient\/[A-Za-z0-9\-.]{1,64}\/_history\/[A-Za-z0-9\-.]{1,64}$/.test(location),
      `Location is [base]/Patient/[id]/_history/[vid], not ${location}`,
    )
    status(
      await fhir.get(
        location.replace(/^(?!https?:)\/?/, `${fhir.base}/`).replace(`${fhir.base}/http`, 'http'),
      ),
      200,
    )
  })

  should('ETag and Last-Modified of the new version', async ({ fhir }) => {
    const received = await fhir.post('/Patient', patient())
    const { meta } = resourceOf(received, 'Patient')
    equal(headerOf(received, 'etag'), `W/"${meta?.versionId}"`, 'ETag')
    check(
      Math.abs(Date.parse(headerOf(received, 'last-modified')) - Date.now()) < 300_000,
      'Last-Modified is now',
    )
  })

  own('Location is below the base, the first version is 1, the body comes by default', async ({ fhir }) => {
    const received = await fhir.post('/Patient', patient())
    const { id } = resourceOf(received, 'Patient')
    equal(headerOf(received, 'location'), `${fhir.base}/Patient/${id}/_history/1`, 'Location')
    equal(headerOf(received, 'etag'), 'W/"1"', 'ETag')
  })

  must('an id in the body is ignored', async ({ fhir, unique }) => {
    const wanted = unique('mine')
    const received = await fhir.post('/Patient', { ...patient(), id: wanted })
    status(received, 201)
    check(idOf(received) !== wanted, 'the server gives the id')
    refused(await fhir.get(`/Patient/${wanted}`), 404)
  })

  must('versionId and lastUpdated in the body are ignored', async ({ fhir }) => {
    const received = await fhir.post(
      '/Patient',
      patient({ meta: { versionId: 'mine', lastUpdated: '2001-01-01T00:00:00Z' } }),
    )
    status(received, 201)
    const { meta } = resourceOf(await fhir.get(`/Patient/${idOf(received)}`), 'Patient')
    check(meta?.versionId !== 'mine', 'versionId is the server’s')
    check(Date.parse(meta?.lastUpdated ?? '') > Date.parse('2020-01-01'), 'lastUpdated is the server’s')
  })

  must(
    'tags, profiles and labels in the body are kept',
    async ({ fhir }) => {
      const meta = {
        profile: ['http://hl7.org/fhir/StructureDefinition/Patient'],
        security: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality', code: 'N' }],
        tag: [{ system: 'https://conformance.example/t', code: 'kept' }],
      }
      const { id } = await fhir.create(patient({ meta }))
      const found = resourceOf(await fhir.get(`/Patient/${id}`), 'Patient').meta
      equal({ profile: found?.profile, security: found?.security, tag: found?.tag }, meta, 'meta')
    },
    'resource.html#Meta',
  )

  must('the same body twice makes two resources', async ({ fhir }) => {
    const [one, two] = [await fhir.post('/Patient', patient()), await fhir.post('/Patient', patient())]
    check(idOf(one) !== idOf(two), 'two ids')
  })

  for (const resource of smallest) {
    must(`${resource.resourceType} can be created and read`, async ({ fhir }) => {
      const received = await fhir.post(`/${resource.resourceType}`, resource)
      status(received, 201)
      const read = await fhir.get(`/${resource.resourceType}/${idOf(received)}`)
      status(read, 200)
      equal(resourceOf(read, resource.resourceType).resourceType, resource.resourceType, 'resourceType')
    })
  }

  must('a body of another type than the address is refused', async ({ fhir }) => {
    refused(await fhir.post('/Observation', patient()), 400, 422)
  })

  must('a type that does not exist is 404', async ({ fhir }) => {
    refused(await fhir.post('/Nonsense', { resourceType: 'Nonsense' }), 404)
  })

  for (const [what, body] of [
    ['no body', undefined],
    ['an empty body', ''],
    ['an array', '[]'],
    ['null', 'null'],
    ['a text', '"Patient"'],
    ['no resourceType', '{}'],
    ['half of JSON', '{"resourceType":"Patient"'],
    ['two bodies', '{"resourceType":"Patient"}{"resourceType":"Patient"}'],
    ['JSON with a comment', '{"resourceType":"Patient" /* no */}'],
    ['JSON with a trailing comma', '{"resourceType":"Patient",}'],
    ['single quotes', "{'resourceType':'Patient'}"],
  ] as const) {
    must(
      `${what} is refused with 400`,
      async ({ fhir }) => {
        refused(
          await fhir.request('POST', '/Patient', {
            ...(body === undefined ? {} : { body }),
            headers: { 'content-type': 'application/fhir+json' },
          }),
          400,
        )
      },
      'http.html#rejecting-updates',
    )
  }

  must(
    'a key given twice is refused',
    async ({ fhir }) => {
      refusedAnyhow(
        await fhir.post('/Patient', '{"resourceType":"Patient","gender":"male","gender":"female"}'),
      )
    },
    'json.html#json',
  )

  must('a resource that breaks the specification is refused', async ({ fhir }) => {
    refused(await fhir.post('/Patient', { resourceType: 'Patient', nonsense: 1 }), 400, 422)
    refused(await fhir.post('/Observation', { resourceType: 'Observation' }), 400, 422)
  })

  own('a resource that breaks the specification is 422', async ({ fhir }) => {
    refused(await fhir.post('/Patient', { resourceType: 'Patient', nonsense: 1 }), 422)
  })

  must('POST to a resource is not allowed', async ({ fhir }) => {
    const { id } = await fhir.create(patient())
    refused(await fhir.post(`/Patient/${id}`, patient()), 400, 404, 405)
  })

  must('an abstract type cannot be created', async ({ fhir }) => {
    refused(await fhir.post('/DomainResource', { resourceType: 'DomainResource' }), 400, 404, 422)
  })

  must('a byte order mark is no part of the resource', async ({ fhir }) => {
    const received = await fhir.post('/Patient', `\uFEFF${JSON.stringify(patient())}`)
    status(received, 201, 400)
    if (received.status === 400) refused(received, 400)
  })

  must('lastUpdated is now, with a zone', async ({ fhir }) => {
    const { meta } = resourceOf(await fhir.post('/Patient', patient()), 'Patient')
    const time = present(meta?.lastUpdated, 'meta.lastUpdated')
    check(/T\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(time), `an instant: ${time}`)
    check(Math.abs(Date.parse(time) - Date.now()) < 300_000, 'within five minutes of this clock')
  })
})
