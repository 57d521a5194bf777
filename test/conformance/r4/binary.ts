/** @see https://hl7.org/fhir/R4/binary.html#rest */
import { check, equal, headerOf, refused, status } from '../../support/conformance/check.ts'
import { clause } from '../../support/conformance/clause.ts'
import { idOf, resourceOf } from '../../support/conformance/client.ts'

const TEXT = 'Compte rendu : tout va bien, é, €.\n'
const DATA = Buffer.from(TEXT).toString('base64')
const binary = { resourceType: 'Binary' as const, contentType: 'text/plain', data: DATA }

export const binaryContent = clause('binary', 'binary.html#rest', ({ must, should }) => {
  must('a Binary as a resource, when a FHIR format is asked for', async ({ fhir }) => {
    const { id } = await fhir.create(binary)
    const read = resourceOf(await fhir.get(`/Binary/${id}`, { accept: 'application/fhir+json' }), 'Binary')
    equal(read.data, DATA, 'data')
    equal(read.contentType, 'text/plain', 'contentType')
    const xml = await fhir.get(`/Binary/${id}`, { accept: 'application/fhir+xml' })
    check(xml.text.includes(DATA), 'the same in XML')
  })

  must('its bytes, when their type is asked for', async ({ fhir }) => {
    const { id } = await fhir.create(binary)
    const read = await fhir.get(`/Binary/${id}`, { accept: 'text/plain' })
    status(read, 200)
    equal(read.text, TEXT, 'the bytes')
    check(headerOf(read, 'content-type').startsWith('text/plain'), 'Content-Type')
  })

  should('bytes of any type can be sent', async ({ fhir }) => {
    const created = await fhir.post('/Binary', TEXT, { 'content-type': 'text/plain' })
    status(created, 201)
    const id = headerOf(created, 'location').match(/Binary\/([^/]+)/)?.[1]
    const read = resourceOf(await fhir.get(`/Binary/${id}`, { accept: 'application/fhir+json' }), 'Binary')
    equal(read.data, DATA, 'data')
    equal(read.contentType, 'text/plain', 'contentType')
  })

  should('bytes replace bytes', async ({ fhir }) => {
    const id = idOf(await fhir.post('/Binary', binary))
    status(await fhir.put(`/Binary/${id}`, 'b', { 'content-type': 'text/plain' }), 200)
    equal((await fhir.get(`/Binary/${id}`, { accept: 'text/plain' })).text, 'b', 'the new bytes')
    status(await fhir.get(`/Binary/${id}/_history/1`), 200)
  })

  must('a type that the bytes are not of', async ({ fhir }) => {
    const { id } = await fhir.create(binary)
    refused(await fhir.get(`/Binary/${id}`, { accept: 'image/png' }), 406)
  })

  must('bytes are taken for Binary alone', async ({ fhir }) => {
    refused(await fhir.post('/Patient', TEXT, { 'content-type': 'text/plain' }), 415)
  })
})
