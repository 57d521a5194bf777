/** Refusals: the right status, and always an OperationOutcome. @see https://hl7.org/fhir/R4/http.html#Status-Codes */
import {
  check,
  equal,
  hasErrorOutcome,
  headerOf,
  present,
  refused,
  refusedAnyhow,
} from '../../support/conformance/check.ts'
import { clause } from '../../support/conformance/clause.ts'
import { outcomeOf } from '../../support/conformance/client.ts'
import { patient } from '../../support/conformance/samples.ts'

export const errors = clause('errors', 'http.html#summary', ({ must, should, own }) => {
  for (const [method, path] of [
    ['GET', '/Nonsense'],
    ['GET', '/Nonsense/1'],
    ['POST', '/Nonsense'],
    ['PUT', '/Nonsense/1'],
    ['GET', '/Nonsense/_history'],
    ['GET', '/Patient/1/2/3/4'],
    ['GET', '/$nonsense'],
    ['GET', '/Patient/$nonsense'],
    ['GET', '/Patient/1/$nonsense'],
    ['GET', '/_nonsense'],
    ['GET', '/Resource/1'],
    ['GET', '/Element/1'],
    ['GET', '/HumanName/1'],
    ['GET', '/constructor/1'],
    ['GET', '/__proto__/1'],
    ['GET', '//Patient'],
  ] as const) {
    must(`${method} ${path} is refused with an outcome`, async ({ fhir }) => {
      const body = method === 'GET' ? {} : { body: { resourceType: 'Nonsense', id: '1' } }
      refused(await fhir.request(method, path, body), 400, 404, 405, 501)
    })
  }

  own('an unknown operation is 404', async ({ fhir }) => {
    refused(await fhir.get('/Patient/$nonsense'), 404)
  })

  for (const [method, path] of [
    ['PUT', '/metadata'],
    ['DELETE', '/metadata'],
    ['PATCH', ''],
    ['PUT', ''],
    ['POST', '/Patient/x/_history'],
    ['PUT', '/Patient/x/_history/1'],
    ['DELETE', '/Patient/_search'],
  ] as const) {
    must(`${method} ${path || '[base]'} is not allowed`, async ({ fhir }) => {
      const body = method === 'DELETE' ? {} : { body: patient() }
      refused(await fhir.request(method, path, body), 400, 404, 405, 412, 415)
    })
  }

  should('405 says what is allowed', async ({ fhir }) => {
    const received = await fhir.request('PUT', '/metadata', { body: patient() })
    if (received.status === 405) check(/GET/.test(headerOf(received, 'allow')), 'Allow names GET')
  })

  must('a method nobody knows is refused', async ({ fhir }) => {
    const received = await fhir.request('PROPFIND', '/Patient')
    check([400, 404, 405, 501].includes(received.status), `${received.status}`)
    hasErrorOutcome(received)
  })

  must('an error asked for in XML is XML', async ({ fhir, unique }) => {
    const received = await fhir.get(`/Patient/${unique()}`, { accept: 'application/fhir+xml' })
    equal(received.status, 404, 'status')
    check(headerOf(received, 'content-type').startsWith('application/fhir+xml'), 'content type')
    check(received.text.includes('<OperationOutcome'), 'an OperationOutcome')
  })

  should('each issue has severity, code and something to read', async ({ fhir, unique }) => {
    const { issue } = outcomeOf(await fhir.get(`/Patient/${unique()}`))
    for (const { severity, code, details, diagnostics } of issue) {
      present(severity, 'severity')
      present(code, 'code')
      check((details?.text ?? diagnostics ?? '') !== '', 'details.text or diagnostics')
    }
  })

  should('the code says not-found and deleted', async ({ fhir, unique }) => {
    equal(outcomeOf(await fhir.get(`/Patient/${unique()}`)).issue[0]?.code, 'not-found', 'an unknown id')
    const { id } = await fhir.create(patient())
    await fhir.delete(`/Patient/${id}`)
    equal(outcomeOf(await fhir.get(`/Patient/${id}`)).issue[0]?.code, 'deleted', 'a deleted resource')
  })

  must(
    'no stack, no path, no SQL in an error',
    async ({ fhir }) => {
      for (const path of ['/Patient/%00', '/Patient?_sort=%27', '/Patient?birthdate=x', '/Nonsense']) {
        const received = await fhir.get(path)
        refusedAnyhow(received)
        check(
          !/node_modules|\bat [\w.]+ \(|\.[jt]s:\d+|select .* from |syntax error at/i.test(received.text),
          'nothing of the inside',
        )
      }
    },
    'security.html',
  )

  own('every answer has a request id', async ({ fhir, unique }) => {
    headerOf(await fhir.get(`/Patient/${unique()}`), 'x-request-id')
    headerOf(await fhir.get('/metadata'), 'x-request-id')
  })
})
