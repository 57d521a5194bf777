/** @see https://hl7.org/fhir/R4/http.html#update */
import {
  check,
  equal,
  headerOf,
  present,
  refused,
  status,
  succeeded,
} from '../../support/conformance/check.ts'
import { clause } from '../../support/conformance/clause.ts'
import { resourceOf } from '../../support/conformance/client.ts'
import { patient } from '../../support/conformance/samples.ts'

export const update = clause('update', 'http.html#update', ({ must, should, own }) => {
  must('200, a new version with the new content', async ({ fhir }) => {
    const created = await fhir.post('/Patient', patient({ gender: 'male' }))
    const { id, meta } = resourceOf(created, 'Patient')
    const received = await fhir.put(`/Patient/${id}`, { ...patient({ gender: 'female' }), id })
    status(received, 200)
    const found = resourceOf(await fhir.get(`/Patient/${id}`), 'Patient')
    equal(found.gender, 'female', 'the new content')
    check(found.meta?.versionId !== meta?.versionId, 'a new version')
    check(
      Date.parse(found.meta?.lastUpdated ?? '') >= Date.parse(meta?.lastUpdated ?? ''),
      'a later lastUpdated',
    )
  })

  must('what the new content leaves out is gone', async ({ fhir }) => {
    const { id } = await fhir.create(patient({ gender: 'male', active: true }))
    succeeded(await fhir.put(`/Patient/${id}`, { resourceType: 'Patient', id }))
    const found = resourceOf(await fhir.get(`/Patient/${id}`), 'Patient')
    equal([found.gender, found.active, found.name], [undefined, undefined, undefined], 'no element stays')
  })

  should('ETag and Last-Modified of the new version', async ({ fhir }) => {
    const { id } = await fhir.create(patient())
    const received = await fhir.put(`/Patient/${id}`, { ...patient({ active: true }), id })
    equal(headerOf(received, 'etag'), `W/"${resourceOf(received, 'Patient').meta?.versionId}"`, 'ETag')
    present(received.headers['last-modified'], 'Last-Modified')
  })

  must('a body without an id is refused', async ({ fhir }) => {
    const { id } = await fhir.create(patient())
    refused(await fhir.put(`/Patient/${id}`, patient()), 400)
  })

  must('a body with another id is refused', async ({ fhir, unique }) => {
    const { id } = await fhir.create(patient())
    refused(await fhir.put(`/Patient/${id}`, { ...patient(), id: unique() }), 400)
  })

  must('a body of another type is refused', async ({ fhir }) => {
    const { id } = await fhir.create(patient())
    refused(await fhir.put(`/Patient/${id}`, { resourceType: 'Device', id }), 400, 422)
  })

  must('an invalid body is refused and changes nothing', async ({ fhir }) => {
    const { id } = await fhir.create(patient({ gender: 'male' }))
    refused(await fhir.put(`/Patient/${id}`, { ...patient(), id, gender: 'x' }), 400, 422)
    equal(resourceOf(await fhir.get(`/Patient/${id}`), 'Patient').gender, 'male', 'unchanged')
  })

  must('versionId and lastUpdated in the body are ignored', async ({ fhir }) => {
    const { id } = await fhir.create(patient())
    succeeded(
      await fhir.put(`/Patient/${id}`, {
        ...patient({ active: true }),
        id,
        meta: { versionId: '77', lastUpdated: '2001-01-01T00:00:00Z' },
      }),
    )
    const { meta } = resourceOf(await fhir.get(`/Patient/${id}`), 'Patient')
    check(meta?.versionId !== '77', 'the version is the server’s')
    check(Date.parse(meta?.lastUpdated ?? '') > Date.parse('2020-01-01'), 'the time is the server’s')
  })

  must(
    'a deleted resource can be brought back',
    async ({ fhir }) => {
      const { id } = await fhir.create(patient())
      succeeded(await fhir.delete(`/Patient/${id}`))
      status(await fhir.put(`/Patient/${id}`, { ...patient({ active: true }), id }), 200, 201)
      status(await fhir.get(`/Patient/${id}`), 200)
    },
    'http.html#delete',
  )

  own('an identical update makes no new version', async ({ fhir }) => {
    const { id } = await fhir.create(patient({ active: true }))
    const before = resourceOf(await fhir.get(`/Patient/${id}`), 'Patient')
    const same = await fhir.put(`/Patient/${id}`, before)
    status(same, 200)
    equal(headerOf(same, 'etag'), 'W/"1"', 'the same version')
    status(await fhir.put(`/Patient/${id}`, { ...patient({ active: true }), id }), 200)
    equal(
      resourceOf(await fhir.get(`/Patient/${id}`), 'Patient').meta?.versionId,
      '1',
      'with other meta, too',
    )
  })

  own('a number written with another precision is a change', async ({ fhir }) => {
    const body = (value: string): string =>
      `{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueQuantity":{"value":${value}}`
    const { id } = resourceOf(await fhir.post('/Observation', `${body('1.1')}}`), 'Observation')
    const received = await fhir.put(`/Observation/${id}`, `${body('1.10')},"id":"${id}"}`)
    equal(headerOf(received, 'etag'), 'W/"2"', 'a new version')
  })

  must('PUT to a type without a condition is refused', async ({ fhir }) => {
    refused(await fhir.put('/Patient', patient()), 400, 404, 405, 412)
  })
})
