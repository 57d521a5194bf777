/** @see https://hl7.org/fhir/R4/fhirpatch.html */
import type { Parameters, ParametersParameter } from '@medplum/fhirtypes'
import { check, equal, refused, status } from '../../support/conformance/check.ts'
import { type Context, clause } from '../../support/conformance/clause.ts'
import { type Received, resourceOf } from '../../support/conformance/client.ts'
import { patient } from '../../support/conformance/samples.ts'

type Part = Omit<ParametersParameter, 'name'>

/** One operation: `op('add', { path: { valueString: 'Patient' }, … })`. */
export function operation(type: string, parts: Readonly<Record<string, Part>>): ParametersParameter {
  const part = [
    { name: 'type', valueCode: type },
    ...Object.entries(parts).map(([name, value]) => ({ name, ...value })),
  ]
  return { name: 'operation', part }
}

export function fhirPatch(...parameter: ParametersParameter[]): Parameters {
  return { resourceType: 'Parameters', parameter }
}

async function patched(
  { fhir }: Context,
  body: unknown,
): Promise<{ readonly id: string; readonly received: Received }> {
  const { id } = await fhir.create(
    patient({
      gender: 'male',
      birthDate: '1990-01-01',
      name: [{ family: 'A', given: ['x', 'y', 'z'] }],
      contact: [{ gender: 'female', name: { text: 'c' } }],
    }),
  )
  return { id, received: await fhir.patch(`/Patient/${id}`, body, 'application/fhir+json') }
}

const path = (text: string): Part => ({ valueString: text })

export const patchFhirPath = clause('patch-fhirpath', 'fhirpatch.html', ({ must }) => {
  const applied: readonly (readonly [
    string,
    Parameters,
    (found: ReturnType<typeof patient>) => unknown,
    unknown,
  ])[] = [
    [
      'add an element',
      fhirPatch(
        operation('add', {
          path: path('Patient'),
          name: { valueString: 'active' },
          value: { valueBoolean: true },
        }),
      ),
      (p) => p.active,
      true,
    ],
    [
      'add appends to a list',
      fhirPatch(
        operation('add', {
          path: path('Patient.name[0]'),
          name: { valueString: 'given' },
          value: { valueString: 'w' },
        }),
      ),
      (p) => p.name?.[0]?.given,
      ['x', 'y', 'z', 'w'],
    ],
    [
      'add a whole datatype',
      fhirPatch(
        operation('add', {
          path: path('Patient'),
          name: { valueString: 'telecom' },
          value: { valueContactPoint: { system: 'phone', value: '1' } },
        }),
      ),
      (p) => p.telecom,
      [{ system: 'phone', value: '1' }],
    ],
    [
      'add a choice',
      fhirPatch(
        operation('add', {
          path: path('Patient'),
          name: { valueString: 'deceased' },
          value: { valueBoolean: true },
        }),
      ),
      (p) => p.deceasedBoolean,
      true,
    ],
    [
      'add a backbone element in parts',
      fhirPatch(
        operation('add', {
          path: path('Patient'),
          name: { valueString: 'contact' },
          value: { part: [{ name: 'name', valueHumanName: { text: 'n' } }] },
        }),
      ),
      (p) => p.contact?.[1]?.name?.text,
      'n',
    ],
    [
      'insert into a list',
      fhirPatch(
        operation('insert', {
          path: path('Patient.name[0].given'),
          index: { valueInteger: 1 },
          value: { valueString: 'w' },
        }),
      ),
      (p) => p.name?.[0]?.given,
      ['x', 'w', 'y', 'z'],
    ],
    [
      'delete',
      fhirPatch(operation('delete', { path: path('Patient.birthDate') })),
      (p) => p.birthDate,
      undefined,
    ],
    [
      'delete of nothing is no error',
      fhirPatch(operation('delete', { path: path('Patient.deceased') })),
      (p) => p.gender,
      'male',
    ],
    [
      'delete by a condition',
      fhirPatch(operation('delete', { path: path("Patient.name[0].given.where($this = 'y')") })),
      (p) => p.name?.[0]?.given,
      ['x', 'z'],
    ],
    [
      'replace',
      fhirPatch(
        operation('replace', { path: path('Patient.birthDate'), value: { valueDate: '1930-01-01' } }),
      ),
      (p) => p.birthDate,
      '1930-01-01',
    ],
    [
      'replace inside a backbone element',
      fhirPatch(
        operation('replace', { path: path('Patient.contact[0].gender'), value: { valueCode: 'other' } }),
      ),
      (p) => p.contact?.[0]?.gender,
      'other',
    ],
    [
      'move within a list',
      fhirPatch(
        operation('move', {
          path: path('Patient.name[0].given'),
          source: { valueInteger: 2 },
          destination: { valueInteger: 0 },
        }),
      ),
      (p) => p.name?.[0]?.given,
      ['z', 'x', 'y'],
    ],
    [
      'several, one after the other',
      fhirPatch(
        operation('delete', { path: path('Patient.gender') }),
        operation('add', {
          path: path('Patient'),
          name: { valueString: 'gender' },
          value: { valueCode: 'other' },
        }),
      ),
      (p) => p.gender,
      'other',
    ],
  ]
  for (const [what, body, look, expected] of applied) {
    must(what, async (context) => {
      const { id, received } = await patched(context, body)
      status(received, 200)
      equal(look(resourceOf(await context.fhir.get(`/Patient/${id}`), 'Patient')), expected, what)
    })
  }

  for (const [what, body] of [
    [
      'replace of nothing',
      fhirPatch(operation('replace', { path: path('Patient.deceased'), value: { valueBoolean: true } })),
    ],
    ['a path of several elements', fhirPatch(operation('delete', { path: path('Patient.name[0].given') }))],
    [
      'insert beyond the end',
      fhirPatch(
        operation('insert', {
          path: path('Patient.name[0].given'),
          index: { valueInteger: 9 },
          value: { valueString: 'w' },
        }),
      ),
    ],
    [
      'move beyond the end',
      fhirPatch(
        operation('move', {
          path: path('Patient.name[0].given'),
          source: { valueInteger: 9 },
          destination: { valueInteger: 0 },
        }),
      ),
    ],
    [
      'a value of the wrong type',
      fhirPatch(
        operation('add', {
          path: path('Patient'),
          name: { valueString: 'active' },
          value: { valueString: 'x' },
        }),
      ),
    ],
    [
      'an element that does not exist',
      fhirPatch(
        operation('add', {
          path: path('Patient'),
          name: { valueString: 'nonsense' },
          value: { valueString: 'x' },
        }),
      ),
    ],
    [
      'a result that is not valid',
      fhirPatch(operation('replace', { path: path('Patient.gender'), value: { valueCode: 'nonsense' } })),
    ],
    ['a path that is no FHIRPath', fhirPatch(operation('delete', { path: path('Patient.((') }))],
    ['no path', fhirPatch(operation('delete', {}))],
    ['an unknown type', fhirPatch(operation('nonsense', { path: path('Patient.gender') }))],
    ['the id', fhirPatch(operation('replace', { path: path('Patient.id'), value: { valueId: 'other' } }))],
    ['no Parameters', { resourceType: 'Patient' }],
  ] as const) {
    must(`${what}: refused, and nothing changed`, async (context) => {
      const { id, received } = await patched(context, body)
      refused(received, 400, 409, 412, 422)
      const found = resourceOf(await context.fhir.get(`/Patient/${id}`), 'Patient')
      equal([found.gender, found.name?.[0]?.given], ['male', ['x', 'y', 'z']], 'unchanged')
    })
  }

  must('in XML too', async ({ fhir }) => {
    const { id } = await fhir.create(patient({ gender: 'male' }))
    const body =
      '<Parameters xmlns="http://hl7.org/fhir"><parameter><name value="operation"/>' +
      '<part><name value="type"/><valueCode value="replace"/></part>' +
      '<part><name value="path"/><valueString value="Patient.gender"/></part>' +
      '<part><name value="value"/><valueCode value="other"/></part></parameter></Parameters>'
    status(await fhir.patch(`/Patient/${id}`, body, 'application/fhir+xml'), 200)
    equal(resourceOf(await fhir.get(`/Patient/${id}`), 'Patient').gender, 'other', 'patched')
  })

  must('an expression that would run for ever is refused in time', async (context) => {
    const begin = Date.now()
    const text = `Patient.${'repeat(name | $this).'.repeat(30)}gender`
    const { received } = await patched(context, fhirPatch(operation('delete', { path: path(text) })))
    check(received.status < 500, `no error of the server: ${received.status}`)
    check(Date.now() - begin < 60_000, 'within a minute')
  })
})
