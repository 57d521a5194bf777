/**
 * One fault for each case: the resource is refused, and the issue points to the element.
 * @see https://hl7.org/fhir/R4/validation.html, https://hl7.org/fhir/R4/operationoutcome.html
 */
import { check, equal, refused, status } from '../../support/conformance/check.ts'
import { clause } from '../../support/conformance/clause.ts'
import { outcomeOf } from '../../support/conformance/client.ts'
import { patient } from '../../support/conformance/samples.ts'
import { faults, person, sound } from './validation-cases.ts'

export const validation = clause('validation', 'validation.html', ({ must, own }) => {
  for (const [what, resource, path, section] of faults) {
    const type = 'resourceType' in resource ? String(resource.resourceType) : ''
    must(
      `${what}: refused`,
      async ({ fhir }) => {
        refused(await fhir.post(`/${type}`, resource), 400, 422)
      },
      section,
    )
    own(
      `${what}: 422 at ${path}`,
      async ({ fhir }) => {
        const received = await fhir.post(`/${type}`, resource)
        status(received, 422)
        const errors = outcomeOf(received).issue.filter(
          ({ severity }) => severity === 'error' || severity === 'fatal',
        )
        const found = errors.flatMap(({ expression }) => expression ?? [])
        // A choice may be named with or without its type, in FHIRPath as in JSON.
        const plain = (text: string): string =>
          text.replace(/(?<=\.(?:value|effective|multipleBirth))[A-Z]\w*(?=\.|$)/, '')
        check(
          found.some((expression) => plain(expression) === plain(path)),
          `expression ${path}, found ${found.join(', ') || 'none'}`,
        )
        equal(errors.length, 1, 'one fault, one issue')
      },
      section,
    )
  }

  for (const [what, resource] of sound) {
    const type = 'resourceType' in resource ? String(resource.resourceType) : ''
    must(`${what}: accepted`, async ({ fhir }) => {
      status(await fhir.post(`/${type}`, resource), 201)
    })
  }

  own('each fault has its own issue', async ({ fhir }) => {
    const received = await fhir.post('/Patient', {
      ...patient(),
      gender: 'x',
      birthDate: 'y',
      name: [{ family: '' }],
      nonsense: 1,
    })
    status(received, 422)
    const found = outcomeOf(received).issue.flatMap(({ expression }) => expression ?? [])
    equal(
      [...found].sort(),
      ['Patient.birthDate', 'Patient.gender', 'Patient.name[0].family', 'Patient.nonsense'],
      'four elements',
    )
  })

  for (const [what, body, path] of [
    ['a code outside a required binding', '<gender value="x"/>', 'Patient.gender'],
    ['a date that is none', '<birthDate value="2020-02-30"/>', 'Patient.birthDate'],
    [
      'a second given name that is empty',
      '<name><given value="a"/><given value=""/></name>',
      'Patient.name[0].given[1]',
    ],
    [
      'an unknown element',
      '<name><family value="a"/></name><name><nonsense value="1"/></name>',
      'Patient.name[1].nonsense',
    ],
    ['a boolean that is none', '<active value="yes"/>', 'Patient.active'],
  ] as const) {
    own(`XML: ${what}, at ${path}`, async ({ fhir }) => {
      const received = await fhir.post('/Patient', `<Patient xmlns="http://hl7.org/fhir">${body}</Patient>`, {
        'content-type': 'application/fhir+xml',
      })
      status(received, 400, 422)
      const found = outcomeOf(received).issue.flatMap(({ expression }) => expression ?? [])
      check(found.includes(path), `expression ${path}, found ${found.join(', ') || 'none'}`)
    })
  }

  must('an update and a batch are validated too', async ({ fhir }) => {
    const { id } = await fhir.create(patient())
    refused(await fhir.put(`/Patient/${id}`, { ...person({ active: 'x' }), id }), 400, 422)
    const received = await fhir.post(
      '',
      `{"resourceType":"Bundle","type":"transaction","entry":[{"resource":{"resourceType":"Patient","active":"x"},"request":{"method":"POST","url":"Patient"}}]}`,
    )
    refused(received, 400, 422)
  })

  own('the issue of an entry names it', async ({ fhir }) => {
    const received = await fhir.post(
      '',
      `{"resourceType":"Bundle","type":"transaction","entry":[{"resource":{"resourceType":"Patient","gender":"x"},"request":{"method":"POST","url":"Patient"}}]}`,
    )
    const found = outcomeOf(received).issue.flatMap(({ expression }) => expression ?? [])
    check(found.includes('Bundle.entry[0].resource.gender'), `found ${found.join(', ')}`)
  })
})
