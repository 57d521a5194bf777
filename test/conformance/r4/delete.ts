/** @see https://hl7.org/fhir/R4/http.html#delete */
import { check, equal, refused, status, succeeded } from '../../support/conformance/check.ts'
import { clause } from '../../support/conformance/clause.ts'
import { outcomeOf, resourceOf } from '../../support/conformance/client.ts'
import { byIdentifier, identified, patient } from '../../support/conformance/samples.ts'

export const deletion = clause('delete', 'http.html#delete', ({ must, should, own }) => {
  must('200, 202 or 204; then 410', async ({ fhir }) => {
    const { id } = await fhir.create(patient())
    status(await fhir.delete(`/Patient/${id}`), 200, 202, 204)
    refused(await fhir.get(`/Patient/${id}`), 410)
  })

  must('204 has no body, 200 has an OperationOutcome', async ({ fhir }) => {
    const { id } = await fhir.create(patient())
    const received = await fhir.delete(`/Patient/${id}`)
    if (received.status === 204) equal(received.text, '', 'no body')
    else outcomeOf(received)
  })

  own('204 by default, 200 with an OperationOutcome when preferred', async ({ fhir }) => {
    const [one, two] = [await fhir.create(patient()), await fhir.create(patient())]
    status(await fhir.delete(`/Patient/${one.id}`), 204)
    const received = await fhir.delete(`/Patient/${two.id}`, { prefer: 'return=OperationOutcome' })
    status(received, 200)
    check(outcomeOf(received).issue.length > 0, 'an issue')
  })

  must('a deleted resource is found by no search', async ({ fhir, unique }) => {
    const value = unique()
    const { id } = await fhir.create(identified(value))
    equal(
      resourceOf(await fhir.get(`/Patient?${byIdentifier(value)}`), 'Bundle').entry?.length,
      1,
      'found before',
    )
    succeeded(await fhir.delete(`/Patient/${id}`))
    equal(
      resourceOf(await fhir.get(`/Patient?${byIdentifier(value)}`), 'Bundle').entry ?? [],
      [],
      'not after',
    )
  })

  must('deleting again succeeds', async ({ fhir }) => {
    const { id } = await fhir.create(patient())
    succeeded(await fhir.delete(`/Patient/${id}`))
    status(await fhir.delete(`/Patient/${id}`), 200, 204)
  })

  should('deleting what never was succeeds or is 404', async ({ fhir, unique }) => {
    status(await fhir.delete(`/Patient/${unique()}`), 200, 204, 404)
  })

  own('deleting what never was is 204, and makes no history', async ({ fhir, unique }) => {
    const id = unique()
    status(await fhir.delete(`/Patient/${id}`), 204)
    refused(await fhir.get(`/Patient/${id}`), 404)
    refused(await fhir.get(`/Patient/${id}/_history`), 404)
  })

  own('deleting again makes no version', async ({ fhir }) => {
    const { id } = await fhir.create(patient())
    for (let i = 0; i < 3; i++) succeeded(await fhir.delete(`/Patient/${id}`))
    equal(resourceOf(await fhir.get(`/Patient/${id}/_history`), 'Bundle').entry?.length, 2, 'two versions')
  })

  must('a type that does not exist is 404', async ({ fhir }) => {
    refused(await fhir.delete('/Nonsense/1'), 404)
  })

  must('DELETE of a version or of the base is not allowed', async ({ fhir }) => {
    const { id } = await fhir.create(patient())
    refused(await fhir.delete(`/Patient/${id}/_history/1`), 400, 404, 405)
    refused(await fhir.delete(''), 400, 404, 405, 412)
    status(await fhir.get(`/Patient/${id}`), 200)
  })
})
