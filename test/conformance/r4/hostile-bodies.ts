/** Bodies nobody sends by accident: the answer is bounded, and never an error of the server. @see https://hl7.org/fhir/R4/security.html */
import { equal, status } from '../../support/conformance/check.ts'
import { clause } from '../../support/conformance/clause.ts'
import { idOf, resourceOf } from '../../support/conformance/client.ts'
import { bounded, injections } from '../../support/conformance/hostile.ts'
import { observation, patient } from '../../support/conformance/samples.ts'

export const hostileBodies = clause('hostile-bodies', 'security.html', ({ must }) => {
  must('injections in a resource are stored as they are', async ({ fhir }) => {
    // NUL is no character of FHIR, and noncharacters need not be kept.
    const texts = injections.filter((text) => !text.includes('\u0000') && !text.includes('\uffff'))
    const created = await fhir.post('/Patient', patient({ name: texts.map((text) => ({ text })) }))
    status(created, 201)
    const stored = resourceOf(await fhir.get(`/Patient/${idOf(created)}`), 'Patient')
    equal(
      stored.name?.map(({ text }) => text),
      texts,
      'each text',
    )
  })

  for (const [what, body] of [
    [
      'JSON nested 100,000 deep',
      `{"resourceType":"Patient","extension":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
    ],
    [
      'objects nested 5,000 deep',
      `{"resourceType":"Patient","extension":[${'{"url":"u","extension":['.repeat(5_000)}{"url":"u","valueString":"x"}${']}'.repeat(5_000)}]}`,
    ],
    [
      '100,000 names',
      `{"resourceType":"Patient","name":[${Array.from({ length: 100_000 }, () => '{"text":"x"}').join(',')}]}`,
    ],
    [
      '100,000 unknown elements',
      `{"resourceType":"Patient",${Array.from({ length: 100_000 }, (_n, i) => `"x${i}":1`).join(',')}}`,
    ],
    [
      'a number of 100,000 digits',
      `{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueQuantity":{"value":${'9'.repeat(100_000)}}}`,
    ],
    [
      'a number with a huge exponent',
      '{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueQuantity":{"value":1e400000000}}',
    ],
    ['a date a text of 1 MB', `{"resourceType":"Patient","birthDate":"${'2'.repeat(1_000_000)}"}`],
    [
      'a base64 of almost right form',
      `{"resourceType":"Binary","contentType":"text/plain","data":"${'YWJj '.repeat(40_000)}!"}`,
    ],
    [
      '__proto__ and constructor',
      '{"resourceType":"Patient","__proto__":{"gender":"x"},"constructor":{"prototype":{"gender":"y"}}}',
    ],
    ['lone surrogates', '{"resourceType":"Patient","name":[{"text":"\\ud800"}]}'],
    ['a NUL in a text', '{"resourceType":"Patient","name":[{"text":"a\\u0000b"}]}'],
    ['control characters in a text', '{"resourceType":"Patient","name":[{"text":"a\\u0001\\u001fb"}]}'],
    ['a raw control character', '{"resourceType":"Patient","name":[{"text":"a\u0001b"}]}'],
  ] as const) {
    must(`a body of ${what}`, async ({ fhir }) => {
      const type = /"resourceType":"(\w+)"/.exec(body)?.[1] ?? ''
      await bounded(() => fhir.post(`/${type}`, body))
    })
  }

  for (const [what, body] of [
    [
      'XML nested 20,000 deep',
      `<Patient xmlns="http://hl7.org/fhir">${'<extension url="u">'.repeat(20_000)}<valueString value="x"/>${'</extension>'.repeat(20_000)}</Patient>`,
    ],
    [
      'a billion laughs',
      '<!DOCTYPE p [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><Patient xmlns="http://hl7.org/fhir"><name><text value="&c;"/></name></Patient>',
    ],
    [
      '100,000 attributes',
      `<Patient xmlns="http://hl7.org/fhir" ${Array.from({ length: 100_000 }, (_n, i) => `a${i}="1"`).join(' ')}/>`,
    ],
    ['1 MB of comments', `<Patient xmlns="http://hl7.org/fhir"><!--${'x'.repeat(1_000_000)}--></Patient>`],
  ] as const) {
    must(`a body of ${what}`, async ({ fhir }) => {
      await bounded(() => fhir.post('/Patient', body, { 'content-type': 'application/fhir+xml' }))
    })
  }

  must('a transaction of 20,000 entries', async ({ fhir }) => {
    const entry = Array.from({ length: 20_000 }, () => ({
      request: { method: 'GET', url: 'Patient?_count=0' },
    }))
    await bounded(() => fhir.post('', { resourceType: 'Bundle', type: 'transaction', entry }))
  })

  must('a batch in a batch', async ({ fhir }) => {
    const inner = {
      resourceType: 'Bundle',
      type: 'batch',
      entry: [{ request: { method: 'GET', url: 'Patient?_count=1' } }],
    }
    await bounded(() =>
      fhir.post('', {
        resourceType: 'Bundle',
        type: 'batch',
        entry: [
          { resource: inner, request: { method: 'POST', url: '' } },
          { resource: inner, request: { method: 'POST', url: '/' } },
        ],
      }),
    )
  })

  must('a patch that copies itself to the power of thirty', async ({ fhir }) => {
    const { id } = await fhir.create(observation({ note: [{ text: 'x'.repeat(1000) }] }))
    const operations = Array.from({ length: 30 }, (_n, i) => [
      { op: 'copy', from: '/note', path: '/extension' },
      { op: 'copy', from: '/extension', path: `/note/${i}` },
    ]).flat()
    await bounded(() => fhir.patch(`/Observation/${id}`, operations, 'application/json-patch+json'))
    const doubling = [
      { op: 'add', path: '/a', value: ['x'.repeat(1000)] },
      ...Array.from({ length: 30 }, () => ({ op: 'copy', from: '/a', path: '/a/-' })),
    ]
    await bounded(() => fhir.patch(`/Observation/${id}`, doubling, 'application/json-patch+json'))
  })

  must('the server still answers', async ({ fhir }) => {
    const { id } = await fhir.create(patient())
    status(await fhir.get(`/Patient/${id}`), 200)
  })
})
