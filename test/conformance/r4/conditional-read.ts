/** @see https://hl7.org/fhir/R4/http.html#cread */
import { equal, headerOf, status, succeeded } from '../../support/conformance/check.ts'
import { clause } from '../../support/conformance/clause.ts'
import { idOf } from '../../support/conformance/client.ts'
import { patient } from '../../support/conformance/samples.ts'

const DAY_MS = 86_400_000

export const conditionalRead = clause('conditional-read', 'http.html#cread', ({ should }) => {
  should('If-None-Match with the current ETag: 304 without a body', async ({ fhir, readable }) => {
    const { path } = await readable()
    const now = await fhir.get(path)
    const received = await fhir.get(path, {
      'if-none-match': headerOf(now, 'etag'),
    })
    status(received, 304)
    equal(received.text, '', 'no body')
  })

  should('If-None-Match with an older ETag: 200', async ({ fhir }) => {
    const created = await fhir.post('/Patient', patient())
    const id = idOf(created)
    succeeded(await fhir.put(`/Patient/${id}`, { ...patient({ active: true }), id }))
    status(await fhir.get(`/Patient/${id}`, { 'if-none-match': headerOf(created, 'etag') }), 200)
  })

  should('If-None-Match with a list of ETags', async ({ fhir, readable }) => {
    const { path } = await readable()
    const now = await fhir.get(path)
    status(await fhir.get(path, { 'if-none-match': `W/"77", ${headerOf(now, 'etag')}` }), 304)
    status(await fhir.get(path, { 'if-none-match': 'W/"77", W/"78"' }), 200)
    status(await fhir.get(path, { 'if-none-match': '*' }), 304)
  })

  should('If-Modified-Since after the last change: 304', async ({ fhir, readable }) => {
    const { path } = await readable()
    const later = new Date(Date.now() + DAY_MS).toUTCString()
    const received = await fhir.get(path)
    status(await fhir.get(path, { 'if-modified-since': headerOf(received, 'last-modified') }), 304)
    // A date in the future is invalid to RFC 7232 and may be ignored.
    status(await fhir.get(path, { 'if-modified-since': later }), 304, 200)
  })

  should('If-Modified-Since before the last change: 200', async ({ fhir, readable }) => {
    const { path } = await readable()
    status(await fhir.get(path, { 'if-modified-since': new Date(Date.now() - DAY_MS).toUTCString() }), 200)
    status(await fhir.get(path, { 'if-modified-since': 'no date' }), 200)
  })

  should('If-None-Match counts more than If-Modified-Since', async ({ fhir, readable }) => {
    const { path } = await readable()
    const since = headerOf(await fhir.get(path), 'last-modified')
    status(await fhir.get(path, { 'if-none-match': 'W/"77"', 'if-modified-since': since }), 200)
  })

  should('a deleted resource is 410, whatever the condition', async ({ fhir }) => {
    const created = await fhir.post('/Patient', patient())
    const id = idOf(created)
    succeeded(await fhir.delete(`/Patient/${id}`))
    status(await fhir.get(`/Patient/${id}`, { 'if-none-match': headerOf(created, 'etag') }), 410)
  })
})
