/** JSON Patch. @see https://hl7.org/fhir/R4/http.html#patch, RFC 6902 */
import { check, equal, headerOf, refused, status, succeeded } from '../../support/conformance/check.ts'
import { type Context, clause } from '../../support/conformance/clause.ts'
import { type Received, resourceOf } from '../../support/conformance/client.ts'
import { patient } from '../../support/conformance/samples.ts'

const TYPE = 'application/json-patch+json'

async function patched(
  { fhir }: Context,
  operations: unknown,
): Promise<{ readonly id: string; readonly received: Received }> {
  const { id } = await fhir.create(patient({ gender: 'male', name: [{ family: 'A', given: ['x', 'y'] }] }))
  return { id, received: await fhir.patch(`/Patient/${id}`, operations, TYPE) }
}

export const patchJson = clause('patch-json', 'http.html#patch', ({ must, should, own }) => {
  const applied: readonly (readonly [
    string,
    unknown,
    (found: ReturnType<typeof patient>) => unknown,
    unknown,
  ])[] = [
    ['add a member', [{ op: 'add', path: '/active', value: true }], (p) => p.active, true],
    [
      'add into a list',
      [{ op: 'add', path: '/name/0/given/1', value: 'z' }],
      (p) => p.name?.[0]?.given,
      ['x', 'z', 'y'],
    ],
    [
      'add at the end',
      [{ op: 'add', path: '/name/0/given/-', value: 'z' }],
      (p) => p.name?.[0]?.given,
      ['x', 'y', 'z'],
    ],
    ['replace', [{ op: 'replace', path: '/gender', value: 'female' }], (p) => p.gender, 'female'],
    ['remove', [{ op: 'remove', path: '/gender' }], (p) => p.gender, undefined],
    ['remove from a list', [{ op: 'remove', path: '/name/0/given/0' }], (p) => p.name?.[0]?.given, ['y']],
    [
      'move',
      [{ op: 'move', from: '/name/0/given/0', path: '/name/0/given/1' }],
      (p) => p.name?.[0]?.given,
      ['y', 'x'],
    ],
    ['copy', [{ op: 'copy', from: '/name/0/given/0', path: '/name/0/text' }], (p) => p.name?.[0]?.text, 'x'],
    [
      'test that holds, then replace',
      [
        { op: 'test', path: '/gender', value: 'male' },
        { op: 'replace', path: '/gender', value: 'other' },
      ],
      (p) => p.gender,
      'other',
    ],
    [
      'a member whose name is escaped',
      [
        {
          op: 'add',
          path: '/extension',
          value: [{ url: 'https://conformance.example/a~b', valueCode: 'a' }],
        },
        { op: 'test', path: '/extension/0/url', value: 'https://conformance.example/a~b' },
      ],
      (p) => p.extension?.length,
      1,
    ],
  ]
  for (const [what, operations, look, expected] of applied) {
    must(what, async (context) => {
      const { id, received } = await patched(context, operations)
      status(received, 200)
      equal(look(resourceOf(await context.fhir.get(`/Patient/${id}`), 'Patient')), expected, what)
    })
  }

  should('a patch makes a new version and says which', async (context) => {
    const { received } = await patched(context, [{ op: 'add', path: '/active', value: true }])
    equal(headerOf(received, 'etag'), `W/"${resourceOf(received, 'Patient').meta?.versionId}"`, 'ETag')
  })

  for (const [what, operations] of [
    [
      'a test that does not hold',
      [
        { op: 'test', path: '/gender', value: 'female' },
        { op: 'remove', path: '/gender' },
      ],
    ],
    ['a path that does not exist', [{ op: 'replace', path: '/birthDate', value: '2000-01-01' }]],
    ['an index outside the list', [{ op: 'add', path: '/name/0/given/9', value: 'z' }]],
    ['an index with a leading zero', [{ op: 'remove', path: '/name/0/given/01' }]],
    ['a result that is not valid', [{ op: 'replace', path: '/gender', value: 'nonsense' }]],
    ['an element that does not exist', [{ op: 'add', path: '/nonsense', value: 1 }]],
    ['another id', [{ op: 'replace', path: '/id', value: 'other' }]],
    ['another resourceType', [{ op: 'replace', path: '/resourceType', value: 'Device' }]],
    ['the whole replaced by null', [{ op: 'replace', path: '', value: null }]],
    ['a prototype', [{ op: 'add', path: '/__proto__/active', value: true }]],
    ['an unknown op', [{ op: 'nonsense', path: '/gender' }]],
    ['a path without a slash', [{ op: 'remove', path: 'gender' }]],
    ['no value', [{ op: 'add', path: '/active' }]],
    ['no list', { op: 'remove', path: '/gender' }],
  ] as const) {
    must(`${what}: refused, and nothing changed`, async (context) => {
      const { id, received } = await patched(context, operations)
      refused(received, 400, 409, 412, 422)
      const found = resourceOf(await context.fhir.get(`/Patient/${id}`), 'Patient')
      equal([found.gender, found.name?.[0]?.given], ['male', ['x', 'y']], 'unchanged')
    })
  }

  own('the refusals by status', async (context) => {
    const { received: test } = await patched(context, [{ op: 'test', path: '/gender', value: 'female' }])
    check([409, 412, 422].includes(test.status), `a test that does not hold: ${test.status}`)
    refused((await patched(context, [{ op: 'replace', path: '/gender', value: 'nonsense' }])).received, 422)
    refused((await patched(context, '{')).received, 400)
  })

  must('an unknown resource is 404, a deleted one 404 or 410', async ({ fhir, unique }) => {
    refused(
      await fhir.patch(`/Patient/${unique()}`, [{ op: 'add', path: '/active', value: true }], TYPE),
      404,
    )
    const { id } = await fhir.create(patient())
    succeeded(await fhir.delete(`/Patient/${id}`))
    refused(await fhir.patch(`/Patient/${id}`, [{ op: 'add', path: '/active', value: true }], TYPE), 404, 410)
  })

  must('a patch in a media type that is none is 415', async ({ fhir }) => {
    const { id } = await fhir.create(patient())
    refused(
      await fhir.patch(`/Patient/${id}`, [{ op: 'add', path: '/active', value: true }], 'text/plain'),
      415,
    )
  })

  must(
    'decimals beside the patch keep their precision',
    async ({ fhir }) => {
      const created = await fhir.post(
        '/Observation',
        '{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueQuantity":{"value":1.10}}',
      )
      const { id } = resourceOf(created, 'Observation')
      succeeded(
        await fhir.patch(
          `/Observation/${id}`,
          '[{"op":"replace","path":"/status","value":"amended"},{"op":"add","path":"/referenceRange","value":[{"low":{"value":2.00}}]}]',
          TYPE,
        ),
      )
      const { text } = await fhir.get(`/Observation/${id}`)
      check(/"value"\s*:\s*1\.10\b/.test(text) && /"value"\s*:\s*2\.00\b/.test(text), 'both 1.10 and 2.00')
    },
    'datatypes.html#decimal',
  )
})
