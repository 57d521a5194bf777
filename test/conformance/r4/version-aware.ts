/** Version aware updates. @see https://hl7.org/fhir/R4/http.html#concurrency */
import { equal, headerOf, refused, status, succeeded } from '../../support/conformance/check.ts'
import { clause } from '../../support/conformance/clause.ts'
import { resourceOf } from '../../support/conformance/client.ts'
import { patient } from '../../support/conformance/samples.ts'

export const versionAware = clause('version-aware', 'http.html#concurrency', ({ must, should, own }) => {
  must('If-Match with the current ETag: updated', async ({ fhir }) => {
    const created = await fhir.post('/Patient', patient())
    const { id } = resourceOf(created, 'Patient')
    status(
      await fhir.put(
        `/Patient/${id}`,
        { ...patient({ active: true }), id },
        { 'if-match': headerOf(created, 'etag') },
      ),
      200,
    )
  })

  must('If-Match with an older ETag: 412 and nothing changed', async ({ fhir }) => {
    const created = await fhir.post('/Patient', patient())
    const { id } = resourceOf(created, 'Patient')
    const old = headerOf(created, 'etag')
    succeeded(await fhir.put(`/Patient/${id}`, { ...patient({ active: true }), id }))
    refused(await fhir.put(`/Patient/${id}`, { ...patient({ active: false }), id }, { 'if-match': old }), 412)
    equal(resourceOf(await fhir.get(`/Patient/${id}`), 'Patient').active, true, 'unchanged')
  })

  must('If-Match with a version that never was: 412', async ({ fhir }) => {
    const { id } = await fhir.create(patient())
    refused(
      await fhir.put(`/Patient/${id}`, { ...patient({ active: true }), id }, { 'if-match': 'W/"99"' }),
      412,
    )
  })

  must('If-Match is checked by PATCH', async ({ fhir }) => {
    const created = await fhir.post('/Patient', patient())
    const { id } = resourceOf(created, 'Patient')
    const operations = [{ op: 'add', path: '/active', value: true }]
    const type = 'application/json-patch+json'
    refused(await fhir.patch(`/Patient/${id}`, operations, type, { 'if-match': 'W/"99"' }), 412)
    status(
      await fhir.patch(`/Patient/${id}`, operations, type, { 'if-match': headerOf(created, 'etag') }),
      200,
    )
  })

  should('If-Match is checked by DELETE', async ({ fhir }) => {
    const created = await fhir.post('/Patient', patient())
    const { id } = resourceOf(created, 'Patient')
    refused(await fhir.delete(`/Patient/${id}`, { 'if-match': 'W/"99"' }), 412)
    status(await fhir.get(`/Patient/${id}`), 200)
    succeeded(await fhir.delete(`/Patient/${id}`, { 'if-match': headerOf(created, 'etag') }))
  })

  own('an If-Match that is no version is refused, never ignored', async ({ fhir }) => {
    const { id } = await fhir.create(patient())
    for (const value of ['nonsense', 'W/"', '""', 'W/"1'])
      refused(
        await fhir.put(`/Patient/${id}`, { ...patient({ active: true }), id }, { 'if-match': value }),
        400,
        412,
      )
  })

  own('If-Match on an id that does not exist creates nothing', async ({ fhir, unique }) => {
    const id = unique()
    refused(await fhir.put(`/Patient/${id}`, { ...patient(), id }, { 'if-match': 'W/"1"' }), 404, 412)
    refused(await fhir.get(`/Patient/${id}`), 404)
  })

  own('If-Match holds even for an identical update', async ({ fhir }) => {
    const { id } = await fhir.create(patient())
    refused(await fhir.put(`/Patient/${id}`, { ...patient(), id }, { 'if-match': 'W/"9"' }), 412)
  })
})
