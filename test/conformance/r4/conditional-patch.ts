/** @see https://hl7.org/fhir/R4/http.html#patch (conditional patch) */
import { equal, refused, status } from '../../support/conformance/check.ts'
import { clause } from '../../support/conformance/clause.ts'
import { resourceOf } from '../../support/conformance/client.ts'
import { byIdentifier, identified } from '../../support/conformance/samples.ts'
import { fhirPatch, operation } from './patch-fhirpath.ts'

const TYPE = 'application/json-patch+json'
const activate = [{ op: 'add', path: '/active', value: true }]

export const conditionalPatch = clause('conditional-patch', 'http.html#patch', ({ must, own }) => {
  must('one match: patched', async ({ fhir, unique }) => {
    const value = unique()
    const { id } = await fhir.create(identified(value))
    status(await fhir.patch(`/Patient?${byIdentifier(value)}`, activate, TYPE), 200)
    equal(resourceOf(await fhir.get(`/Patient/${id}`), 'Patient').active, true, 'patched')
  })

  must('one match: patched by FHIRPath', async ({ fhir, unique }) => {
    const value = unique()
    const { id } = await fhir.create(identified(value))
    const body = fhirPatch(
      operation('add', {
        path: { valueString: 'Patient' },
        name: { valueString: 'active' },
        value: { valueBoolean: true },
      }),
    )
    status(await fhir.patch(`/Patient?${byIdentifier(value)}`, body, 'application/fhir+json'), 200)
    equal(resourceOf(await fhir.get(`/Patient/${id}`), 'Patient').active, true, 'patched')
  })

  must('no match: 404', async ({ fhir, unique }) => {
    refused(await fhir.patch(`/Patient?${byIdentifier(unique())}`, activate, TYPE), 404)
  })

  must('several matches: 412 and nothing changed', async ({ fhir, unique }) => {
    const value = unique()
    const { id } = await fhir.create(identified(value))
    await fhir.create(identified(value))
    refused(await fhir.patch(`/Patient?${byIdentifier(value)}`, activate, TYPE), 412)
    equal(resourceOf(await fhir.get(`/Patient/${id}`), 'Patient').active, undefined, 'unchanged')
  })

  must('If-Match holds for the resource that matched', async ({ fhir, unique }) => {
    const value = unique()
    await fhir.create(identified(value))
    refused(
      await fhir.patch(`/Patient?${byIdentifier(value)}`, activate, TYPE, { 'if-match': 'W/"99"' }),
      412,
    )
  })

  own('a condition that does not exist is refused, never ignored', async ({ fhir }) => {
    refused(await fhir.patch('/Patient?nonsense=1', activate, TYPE), 400)
    refused(await fhir.patch('/Patient', activate, TYPE), 400, 404, 405, 412)
  })
})
