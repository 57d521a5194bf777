/** What a write gives back. @see https://hl7.org/fhir/R4/http.html#ops */
import { equal, headerOf, refused, status } from '../../support/conformance/check.ts'
import { clause } from '../../support/conformance/clause.ts'
import { idOf, outcomeOf, type Received, resourceOf } from '../../support/conformance/client.ts'
import { patient } from '../../support/conformance/samples.ts'

export const prefer = clause('prefer', 'http.html#ops', ({ should, must, own }) => {
  const looks: readonly (readonly [string, (received: Received) => void])[] = [
    ['minimal', (received) => equal(received.text, '', 'no body')],
    ['representation', (received) => equal(resourceOf(received, 'Patient').gender, 'other', 'the resource')],
    ['OperationOutcome', (received) => equal(outcomeOf(received).issue.length > 0, true, 'an outcome')],
  ]
  for (const [value, look] of looks) {
    should(`create with return=${value}`, async ({ fhir }) => {
      const received = await fhir.post('/Patient', patient({ gender: 'other' }), {
        prefer: `return=${value}`,
      })
      status(received, 201)
      headerOf(received, 'location')
      look(received)
    })
    should(`update with return=${value}`, async ({ fhir }) => {
      const { id } = await fhir.create(patient())
      const received = await fhir.put(
        `/Patient/${id}`,
        { ...patient({ gender: 'other' }), id },
        { prefer: `return=${value}` },
      )
      status(received, 200)
      look(received)
    })
    should(`patch with return=${value}`, async ({ fhir }) => {
      const { id } = await fhir.create(patient())
      const operations = [{ op: 'add', path: '/gender', value: 'other' }]
      const received = await fhir.patch(`/Patient/${id}`, operations, 'application/json-patch+json', {
        prefer: `return=${value}`,
      })
      status(received, 200, ...(value === 'minimal' ? [204] : []))
      look(received)
    })
  }

  must('a preference nobody knows is ignored', async ({ fhir, creatable }) => {
    const body = await creatable()
    const received = await fhir.post(`/${body.resourceType}`, body, {
      prefer: 'return=nonsense, flavour=sweet',
    })
    status(received, 201)
    status(await fhir.get(`/${body.resourceType}/${idOf(received)}`), 200)
  })

  must('several preferences in one header', async ({ fhir, creatable }) => {
    const body = await creatable()
    const received = await fhir.post(`/${body.resourceType}`, body, {
      prefer: 'handling=strict; x="a,b", return=minimal',
    })
    status(received, 201)
    equal(received.text, '', 'no body')
  })

  own('a refusal has its outcome whatever is preferred', async ({ fhir }) => {
    refused(await fhir.post('/Patient', { ...patient(), gender: 'x' }, { prefer: 'return=minimal' }), 422)
  })
})
