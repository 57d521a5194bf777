/** @see https://hl7.org/fhir/R4/http.html#vread */
import { equal, headerOf, present, refused, status, succeeded } from '../../support/conformance/check.ts'
import { clause } from '../../support/conformance/clause.ts'
import { anyResource, type Received, resourceOf } from '../../support/conformance/client.ts'
import { patient } from '../../support/conformance/samples.ts'

function versionOf(received: Received): string {
  return present(
    /\/_history\/([A-Za-z0-9\-.]{1,64})$/.exec(headerOf(received, 'location'))?.[1],
    'a version in Location',
  )
}

export const vread = clause('vread', 'http.html#vread', ({ must, should }) => {
  must('each version is read as it was', async ({ fhir }) => {
    const created = await fhir.post('/Patient', patient({ gender: 'male' }))
    const { id } = resourceOf(created, 'Patient')
    const first = versionOf(created)
    const updated = await fhir.put(`/Patient/${id}`, { ...patient({ gender: 'female' }), id })
    succeeded(updated)
    const second = present(
      resourceOf(await fhir.get(`/Patient/${id}`), 'Patient').meta?.versionId,
      'versionId',
    )
    const genders = await Promise.all(
      [first, second].map(async (version) => {
        const received = await fhir.get(`/Patient/${id}/_history/${version}`)
        status(received, 200)
        const found = resourceOf(received, 'Patient')
        equal([found.id, found.meta?.versionId], [id, version], 'id and version')
        return found.gender
      }),
    )
    equal(genders, ['male', 'female'], 'each version has its own content')
  })

  should('ETag and Last-Modified are those of the version', async ({ fhir }) => {
    const created = await fhir.post('/Patient', patient())
    const { id, meta } = resourceOf(created, 'Patient')
    succeeded(await fhir.put(`/Patient/${id}`, { ...patient({ active: true }), id }))
    const received = await fhir.get(`/Patient/${id}/_history/${versionOf(created)}`)
    equal(headerOf(received, 'etag'), `W/"${meta?.versionId}"`, 'ETag')
    equal(
      Math.floor(Date.parse(headerOf(received, 'last-modified')) / 1000),
      Math.floor(Date.parse(meta?.lastUpdated ?? '') / 1000),
      'Last-Modified',
    )
  })

  must('the current version is read by its number too', async ({ fhir, readable }) => {
    const { path } = await readable()
    const now = await fhir.get(path)
    const { versionId } = present(anyResource(now).meta, 'meta')
    const received = await fhir.get(`${path}/_history/${versionId}`)
    status(received, 200)
    equal(received.text, now.text, 'the same resource')
    equal(headerOf(received, 'etag'), `W/"${versionId}"`, 'ETag')
  })

  must('an unknown version is 404', async ({ fhir, readable }) => {
    const { path } = await readable()
    refused(await fhir.get(`${path}/_history/999999`), 404)
    refused(await fhir.get(`${path}/_history/not-a-number`), 404)
    refused(await fhir.get(`${path}/_history/99999999999999999999999`), 404)
    refused(await fhir.get(`${path}/_history/-1`), 404)
  })

  must('a version of an unknown resource is 404', async ({ fhir, unique }) => {
    refused(await fhir.get(`/Patient/${unique()}/_history/1`), 404)
  })

  must('versions before a deletion stay readable', async ({ fhir }) => {
    const created = await fhir.post('/Patient', patient())
    const { id } = resourceOf(created, 'Patient')
    succeeded(await fhir.delete(`/Patient/${id}`))
    status(await fhir.get(`/Patient/${id}/_history/${versionOf(created)}`), 200)
  })

  should('the version of a deletion is 410', async ({ fhir }) => {
    const { id } = await fhir.create(patient())
    const deleted = await fhir.delete(`/Patient/${id}`)
    succeeded(deleted)
    const version = present(
      /"(.+)"/.exec(headerOf(deleted, 'etag'))?.[1],
      'a version in the ETag of the deletion',
    )
    refused(await fhir.get(`/Patient/${id}/_history/${version}`), 410)
  })

  must('a version asked under another type is 404', async ({ fhir }) => {
    const { id } = await fhir.create(patient())
    refused(await fhir.get(`/Observation/${id}/_history/1`), 404)
  })
})
