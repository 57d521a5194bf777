/** Requests nobody sends by accident: the answer is bounded, and never an error of the server. @see https://hl7.org/fhir/R4/security.html */
import { check, succeeded } from '../../support/conformance/check.ts'
import { NotApplicable } from '../../support/conformance/claims.ts'
import { type Add, clause } from '../../support/conformance/clause.ts'
import { bounded, injections } from '../../support/conformance/hostile.ts'
import { encoded } from '../../support/conformance/population.ts'
import { patient } from '../../support/conformance/samples.ts'

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

const headers = [
  ...['if-match', 'if-none-match', 'if-modified-since', 'prefer', 'accept-language'],
  ...['x-request-id', 'x-correlation-id', 'traceparent'],
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
      await bounded(() => fhir.get(`/Patient/${id}`, { accept: value }))
      await bounded(() =>
        fhir.get(`/Patient/${id}`, Object.fromEntries(headers.map((name) => [name, value]))),
      )
      await bounded(() => fhir.post('/Patient', patient(), { 'if-none-exist': value }))
      await bounded(() => fhir.post('/Patient', patient(), { 'content-type': value }))
    }
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
      if (error instanceof NotApplicable) throw error
      // The server may hang up before the last byte: that is bounded, too.
      check(/ECONNRESET|EPIPE|socket hang up/.test(String(error)), String(error))
    }
    succeeded(await fhir.get('/metadata'))
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
