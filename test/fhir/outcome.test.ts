/** Every error in both languages, and what an answer makes of it. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { packageRoot } from '../../src/asset-path.ts'
import { bundleResponse, searchsetBundle } from '../../src/fhir/bundle.ts'
import {
  ERROR_SYSTEM,
  type ErrorCode,
  errorCatalogue,
  RULE_SYSTEM,
  wording,
} from '../../src/fhir/error-catalogue.ts'
import { errorCategories, FhirError, refusal, refuseFaults } from '../../src/fhir/fhir-error.ts'
import { parseJson } from '../../src/fhir/json.ts'
import { operationOutcome } from '../../src/fhir/outcome.ts'
import { validate } from '../../src/validation/validate.ts'
import fc from '../support/draws.ts'
import { testRegistry } from '../support/registry.ts'

const codes = Object.keys(errorCatalogue) as ErrorCode[]
const registry = testRegistry()

function bracesOf(text: string): string[] {
  return [...text.matchAll(/\{([^}]*)\}/g)].map((match) => match[1] ?? '').sort()
}

t.test('each error has a code, French and English, with the same parameters', async (t) => {
  t.ok(codes.length > 50, 'not vacuous')
  for (const code of codes) {
    const { fr, en }: { readonly fr: string; readonly en: string } = errorCatalogue[code]
    t.match(code, /^[a-z]+(?:-[a-z0-9]+)*$/, `${code} is a code`)
    t.ok(fr.trim() === fr && en.trim() === en && fr && en, `${code} has both texts`)
    t.same(bracesOf(fr), bracesOf(en), `${code}: the same braces`)
    t.ok(
      bracesOf(fr).every((name) => /^\w+$/.test(name)),
      `${code}: braces that are filled in`,
    )
    // A slip seen elsewhere: one text pasted into both languages.
    if (fr === en) t.notMatch(fr, /[a-zà-ÿ]{4,} [a-zà-ÿ]{4,}/i, `${code}: two languages`)
  }
})

t.test('each code stands in one group only: of two the later one would win unseen', async (t) => {
  const folder = join(packageRoot(), 'src', 'fhir', 'errors')
  const written = readdirSync(folder).flatMap((file) =>
    [...readFileSync(join(folder, file), 'utf8').matchAll(/^ {2}'?([a-z0-9-]+)'?: \{/gm)].map(
      ([, code]) => code,
    ),
  )
  t.same(written.sort(), [...codes].sort())
})

t.test('parameters fill every brace, whatever they hold, and are not read for braces again', async (t) => {
  const values = fc.oneof(fc.string(), fc.constantFrom('{cause}', '$&', '$1', '$$', '{'), fc.nat())
  for (const code of codes) {
    for (const language of ['fr', 'en'] as const) {
      const names = bracesOf(errorCatalogue[code][language])
      fc.assert(
        fc.property(fc.array(values, { minLength: names.length, maxLength: names.length }), (given) => {
          const params = Object.fromEntries(names.map((name, i) => [name, given[i] ?? '']))
          const expected = errorCatalogue[code][language]
            .split(/\{(\w+)\}/)
            .map((part, i) => (i % 2 ? String(params[part]) : part))
            .join('')
          return wording(code, language, params) === expected
        }),
        { numRuns: 20 },
      )
    }
  }
  t.equal(
    wording('jeton-invalide', 'en'),
    'The access token is not accepted: {cause}',
    'a missing one stays visible',
  )
  t.notMatch(wording('jeton-invalide', 'en', {}), /undefined/)
})

t.test('an outcome of every error is a valid OperationOutcome', async (t) => {
  for (const language of ['fr', 'en'] as const) {
    const text = operationOutcome(
      codes.map((error, i) => ({
        severity: 'error',
        type: 'business-rule',
        error,
        ...(i % 2 ? { rule: 'A1', expression: 'Patient.name[0]' } : {}),
      })),
      language,
    )
    const outcome = parseJson(text)
    t.same(validate(outcome, registry), [])
  }
  t.same(
    JSON.parse(
      operationOutcome(
        [
          {
            severity: 'error',
            type: 'forbidden',
            error: 'autorisation-absente',
            rule: 'A1',
            expression: 'Consent.patient',
          },
        ],
        'en',
      ),
    ),
    {
      resourceType: 'OperationOutcome',
      issue: [
        {
          severity: 'error',
          code: 'forbidden',
          details: {
            coding: [
              { system: ERROR_SYSTEM, code: 'autorisation-absente' },
              { system: RULE_SYSTEM, code: 'A1' },
            ],
            text: errorCatalogue['autorisation-absente'].en,
          },
          expression: ['Consent.patient'],
        },
      ],
    },
  )
})

t.test('categories: each has a status of an error, and a refusal takes its issue type from it', async (t) => {
  for (const [category, { status, type }] of Object.entries(errorCategories)) {
    t.ok(status >= 400 && status < 600, category)
    const error = refusal(category as keyof typeof errorCategories, 'interne')
    t.equal(error.status, status)
    t.equal(error.issues[0].type, type)
    t.equal(error.issues[0].severity, 'error')
  }
  t.equal(refusal('forbidden', 'interne', { type: 'conflict' }).issues[0].type, 'conflict')
  t.doesNotThrow(() => refuseFaults([]))
  t.doesNotThrow(() => refuseFaults([{ severity: 'warning', type: 'value', error: 'interne' }]))
  try {
    refuseFaults([
      { severity: 'warning', type: 'value', error: 'parametre-ignore' },
      { severity: 'error', type: 'value', error: 'cardinalite' },
      { severity: 'fatal', type: 'value', error: 'interne' },
    ])
    t.fail('faults were let pass')
  } catch (error) {
    if (!(error instanceof FhirError)) throw error
    t.equal(error.status, 422)
    t.same(
      error.issues.map((issue) => issue.error),
      ['cardinalite', 'interne'],
    )
  }
  t.notMatch(
    new FhirError('invalid', [
      { severity: 'error', type: 'value', error: 'ins-cle', params: { x: 'secret' } },
    ]).message,
    /secret/,
  )
})

t.test('bundles put together from texts are valid Bundles, and quote what they must', async (t) => {
  const resource = '{"resourceType":"Basic","code":{"text":"1.00"}}'
  const odd = 'https://dmp.test/fhir/DocumentReference?type=a"b\\'
  const outcome = operationOutcome([], 'fr').replace(
    '"issue":[]',
    '"issue":[{"severity":"warning","code":"value"}]',
  )
  const entries = [
    { fullUrl: 'https://dmp.test/fhir/Basic/1', resource, mode: 'match' as const },
    { fullUrl: odd, resource: outcome, mode: 'outcome' as const },
  ]
  for (const [text, total] of [
    [searchsetBundle([{ relation: 'self', url: odd }], [], 0), 0],
    [
      searchsetBundle(
        [
          { relation: 'self', url: odd },
          { relation: 'next', url: odd },
        ],
        entries,
      ),
      undefined,
    ],
    [
      bundleResponse('transaction-response', [
        { status: '201 Created', location: 'Basic/1', etag: 'W/"1"' },
        { status: '200 OK', resource, fullUrl: odd },
        { status: '404 Not Found', outcome },
      ]),
      undefined,
    ],
    [bundleResponse('batch-response', []), undefined],
  ] as const) {
    const bundle = JSON.parse(text)
    t.same(validate(parseJson(text), registry), [], text)
    t.equal(bundle.total, total, 'a total only when one was counted')
  }
  const found = JSON.parse(searchsetBundle([{ relation: 'self', url: odd }], entries))
  t.same(
    found.entry.map((e: { fullUrl: string }) => e.fullUrl),
    ['https://dmp.test/fhir/Basic/1', odd],
  )
  t.ok(searchsetBundle([], entries).includes(resource), 'the text itself, not another spelling of it')
})

t.test('what was sent is repeated in a form that XML can hold too', async (t) => {
  for (const [sent, shown] of [
    ['a\u0000b\u007f', 'a\ufffdb\u007f'],
    ['\ud800!', '\ufffd!'],
    ['né\t😀', 'né\t😀'],
  ] as const) {
    const { issues } = refusal('invalid', 'parametre-inconnu', {
      params: { name: sent, type: 'Patient', known: '_id' },
      expression: `Patient.${sent}`,
    })
    const { issue } = JSON.parse(operationOutcome(issues, 'en'))
    t.match(issue[0].details.text, `parameter: ${shown}. Known`)
    t.same(issue[0].expression, [`Patient.${shown}`])
  }
})
