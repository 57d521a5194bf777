/** @see https://hl7.org/fhir/R4/http.html#delete (conditional delete) */
import { equal, refused, status, succeeded } from '../../support/conformance/check.ts'
import { clause } from '../../support/conformance/clause.ts'
import { resourceOf } from '../../support/conformance/client.ts'
import { byIdentifier, identified } from '../../support/conformance/samples.ts'

export const conditionalDelete = clause('conditional-delete', 'http.html#3.1.0.7.1', ({ must, own }) => {
  must('one match: deleted', async ({ fhir, unique }) => {
    const value = unique()
    const { id } = await fhir.create(identified(value))
    succeeded(await fhir.delete(`/Patient?${byIdentifier(value)}`))
    refused(await fhir.get(`/Patient/${id}`), 410)
  })

  must('no match: nothing happens', async ({ fhir, unique }) => {
    status(await fhir.delete(`/Patient?${byIdentifier(unique())}`), 200, 204, 404)
  })

  must('several matches: all are deleted, or 412 and none', async ({ fhir, unique }) => {
    const value = unique()
    const ids = [(await fhir.create(identified(value))).id, (await fhir.create(identified(value))).id]
    const received = await fhir.delete(`/Patient?${byIdentifier(value)}`)
    status(received, 200, 204, 412)
    const expected = received.status === 412 ? 200 : 410
    for (const id of ids) status(await fhir.get(`/Patient/${id}`), expected)
  })

  own('several matches: 412', async ({ fhir, unique }) => {
    const value = unique()
    await fhir.create(identified(value))
    await fhir.create(identified(value))
    refused(await fhir.delete(`/Patient?${byIdentifier(value)}`), 412)
  })

  own('a condition that selects everything is refused', async ({ fhir }) => {
    for (const query of [
      '',
      '?',
      '?nonsense=1',
      '?_count=10',
      '?_sort=name',
      '?identifier=',
      '?_format=json',
      '?name:nonsense=x',
    ]) {
      refused(await fhir.delete(`/Patient${query}`), 400, 404, 405, 412)
    }
    refused(await fhir.delete('/Patient?nonsense=1', { prefer: 'handling=lenient' }), 400, 412)
  })

  must('a deletion of one type leaves the others', async ({ fhir, unique }) => {
    const value = unique()
    const { identifier = [] } = identified(value)
    const { id } = await fhir.create({ resourceType: 'Practitioner', identifier })
    await fhir.create(identified(value))
    succeeded(await fhir.delete(`/Patient?${byIdentifier(value)}`))
    equal(resourceOf(await fhir.get(`/Practitioner/${id}`), 'Practitioner').id, id, 'the practitioner stands')
  })
})
