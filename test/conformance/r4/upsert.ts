/** @see https://hl7.org/fhir/R4/http.html#upsert */
import { equal, headerOf, refused, status, succeeded } from '../../support/conformance/check.ts'
import { clause } from '../../support/conformance/clause.ts'
import { resourceOf } from '../../support/conformance/client.ts'
import { patient } from '../../support/conformance/samples.ts'

export const upsert = clause('upsert', 'http.html#upsert', ({ may, own }) => {
  own('PUT to a new id is 201 here', async ({ fhir, unique }) => {
    const id = unique('up')
    status(await fhir.put(`/Patient/${id}`, { ...patient(), id }), 201)
    status(await fhir.put(`/Patient/${id}`, { ...patient({ active: true }), id }), 200)
  })

  may('PUT to an id that does not exist creates it: 201', async ({ fhir, unique }) => {
    const id = unique('up')
    const received = await fhir.put(`/Patient/${id}`, { ...patient(), id })
    status(received, 201)
    equal(resourceOf(await fhir.get(`/Patient/${id}`), 'Patient').id, id, 'under the client’s id')
    equal(headerOf(received, 'location').includes(`/Patient/${id}/_history/`), true, 'Location names it')
  })

  may('the same id can be used by two types', async ({ fhir, unique }) => {
    const id = unique('both')
    succeeded(await fhir.put(`/Patient/${id}`, { ...patient(), id }))
    succeeded(await fhir.put(`/Device/${id}`, { resourceType: 'Device', id }))
    equal(resourceOf(await fhir.get(`/Patient/${id}`), 'Patient').resourceType, 'Patient', 'both stand')
    succeeded(await fhir.delete(`/Device/${id}`))
    status(await fhir.get(`/Patient/${id}`), 200)
  })

  may('an id of 64 characters', async ({ fhir, unique }) => {
    const id = unique('long').padEnd(64, '.')
    status(await fhir.put(`/Patient/${id}`, { ...patient(), id }), 201)
    status(await fhir.get(`/Patient/${id}`), 200)
  })

  own('an id that is none is refused', async ({ fhir }) => {
    for (const id of ['a_b', 'a'.repeat(65), 'é']) {
      refused(await fhir.put(`/Patient/${encodeURIComponent(id)}`, { ...patient(), id }), 400, 404, 422)
    }
  })
})
