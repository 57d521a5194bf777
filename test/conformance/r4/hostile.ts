/** Requests nobody sends by accident: the answer is bounded, and never an error of the server. @see https://hl7.org/fhir/R4/security.html */
import { check, equal, hasErrorOutcome, status, succeeded } from '../../support/conformance/check.ts'
import { type Add, clause } from '../../support/conformance/clause.ts'
import { idOf, type Received, resourceOf } from '../../support/conformance/client.ts'
import { encoded } from '../../support/conformance/population.ts'
import { observation, patient } from '../../support/conformance/samples.ts'

const LIMIT_MS = 15_000

/** 2xx or 4xx, in time; a refusal of FHIR's has an outcome, one of the HTTP parser need not. */
async function bounded(ask: () => Promise<Received>, ...withoutOutcome: readonly number[]): Promise<void> {
  const begin = performance.now()
  const received = await ask()
  const milliseconds = performance.now() - begin
  check(received.status >= 200 && received.status < 500, `bounded answer, not ${received.status}`)
  check(milliseconds < LIMIT_MS, `within ${LIMIT_MS} ms, not ${Math.round(milliseconds)}`)
  if (received.status >= 400 && !withoutOutcome.includes(received.status)) hasErrorOutcome(received)
}

const parameters = [
  ...[
    '_id',
    '_lastUpdated',
    '_tag',
    '_profile',
    '_security',
    '_source',
    '_sort',
    '_count',
    '_elements',
    '_summary',
    '_total',
    '_include',
    '_revinclude',
  ],
  ...[
    'code',
    'status',
    'date',
    'value-quantity',
    'value-string',
    'subject',
    'patient',
    'patient.name',
    'code-value-quantity',
    '_has:Provenance:target:agent',
    'subject:missing',
    'code:text',
    'nonsense',
    '_cursor',
    '_page',
    '_format',
    '_type',
  ],
]

const injections = [
  "'; drop table resource; --",
  "' or '1'='1",
  '" or ""="',
  '1); select pg_sleep(20); --',
  "' union select null, version() --",
  `$\{jndi:ldap://x}`,
  '{{7*7}}',
  '\\',
  '%',
  '((((((((((((((((((((((((((((((a+)+)+)+)+)+)+)+)+)+)+',
  '../../../../etc/passwd',
  '<script>alert(1)</script>',
  '\u0000',
  '\u202e\ufeff\uffff',
  '\ud83d\ude00'.repeat(200),
  '$$$,,,|||',
  ',',
  '|',
  '$',
  'gt',
  '-1e999999',
  '9'.repeat(400),
]

export const hostile = clause('hostile', 'security.html', ({ must }) => {
  for (const name of parameters) {
    must(`injections in ${name}`, async ({ fhir }) => {
      for (const value of injections)
        await bounded(() => fhir.get(`/Observation?${encodeURIComponent(name)}=${encodeURIComponent(value)}`))
      const form = injections
        .map((value) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
        .join('&')
      await bounded(() =>
        fhir.post('/Observation/_search', form, { 'content-type': 'application/x-www-form-urlencoded' }),
      )
    })
  }

  must('injections in names of parameters and modifiers', async ({ fhir }) => {
    for (const value of injections) {
      await bounded(() => fhir.get(`/Observation?${encodeURIComponent(value)}=1`))
      await bounded(() => fhir.get(`/Observation?code:${encodeURIComponent(value)}=1`))
      await bounded(() => fhir.get(`/Observation?subject:Patient.${encodeURIComponent(value)}=1`))
    }
  })

  must('injections in paths', async ({ fhir }) => {
    for (const value of injections) {
      for (const path of [
        '/Patient/X',
        '/X/1',
        '/Patient/1/_history/X',
        '/Patient/1/$X',
        '/Patient/X/Observation',
      ])
        await bounded(() => fhir.get(path.replace('X', encodeURIComponent(value))), 404)
    }
  })

  must('injections in headers', async ({ fhir }) => {
    const { id } = await fhir.create(patient())
    for (const value of injections.filter((text) => /^[\x20-\x7e]*$/.test(text))) {
      for (const name of [
        'if-match',
        'if-none-match',
        'if-modified-since',
        'prefer',
        'accept',
        'accept-language',
        'x-request-id',
        'x-correlation-id',
        'traceparent',
      ])
        await bounded(() => fhir.get(`/Patient/${id}`, { [name]: value }))
      await bounded(() => fhir.post('/Patient', patient(), { 'if-none-exist': value }))
      await bounded(() => fhir.post('/Patient', patient(), { 'content-type': value }))
    }
  })

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

  const wide: readonly (readonly [string, string])[] = [
    [
      'a token with 10,000 alternatives',
      `code=${Array.from({ length: 10_000 }, (_n, i) => `c${i}`).join(',')}`,
    ],
    [
      'a string with 5,000 alternatives',
      `value-string=${Array.from({ length: 5_000 }, (_n, i) => `c${i}`).join(',')}`,
    ],
    ['1,000 dates', `date=${Array.from({ length: 1_000 }, (_n, i) => `gt${1000 + i}`).join(',')}`],
    ['1,000 references', `subject=${Array.from({ length: 1_000 }, (_n, i) => `Patient/p${i}`).join(',')}`],
    ['1,000 parameters', Array.from({ length: 1_000 }, (_n, i) => `code=c${i}`).join('&')],
    [
      '200 parameters of many kinds',
      Array.from(
        { length: 50 },
        (_n, i) => `code=c${i}&date=gt20${10 + i}&subject=Patient/${i}&value-quantity=gt${i}`,
      ).join('&'),
    ],
    ['200 chains', Array.from({ length: 200 }, (_n, i) => `patient.name=c${i}`).join('&')],
    ['200 includes', Array.from({ length: 200 }, () => '_include=Observation:subject').join('&')],
    ['200 sort keys', `_sort=${Array.from({ length: 200 }, () => 'date').join(',')}`],
    ['1,000 elements', `_elements=${Array.from({ length: 1_000 }, () => 'status').join(',')}`],
    ['a value of 1 MB', `value-string=${'x'.repeat(1_000_000)}`],
  ]
  for (const [what, query] of wide) {
    must(`POST _search: ${what}`, async ({ fhir }) => {
      await bounded(() =>
        fhir.post('/Observation/_search', encoded(query), {
          'content-type': 'application/x-www-form-urlencoded',
        }),
      )
    })
  }

  const chain = (depth: number): string => `patient.${'link.'.repeat(depth)}name=x`
  const has = (depth: number): string => `${'_has:Observation:derived-from:'.repeat(depth)}code=x`
  bothWays(must, 'a chain of 30 links', chain(30))
  bothWays(must, 'a _has of 30 levels', has(30))
  bothWays(must, 'a _has of 3 levels, ten times', Array.from({ length: 10 }, () => has(3)).join('&'))
  bothWays(
    must,
    'iterating includes in a circle',
    '_include:iterate=Observation:derived-from&_include:iterate=Observation:has-member&_revinclude:iterate=Observation:derived-from&_revinclude:iterate=Observation:has-member',
  )
  bothWays(must, 'wildcards of strings', `value-string:contains=${'%_'.repeat(500)}`)
  bothWays(must, 'a commonplace :contains', 'value-string:contains=a')

  must('a URL of 1 MB', async ({ fhir }) => {
    try {
      await bounded(() => fhir.get(`/Observation?code=${'x'.repeat(1_000_000)}`), 400, 413, 414, 431)
    } catch (error) {
      // The server may hang up before the last byte: that is bounded, too.
      check(/ECONNRESET|EPIPE|socket hang up/.test(String(error)), String(error))
    }
    succeeded(await fhir.get('/metadata'))
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

  must('a transaction of 5,000 entries', async ({ fhir }) => {
    const entry = Array.from({ length: 5_000 }, () => ({
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

/** As a GET and as a POST _search. */
function bothWays(add: Add, what: string, query: string): void {
  add(what, async ({ fhir }) => {
    await bounded(() => fhir.get(`/Observation?${encoded(query)}`), 414, 431)
    await bounded(() =>
      fhir.post('/Observation/_search', encoded(query), {
        'content-type': 'application/x-www-form-urlencoded',
      }),
    )
  })
}
