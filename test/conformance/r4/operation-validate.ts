import { check, refused, refusedAnyhow, status, succeeded } from '../../support/conformance/check.ts'
import { clause } from '../../support/conformance/clause.ts'
import { outcomeOf } from '../../support/conformance/client.ts'
import { observation, patient } from '../../support/conformance/samples.ts'

export const operationValidate = clause(
  'operation-validate',
  'resource-operation-validate.html',
  ({ must, should }) => {
    const severities = (issues: readonly { severity?: string }[]): boolean =>
      issues.some(({ severity }) => severity === 'error' || severity === 'fatal')

    must('a correct resource: 200 and no error', async ({ fhir }) => {
      const received = await fhir.post('/Patient/$validate', patient())
      status(received, 200)
      check(!severities(outcomeOf(received).issue), 'no error')
    })

    must('a fault: an outcome with an error at the element', async ({ fhir }) => {
      const received = await fhir.post('/Patient/$validate', { ...patient(), gender: 'nonsense' })
      status(received, 200, 400, 412, 422)
      const { issue } = outcomeOf(received)
      check(severities(issue), 'an error')
      check(
        issue.some(({ expression }) => expression?.includes('Patient.gender') ?? false),
        'at Patient.gender',
      )
    })

    should('the answer of a validation is 200 whatever it finds', async ({ fhir }) => {
      status(await fhir.post('/Patient/$validate', { ...patient(), gender: 'nonsense' }), 200)
    })

    must('in Parameters, with a mode', async ({ fhir }) => {
      const body = (resource: unknown, mode?: string) => ({
        resourceType: 'Parameters',
        parameter: [
          { name: 'resource', resource },
          ...(mode === undefined ? [] : [{ name: 'mode', valueCode: mode }]),
        ],
      })
      for (const mode of [undefined, 'create']) {
        const received = await fhir.post('/Patient/$validate', body(patient(), mode))
        status(received, 200)
        check(!severities(outcomeOf(received).issue), 'no error')
      }
      check(
        severities(
          outcomeOf(await fhir.post('/Patient/$validate', body({ ...patient(), gender: 'x' }))).issue,
        ),
        'an error',
      )
    })

    must('nothing is stored by it', async ({ fhir, unique }) => {
      const id = unique()
      succeeded(await fhir.post('/Patient/$validate', { ...patient(), id }))
      refused(await fhir.get(`/Patient/${id}`), 404)
    })

    must('a stored resource can be validated', async ({ fhir }) => {
      const { id } = await fhir.create(patient())
      const received = await fhir.get(`/Patient/${id}/$validate`)
      status(received, 200)
      check(!severities(outcomeOf(received).issue), 'no error')
    })

    must('against a profile of the specification', async ({ fhir }) => {
      const profile = 'http://hl7.org/fhir/StructureDefinition/vitalsigns'
      const received = await fhir.post(
        `/Observation/$validate?profile=${encodeURIComponent(profile)}`,
        observation(),
      )
      status(received, 200, 400, 422)
      check(severities(outcomeOf(received).issue), 'a vital sign needs a category and a subject')
    })

    must('a profile nobody knows is said', async ({ fhir }) => {
      const received = await fhir.post(
        '/Patient/$validate?profile=https%3A%2F%2Fnowhere.example%2Fp',
        patient(),
      )
      const { issue } = outcomeOf(received)
      check(
        issue.some(({ severity }) => severity !== 'information'),
        'an error or a warning',
      )
    })

    must('malformed: refused', async ({ fhir }) => {
      refusedAnyhow(await fhir.post('/Patient/$validate', '{'))
      refusedAnyhow(await fhir.post('/Nonsense/$validate', patient()))
    })
  },
)
