import fhirpath from 'fhirpath'
import r4 from 'fhirpath/fhir-context/r4'
import t from 'tap'
import type { SearchParameterDefinition } from '../../src/definitions/definitions.ts'
import { utc } from '../../src/fhir/date.ts'
import {
  isJsonObject,
  type JsonObject,
  JsonSyntaxError,
  type JsonValue,
  parseJson,
} from '../../src/fhir/json.ts'
import { buildExtraction } from '../../src/search/extraction/build-extraction.ts'
import { compileExtractor } from '../../src/search/extraction/compile-extractor.ts'
import { derivedParameters } from '../../src/search/extraction/derived-parameters.ts'
import { refusedParameters } from '../../src/search/extraction/refused-parameters.ts'
import { compilePath } from '../../src/search/path/compile-path.ts'
import { parsePath } from '../../src/search/path/parse-path.ts'
import { UnsupportedPath } from '../../src/search/path/path-syntax.ts'
import { buildIndex } from '../../src/storage/search-index/build-index.ts'
import fc from '../support/draws.ts'
import { publishedExamples, testRegistry } from '../support/registry.ts'
import { replaceAt } from '../support/replace-at.ts'

const registry = testRegistry()
const context = { base: 'https://dmp.example/fhir', zone: utc }
const extraction = buildExtraction(registry, context)
const examples = publishedExamples()
const withoutExamples = examples ? false : 'the reference data is not there'

function object(value: object): JsonObject {
  const parsed = parseJson(JSON.stringify(value))
  if (!isJsonObject(parsed)) throw new Error('no object')
  return parsed
}

function extract(resource: object, code: string): unknown {
  const parsed = object(resource)
  return extraction.extractors(String(parsed.resourceType)).get(code)?.extract(parsed)
}

t.test('compiled and refused parameters together are all that R4 defines', async (t) => {
  let compiled = 0
  let refused = 0
  let all = 0
  const refusedUrls = new Set<string>()
  const derived = new Set<string>()
  for (const type of registry.resourceTypes) {
    for (const parameter of registry.searchParameters(type).values()) {
      // Indexed in code (search/record/), where a profile does.
      if (derivedParameters.has(parameter.url)) {
        derived.add(parameter.url)
        continue
      }
      all++
      const extractor = extraction.extractors(type).get(parameter.code)
      const refusal = extraction.refusal(type, parameter.code)
      t.equal(
        (extractor === undefined) === (refusal !== undefined),
        true,
        `${type}.${parameter.code}: one of both`,
      )
      if (extractor) compiled++
      else {
        refused++
        refusedUrls.add(parameter.url)
        const definition = registry.resourceType(type)
        const meant = /phonetic|special/.test(parameter.code + parameter.type)
        if (definition && !meant)
          t.throws(() => compileExtractor(parameter, definition, registry, context), UnsupportedPath)
      }
    }
  }
  t.equal(compiled + refused, all)
  t.same([...derived].sort(), [...derivedParameters].sort(), 'each is defined')
  t.same(
    [...refusedUrls].sort(),
    [...refusedParameters.keys()].sort(),
    'nothing is refused that does not exist',
  )
  t.comment(`${compiled} compiled, ${refused} refused, ${refusedUrls.size} refused parameters`)
  t.ok(compiled > 2500)
})

t.test('every parameter of every type has an index', async (t) => {
  const index = buildIndex(registry, extraction)
  for (const resourceType of registry.resourceTypes)
    t.doesNotThrow(() => index(resourceType, { resourceType }), resourceType)
})

t.test('a parameter that neither compiles nor is refused is an error, by its name', async (t) => {
  const odd: SearchParameterDefinition = {
    url: 'urn:odd',
    code: 'odd',
    base: ['Patient'],
    type: 'token',
    expression: 'Patient.none',
  }
  const wrong = { ...registry, searchParameters: () => new Map([['odd', odd]]) }
  t.throws(
    () => buildExtraction(wrong, context, ['Patient']).extractors('Patient'),
    /odd of Patient is neither supported nor refused/,
  )
  t.throws(() => buildExtraction(registry, context, ['Patients']), /not a resource type/)
})

t.test('paths outside the supported part are refused, not guessed', async (t) => {
  const patient = registry.resourceType('Patient')
  if (!patient) throw new Error('no Patient')
  const origin = { focus: patient, resource: patient }
  for (const text of [
    'Patient.nothing',
    'Patient.name.first()',
    'Patient.name[x]',
    'Patient.name.where(use)',
    'Patient.name +',
    '',
    'Patient.',
    'Patient.name.where(use = given)',
    'Patient.name is HumanName',
    'Patient.deceased[0]',
    "Patient.name.where(use='a'",
    '{}',
    'Patient..name',
  ]) {
    t.throws(() => compilePath(parsePath(text), origin, registry), UnsupportedPath, JSON.stringify(text))
  }
})

t.test('the paths select what the fhirpath library selects', { skip: withoutExamples }, async (t) => {
  let compared = 0
  let selected = 0
  for (const { name, resource } of [...(examples ?? []), ...handmade()]) {
    const type = registry.resourceType(String(resource.resourceType))
    if (!type) throw new Error(`${name}: no resource type`)
    for (const parameter of registry.searchParameters(type.name).values()) {
      // resolve() needs a server there; `as` of a list throws there, whereas a search parameter means a filter.
      if (!parameter.expression || parameter.expression.includes('resolve()')) continue
      const ours: string[] = []
      for (const branch of compilePath(
        parsePath(parameter.expression),
        { focus: type, resource: type },
        registry,
      )) {
        branch.collect(resource, resource, (value) => ours.push(canonical(value)))
      }
      const evaluated: unknown = fhirpath.evaluate(
        JSON.parse(JSON.stringify(resource)),
        asFilter(parameter.expression),
        undefined,
        r4,
      )
      const theirs = (Array.isArray(evaluated) ? evaluated : []).map((value) => canonical(value))
      compared++
      selected += ours.length
      t.same([...new Set(ours)].sort(), [...new Set(theirs)].sort(), `${name} ${parameter.code}`)
    }
  }
  t.comment(`${compared} evaluations, ${selected} values`)
  t.ok(compared > 1500 && selected > 500, 'not vacuous')
})

function asFilter(expression: string): string {
  return expression.replace(/\(([^()]+) as (\w+)\)/g, '($1).ofType($2)').replace(/\.as\(/g, '.ofType(')
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([k, v]) => `${k}:${canonical(v)}`).join()}}`
}

function handmade(): { name: string; resource: JsonObject }[] {
  const resources = [
    {
      resourceType: 'Observation',
      status: 'final',
      code: { coding: [{ system: 'http://loinc.org', code: '85354-9' }] },
      subject: { reference: 'Patient/1' },
      effectivePeriod: { start: '2024-01-01', end: '2024-01-02' },
      valueQuantity: { value: 12, unit: 'mm' },
      component: [
        { code: { text: 'a' }, valueQuantity: { value: 1 } },
        { code: { text: 'b' }, valueString: 'x' },
        { code: { text: 'c' }, valueCodeableConcept: { text: 'd' } },
      ],
    },
    {
      resourceType: 'Condition',
      subject: { reference: 'Patient/1' },
      onsetAge: { value: 5 },
      abatementDateTime: '2024-01-01',
    },
    {
      resourceType: 'Patient',
      deceasedBoolean: true,
      telecom: [
        { system: 'phone', value: '1' },
        { system: 'email', value: 'a@b' },
      ],
      name: [{ family: 'A', given: ['B', 'C'] }],
    },
    { resourceType: 'Patient', deceasedBoolean: false },
    {
      resourceType: 'Group',
      type: 'person',
      actual: true,
      characteristic: [
        { code: { text: 'x' }, valueBoolean: true, exclude: false },
        { code: { text: 'y' }, valueQuantity: { value: 1 }, exclude: false },
      ],
    },
    {
      resourceType: 'MedicationRequest',
      status: 'active',
      intent: 'order',
      medicationReference: { reference: 'Medication/1' },
      subject: { reference: 'Patient/1' },
    },
    {
      resourceType: 'ValueSet',
      status: 'active',
      useContext: [{ code: { code: 'focus' }, valueCodeableConcept: { text: 'z' } }],
    },
  ]
  return resources.map((value, i) => ({ name: `handmade ${i}`, resource: object(value) }))
}

t.test('token values', async (t) => {
  const document = {
    resourceType: 'DocumentReference',
    id: 'a1',
    status: 'current',
    masterIdentifier: {
      system: 'urn:ietf:rfc:3986',
      value: 'urn:oid:1.2.3',
      type: { coding: [{ system: 'urn:t', code: 'uniqueId' }], text: 'unique' },
    },
    identifier: [{ system: 'urn:ietf:rfc:3986', value: 'urn:oid:1.2.3' }, { system: 'urn:only-system' }],
    type: {
      coding: [{ system: 'http://loinc.org', code: '34133-9', display: 'Summary' }, { code: 'x' }],
      text: 'Summary of care',
    },
    content: [{ attachment: { contentType: 'application/pdf' } }],
    extension: [
      { url: 'urn:other', valueBoolean: false },
      {
        url: 'https://interop.esante.gouv.fr/ig/fhir/pdsm/StructureDefinition/pdsm-ext-is-archived',
        valueBoolean: true,
      },
    ],
  }
  t.same(
    extract(document, 'status'),
    [{ system: 'http://hl7.org/fhir/document-reference-status', code: 'current' }],
    'implied system',
  )
  t.same(extract(document, 'identifier'), [
    {
      system: 'urn:ietf:rfc:3986',
      code: 'urn:oid:1.2.3',
      text: 'unique',
      identifierTypes: [{ system: 'urn:t', code: 'uniqueId' }],
    },
    { system: 'urn:ietf:rfc:3986', code: 'urn:oid:1.2.3' },
    { system: 'urn:only-system' },
  ])
  t.same(extract(document, 'type'), [
    { system: 'http://loinc.org', code: '34133-9', text: 'Summary' },
    { code: 'x' },
    { text: 'Summary of care' },
  ])
  t.same(extract(document, 'isArchived'), [{ code: 'true' }])
  t.same(extract(document, 'contenttype'), [{ code: 'application/pdf' }])
  t.same(extract(document, '_id'), [{ code: 'a1' }])
  t.same(extract({ resourceType: 'Patient' }, 'deceased'), [{ code: 'false' }])
  t.same(extract({ resourceType: 'Patient', deceasedDateTime: '2020' }, 'deceased'), [{ code: 'true' }])
  t.same(extract({ resourceType: 'Patient', deceasedBoolean: false }, 'deceased'), [{ code: 'false' }])
  t.same(
    extract(
      {
        resourceType: 'Patient',
        telecom: [
          { system: 'phone', value: '01' },
          { system: 'email', value: 'a@b' },
        ],
      },
      'phone',
    ),
    [{ code: '01' }],
  )
})

t.test('values that stand twice are given once', async (t) => {
  const identifier = { system: 'urn:ietf:rfc:3986', value: 'urn:oid:1.2.3' }
  t.same(
    extract(
      { resourceType: 'DocumentReference', masterIdentifier: identifier, identifier: [identifier] },
      'identifier',
    ),
    [{ system: 'urn:ietf:rfc:3986', code: 'urn:oid:1.2.3' }],
  )
})

t.test('date values', async (t) => {
  const day = 86_400_000
  const start = Date.UTC(2024, 0, 1)
  const document = (context: object): object => ({ resourceType: 'DocumentReference', context })
  t.same(extract(document({ period: { start: '2024-01-01', end: '2024-01-02' } }), 'period'), [
    { start, end: start + 2 * day },
  ])
  t.same(extract(document({ period: { start: '2024-01-01' } }), 'period'), [
    { start, end: Number.POSITIVE_INFINITY },
  ])
  t.same(extract(document({ period: { end: '2024-01-01' } }), 'period'), [
    { start: Number.NEGATIVE_INFINITY, end: start + day },
  ])
  t.same(extract(document({ period: { start: '2024-01-01', end: '2024-01-02' } }), 'period-end'), [
    { start: start + day, end: start + 2 * day },
  ])
  t.same(extract(document({ period: { start: 'no date' } }), 'period'), [])
  const timing = { event: ['2024-01-03', '2024-01-01'], repeat: { boundsPeriod: { end: '2024-01-10' } } }
  t.same(extract({ resourceType: 'Observation', effectiveTiming: timing }, 'date'), [
    { start: Number.NEGATIVE_INFINITY, end: start + 10 * day },
  ])
  t.same(
    extract(
      { resourceType: 'Observation', effectiveTiming: { event: ['2024-01-03', '2024-01-01'] } },
      'date',
    ),
    [{ start, end: start + 3 * day }],
  )
  t.same(extract({ resourceType: 'Procedure', performedString: 'last year' }, 'date'), [])
  t.same(
    extract(
      {
        resourceType: 'DocumentReference',
        content: [{ attachment: { creation: '2024-01-01' } }, { attachment: { creation: '2024-01-02' } }],
      },
      'creation',
    ),
    [
      { start, end: start + day },
      { start: start + day, end: start + 2 * day },
    ],
  )
})

t.test('reference values', async (t) => {
  const authors = [
    { reference: 'Practitioner/7/_history/2' },
    { reference: 'https://dmp.example/fhir/Organization/3' },
    { reference: 'https://other.example/fhir/Device/3' },
    { reference: '#role' },
    { reference: 'urn:uuid:6f0d8a7e-2f5b-4e0e-9d58-6d2f8a1f0e11' },
    { type: 'Practitioner', identifier: { system: 'urn:oid:1.2.250.1.71.4.2.1', value: '8' } },
    { display: 'somebody' },
    { reference: 'nonsense' },
  ]
  const document = {
    resourceType: 'DocumentReference',
    contained: [{ resourceType: 'PractitionerRole', id: 'role' }],
    author: authors,
  }
  t.same(extract(document, 'author'), [
    { type: 'Practitioner', id: '7', version: '2' },
    { type: 'Organization', id: '3' },
    { url: 'https://other.example/fhir/Device/3', type: 'Device' },
    { fragment: 'role', type: 'PractitionerRole' },
    { url: 'urn:uuid:6f0d8a7e-2f5b-4e0e-9d58-6d2f8a1f0e11' },
    { identifier: { system: 'urn:oid:1.2.250.1.71.4.2.1', value: '8' }, type: 'Practitioner' },
  ])
  const subject = (value: object): unknown =>
    extract({ resourceType: 'DocumentReference', subject: value }, 'patient')
  t.same(subject({ reference: 'Patient/1' }), [{ type: 'Patient', id: '1' }])
  t.same(subject({ reference: 'Group/1' }), [], 'where(resolve() is Patient)')
  t.same(subject({ type: 'Device', identifier: { value: 'x' } }), [])
  t.same(
    subject({ identifier: { value: 'x' } }),
    [{ identifier: { value: 'x' } }],
    'a type that cannot be told is kept',
  )
  t.same(
    extract(
      {
        resourceType: 'PlanDefinition',
        relatedArtifact: [
          { type: 'depends-on', resource: 'http://x/a|2' },
          { type: 'successor', resource: 'http://x/b' },
        ],
      },
      'depends-on',
    ),
    [{ url: 'http://x/a', version: '2' }],
  )
})

t.test('string, uri, number and quantity values', async (t) => {
  const patient = {
    resourceType: 'Patient',
    name: [{ family: 'Œuvrard', given: ['Hélène', 'Zoé'], text: 'H. Œuvrard' }],
    address: [{ line: ['1 rue'], city: 'Évry' }],
  }
  t.same(extract(patient, 'given'), [
    { text: 'Hélène', folded: 'helene' },
    { text: 'Zoé', folded: 'zoe' },
  ])
  t.same(extract(patient, 'name'), [
    { text: 'Œuvrard', folded: 'oeuvrard' },
    { text: 'Hélène', folded: 'helene' },
    { text: 'Zoé', folded: 'zoe' },
    { text: 'H. Œuvrard', folded: 'h oeuvrard' },
  ])
  t.same(extract(patient, 'address'), [
    { text: '1 rue', folded: '1 rue' },
    { text: 'Évry', folded: 'evry' },
  ])
  t.same(extract({ resourceType: 'Patient', meta: { profile: ['http://p|1.0', 'http://q'] } }, '_profile'), [
    { uri: 'http://p', version: '1.0' },
    { uri: 'http://q' },
  ])
  const observation = (value: object): unknown =>
    extract({ resourceType: 'Observation', ...value }, 'value-quantity')
  t.same(observation({ valueQuantity: { value: 5, system: 'u', code: 'mg', unit: 'mg' } }), [
    { low: 5, high: 5, system: 'u', code: 'mg', unit: 'mg' },
  ])
  t.same(observation({ valueQuantity: { value: 5, comparator: '<' } }), [
    { low: Number.NEGATIVE_INFINITY, high: 5 },
  ])
  t.same(observation({ valueSampledData: { origin: { value: 10 }, factor: 2, data: '1 E -3 U 4' } }), [
    { low: 4, high: 18 },
  ])
  const decimal = parseJson('{"resourceType":"Observation","valueQuantity":{"value":1.500}}')
  if (!isJsonObject(decimal)) throw new Error('no object')
  t.same(extraction.extractors('Observation').get('value-quantity')?.extract(decimal), [
    { low: 1.5, high: 1.5 },
  ])
  t.same(
    extract(
      {
        resourceType: 'RiskAssessment',
        prediction: [{ probabilityDecimal: 0.5 }, { probabilityRange: { low: { value: 1 } } }],
      },
      'probability',
    ),
    [
      { low: 0.5, high: 0.5 },
      { low: 1, high: Number.POSITIVE_INFINITY },
    ],
  )
  t.same(extract({ resourceType: 'Invoice', totalNet: { value: 3, currency: 'EUR' } }, 'totalnet'), [
    { low: 3, high: 3, system: 'urn:iso:std:iso:4217', code: 'EUR' },
  ])
})

t.test('composite values keep what belongs together', async (t) => {
  const relatesTo = [
    { code: 'replaces', target: { reference: 'DocumentReference/1' } },
    { code: 'appends', target: { reference: 'DocumentReference/2' } },
    { code: 'signs' },
  ]
  t.same(extract({ resourceType: 'DocumentReference', relatesTo }, 'relationship'), [
    [
      {
        type: 'token',
        values: [{ system: 'http://hl7.org/fhir/document-relationship-type', code: 'replaces' }],
      },
      { type: 'reference', values: [{ type: 'DocumentReference', id: '1' }] },
    ],
    [
      {
        type: 'token',
        values: [{ system: 'http://hl7.org/fhir/document-relationship-type', code: 'appends' }],
      },
      { type: 'reference', values: [{ type: 'DocumentReference', id: '2' }] },
    ],
  ])
  t.same(
    extract({ resourceType: 'Observation', code: { text: 'x' }, valueDateTime: '2024' }, 'code-value-date'),
    [
      [
        { type: 'token', values: [{ text: 'x' }] },
        { type: 'date', values: [{ start: Date.UTC(2024, 0, 1), end: Date.UTC(2025, 0, 1) }] },
      ],
    ],
  )
})

/** JSON that a body may be: `__proto__` as a name is refused where JSON is read, and never comes here. */
function readableJson(): fc.Arbitrary<JsonValue> {
  return fc
    .jsonValue()
    .map((value) => JSON.stringify(value))
    .filter((text) => !text.includes('"__proto__":'))
    .map((text) => parseJson(text))
}

t.test('extraction never throws, whatever stands where an element should be', async (t) => {
  t.throws(() => parseJson('{"__proto__":1}'), JsonSyntaxError, 'no body has it')
  t.throws(() => parseJson('{"\\u005f_proto__":1}'), JsonSyntaxError, 'however it is written')
  const resources = [...(examples ?? []), ...handmade()].map((e) => e.resource)
  let values = 0
  fc.assert(
    fc.property(
      fc.constantFrom(...resources),
      fc.array(fc.tuple(fc.nat(), readableJson()), { minLength: 1, maxLength: 3 }),
      (resource, changes) => {
        let broken: JsonValue = resource
        for (const [place, value] of changes) broken = replaceAt(broken, place, value)
        if (!isJsonObject(broken)) return
        for (const extractor of extraction.extractors(String(resource.resourceType)).values()) {
          values += extractor.extract(broken).length
        }
      },
    ),
    { numRuns: 500 },
  )
  t.ok(values > 500, 'not vacuous')

  // Names that every object of JavaScript has, as values everywhere, and as names beside those FHIR knows.
  const inherited = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf']
  const hostile: readonly JsonValue[] = [
    ...inherited,
    ...inherited.map((name) => `${name}/1`),
    Object.fromEntries(inherited.slice(1).map((name) => [name, name])),
  ]
  let extracted = 0
  // As many places as the text has commas, braces and brackets at most: some come twice.
  for (const { resource } of handmade())
    for (let place = 1; place <= JSON.stringify(resource).split(/[,[{]/).length; place++)
      for (const value of hostile) {
        const broken = replaceAt(resource, place, value)
        if (!isJsonObject(broken)) continue
        for (const extractor of extraction.extractors(String(resource.resourceType)).values())
          extracted += extractor.extract(broken).length
      }
  t.ok(extracted > 500, `not vacuous: ${extracted}`)
})
