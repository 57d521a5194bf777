/**
 * FHIRPath Patch: the operations of the specification, with the situations of HL7's own test cases (fhir-test-cases,
 * r4/patch) told in our words, and what clients get wrong.
 */

import t from 'tap'
import { copyJson } from '../../src/fhir/copy-json.ts'
import { FhirError } from '../../src/fhir/fhir-error.ts'
import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
  parseJson,
  stringifyJson,
} from '../../src/fhir/json.ts'
import { sameContent } from '../../src/fhir/same-content.ts'
import { applyFhirPathPatch } from '../../src/patch/apply-fhirpath-patch.ts'
import { maxOperations } from '../../src/patch/fhirpath-patch/read-patch-operations.ts'
import fc from '../support/draws.ts'
import { refusalOf } from '../support/refusal-of.ts'
import { publishedExamples, testRegistry } from '../support/registry.ts'

const registry = testRegistry()

/** `{ Date: '1930' }` is a value of that type, `{ parts: [...] }` an anonymous one, `{ resource }` a resource. */
type Value = JsonObject
type Operation = readonly [type: string, path: string, more?: JsonObject]

function valuePart(name: string, value: Value): JsonObject {
  const { parts, resource, ...typed } = value
  if (Array.isArray(parts)) return { name, part: parts }
  if (resource !== undefined) return { name, resource }
  return {
    name,
    ...Object.fromEntries(
      Object.entries(typed).map(([type, v]) =>
        type.startsWith('_') ? [`_value${type.slice(1)}`, v] : [`value${type}`, v],
      ),
    ),
  }
}

function operation([type, path, more = {}]: Operation): JsonObject {
  const part: JsonObject[] = [
    { name: 'type', valueCode: type },
    { name: 'path', valueString: path },
  ]
  for (const [name, value] of Object.entries(more)) {
    if (isJsonObject(value)) part.push(valuePart(name, value))
    else part.push({ name, [typeof value === 'number' ? 'valueInteger' : 'valueString']: value })
  }
  return { name: 'operation', part }
}

function patch(operations: readonly Operation[]): JsonObject {
  return { resourceType: 'Parameters', parameter: operations.map(operation) }
}

const patient = (more: JsonObject = {}): JsonObject => ({ resourceType: 'Patient', ...more })
const identifiers = (...values: string[]): JsonObject =>
  patient({ identifier: values.map((value) => ({ system: 'http://example.org', value })) })
const identifier = (value: string): Value => ({ Identifier: { system: 'http://example.org', value } })

/** What there was, the operations, what there is: a resource, or a refusal. */
const cases: readonly (readonly [
  before: JsonObject,
  operations: readonly Operation[],
  after: JsonObject | string,
])[] = [
  [patient({ birthDate: '1920-01-01' }), [], patient({ birthDate: '1920-01-01' })],
  // primitives
  [
    patient({ birthDate: '1920' }),
    [['replace', 'Patient.birthDate', { value: { Date: '1930' } }]],
    patient({ birthDate: '1930' }),
  ],
  [patient({ birthDate: '1920' }), [['delete', 'Patient.birthDate']], patient()],
  [patient(), [['delete', 'Patient.birthDate']], patient()],
  [
    patient(),
    [['add', 'Patient', { name: 'birthDate', value: { Date: '1930' } }]],
    patient({ birthDate: '1930' }),
  ],
  [
    patient({ active: true }),
    [['replace', 'active', { value: { Boolean: false } }]],
    patient({ active: false }),
  ],
  [
    patient({ contact: [{ name: { text: 'a' }, gender: 'male' }] }),
    [
      ['replace', 'Patient.contact[0].gender', { value: { Code: 'female' } }],
      ['replace', 'Patient.contact[0].name.text', { value: { String: 'b' } }],
    ],
    patient({ contact: [{ name: { text: 'b' }, gender: 'female' }] }),
  ],
  [
    patient({ contact: [{ name: { text: 'a' }, gender: 'male' }] }),
    [['delete', 'Patient.contact[0].name.text']],
    patient({ contact: [{ gender: 'male' }] }),
  ],
  [
    patient({ contact: [{ name: { text: 'a' } }] }),
    [['add', 'Patient.contact[0]', { name: 'gender', value: { Code: 'male' } }]],
    patient({ contact: [{ name: { text: 'a' }, gender: 'male' }] }),
  ],
  [patient({ contact: [{ name: { text: 'a' } }] }), [['delete', 'Patient.contact.name.text']], patient()],
  // datatypes, whole
  [
    patient(),
    [['add', 'Patient', { name: 'maritalStatus', value: { CodeableConcept: { text: 'married' } } }]],
    patient({ maritalStatus: { text: 'married' } }),
  ],
  [
    patient({ maritalStatus: { id: '1', text: 'married' } }),
    [['replace', 'Patient.maritalStatus', { value: { CodeableConcept: { id: '2', text: 'not' } } }]],
    patient({ maritalStatus: { id: '2', text: 'not' } }),
  ],
  [patient({ maritalStatus: { text: 'married' } }), [['delete', 'Patient.maritalStatus']], patient()],
  // anonymous types
  [
    patient(),
    [
      [
        'add',
        'Patient',
        { name: 'contact', value: { parts: [{ name: 'name', valueHumanName: { text: 'a' } }] } },
      ],
    ],
    patient({ contact: [{ name: { text: 'a' } }] }),
  ],
  [
    patient({ id: 'x', contact: [{ name: { family: 'A' } }] }),
    [
      ['add', 'Patient.contact[0]', { name: 'gender', value: { Code: 'male' } }],
      ['add', 'Patient', { name: 'contact', value: { parts: [{ name: 'gender', valueCode: 'male' }] } }],
    ],
    patient({ id: 'x', contact: [{ name: { family: 'A' }, gender: 'male' }, { gender: 'male' }] }),
  ],
  [
    patient(),
    [
      [
        'add',
        'Patient',
        {
          name: 'contact',
          value: {
            parts: [
              { name: 'telecom', valueContactPoint: { value: '1' } },
              { name: 'gender', valueCode: 'male' },
              { name: 'telecom', valueContactPoint: { value: '2' } },
            ],
          },
        },
      ],
    ],
    patient({ contact: [{ telecom: [{ value: '1' }, { value: '2' }], gender: 'male' }] }),
  ],
  [
    { resourceType: 'Specimen' },
    [
      [
        'add',
        'Specimen',
        {
          name: 'processing',
          value: {
            parts: [
              { name: 'time', valueDateTime: '2021' },
              {
                name: 'extension',
                part: [
                  { name: 'url', valueUri: 'http://x' },
                  { name: 'value', valueReference: { reference: 'Device/1' } },
                ],
              },
            ],
          },
        },
      ],
    ],
    {
      resourceType: 'Specimen',
      processing: [
        { timeDateTime: '2021', extension: [{ url: 'http://x', valueReference: { reference: 'Device/1' } }] },
      ],
    },
  ],
  // lists
  [
    identifiers('1', '2'),
    [['add', 'Patient', { name: 'identifier', value: identifier('3') }]],
    identifiers('1', '2', '3'),
  ],
  [patient(), [['add', 'Patient', { name: 'identifier', value: identifier('1') }]], identifiers('1')],
  [
    identifiers('1', '2'),
    [['insert', 'Patient.identifier', { index: 1, value: identifier('3') }]],
    identifiers('1', '3', '2'),
  ],
  [
    identifiers('1', '2'),
    [['insert', 'Patient.identifier', { index: 0, value: identifier('3') }]],
    identifiers('3', '1', '2'),
  ],
  [
    identifiers('1', '2'),
    [['insert', 'Patient.identifier', { index: 2, value: identifier('3') }]],
    identifiers('1', '2', '3'),
  ],
  [patient(), [['insert', 'Patient.identifier', { index: 0, value: identifier('1') }]], identifiers('1')],
  [
    patient({ name: [{ family: 'A' }] }),
    [['insert', 'Patient.name[0].given', { index: 0, value: { String: 'B' } }]],
    patient({ name: [{ family: 'A', given: ['B'] }] }),
  ],
  [identifiers('1', '2', '3'), [['delete', 'Patient.identifier[0]']], identifiers('2', '3')],
  [identifiers('1', '2', '3'), [['delete', 'Patient.identifier[1]']], identifiers('1', '3')],
  [identifiers('1', '2', '3'), [['delete', "Patient.identifier.where(value = '3')"]], identifiers('1', '2')],
  [
    identifiers('1', '2', '3', '4'),
    [['move', 'Patient.identifier', { source: 3, destination: 1 }]],
    identifiers('1', '4', '2', '3'),
  ],
  [
    identifiers('1', '2', '3', '4'),
    [['move', 'Patient.identifier', { source: 0, destination: 3 }]],
    identifiers('2', '3', '4', '1'),
  ],
  [
    identifiers('1', '2', '3', '4'),
    [['move', 'Patient.identifier', { source: 2, destination: 2 }]],
    identifiers('1', '2', '3', '4'),
  ],
  [
    identifiers('1', '2', '3', '4'),
    [
      ['move', 'Patient.identifier', { source: 3, destination: 0 }],
      ['move', 'Patient.identifier', { source: 3, destination: 1 }],
    ],
    identifiers('4', '3', '1', '2'),
  ],
  [
    identifiers('1'),
    [
      [
        'replace',
        "Patient.identifier.where(system = 'http://example.org' and value = '1')",
        { value: identifier('2') },
      ],
    ],
    identifiers('2'),
  ],
  [
    patient({ name: [{ given: ['A', 'B'] }] }),
    [['replace', 'Patient.name.first().given.last()', { value: { String: 'C' } }]],
    patient({ name: [{ given: ['A', 'C'] }] }),
  ],
  // choices
  [
    patient({ deceasedBoolean: false }),
    [['replace', 'Patient.deceased', { value: { DateTime: '2020' } }]],
    patient({ deceasedDateTime: '2020' }),
  ],
  [
    patient(),
    [['add', 'Patient', { name: 'deceased', value: { Boolean: true } }]],
    patient({ deceasedBoolean: true }),
  ],
  [
    patient(),
    [['add', 'Patient', { name: 'deceased[x]', value: { Boolean: true } }]],
    patient({ deceasedBoolean: true }),
  ],
  [patient({ deceasedBoolean: true }), [['delete', 'Patient.deceased']], patient()],
  [
    patient({ deceasedBoolean: true }),
    [['delete', 'Patient.deceased.ofType(dateTime)']],
    patient({ deceasedBoolean: true }),
  ],
  [
    patient({ deceasedBoolean: false }),
    [['add', 'Patient', { name: 'deceased', value: { DateTime: '2020' } }]],
    '422 patch-existe @ Parameters.parameter[0]',
  ],
  [
    patient(),
    [['add', 'Patient', { name: 'deceased', value: { Integer: 1 } }]],
    '422 patch-valeur @ Parameters.parameter[0]',
  ],
  // extensions, of elements and of primitives
  [
    patient({
      extension: [
        { url: 'u', valueString: 'a' },
        { url: 'v', valueString: 'b' },
      ],
    }),
    [['replace', "Patient.extension('v').value", { value: { Code: 'c' } }]],
    patient({
      extension: [
        { url: 'u', valueString: 'a' },
        { url: 'v', valueCode: 'c' },
      ],
    }),
  ],
  [
    patient({ birthDate: '1970' }),
    [
      [
        'add',
        'Patient.birthDate',
        {
          name: 'extension',
          value: {
            parts: [
              { name: 'url', valueUri: 'u' },
              { name: 'value', valueDateTime: '1970' },
            ],
          },
        },
      ],
    ],
    patient({ birthDate: '1970', _birthDate: { extension: [{ url: 'u', valueDateTime: '1970' }] } }),
  ],
  [
    patient({ name: [{ given: ['A', 'B', 'C'] }] }),
    [['add', 'Patient.name.given[1]', { name: 'id', value: { String: 'x' } }]],
    patient({ name: [{ given: ['A', 'B', 'C'], _given: [null, { id: 'x' }, null] }] }),
  ],
  [
    patient({ name: [{ given: ['A', 'B', null], _given: [null, { id: 'x' }, { id: 'y' }] }] }),
    [
      ['delete', 'Patient.name.given[0]'],
      ['move', 'Patient.name.given', { source: 1, destination: 0 }],
    ],
    patient({ name: [{ given: [null, 'B'], _given: [{ id: 'y' }, { id: 'x' }] }] }),
  ],
  [
    patient({
      name: [{ given: ['A', null], _given: [null, { extension: [{ url: 'u', valueCode: 'x' }] }] }],
    }),
    [['delete', 'Patient.name.given[1].extension']],
    patient({ name: [{ given: ['A'] }] }),
  ],
  [
    patient({ birthDate: '1970', _birthDate: { extension: [{ url: 'u', valueDateTime: '1970' }] } }),
    [['replace', 'Patient.birthDate', { value: { Date: '1971' } }]],
    patient({ birthDate: '1971' }),
  ],
  [
    patient(),
    [
      [
        'add',
        'Patient',
        { name: 'birthDate', value: { _Date: { extension: [{ url: 'u', valueCode: 'unknown' }] } } },
      ],
    ],
    patient({ _birthDate: { extension: [{ url: 'u', valueCode: 'unknown' }] } }),
  ],
  // types that are near enough, for the validation to judge the text
  [
    patient({ gender: 'male' }),
    [['replace', 'Patient.gender', { value: { String: 'female' } }]],
    patient({ gender: 'female' }),
  ],
  [
    patient(),
    [['add', 'Patient', { name: 'implicitRules', value: { Url: 'http://a' } }]],
    patient({ implicitRules: 'http://a' }),
  ],
  [
    patient({ text: { status: 'generated', div: '<div>a</div>' } }),
    [
      ['replace', 'Patient.text.`div`', { value: { String: '<div>b</div>' } }],
      ['replace', 'Patient.text.status', { value: { Code: 'additional' } }],
    ],
    patient({ text: { status: 'additional', div: '<div>b</div>' } }),
  ],
  [
    patient({ birthDate: '1970' }),
    [['replace', 'Patient.birthDate', { value: { String: '1971' } }]],
    '422 patch-valeur @ Parameters.parameter[0]',
  ],
  [
    patient({ birthDate: '1970' }),
    [['replace', 'Patient.birthDate', { value: { Period: { start: '1971' } } }]],
    '422 patch-valeur @ Parameters.parameter[0]',
  ],
  [
    patient({ birthDate: '1970' }),
    [['replace', 'Patient.birthDate', { value: { parts: [{ name: 'x', valueString: 'y' }] } }]],
    '422 patch-valeur @ Parameters.parameter[0]',
  ],
  [
    patient(),
    [['add', 'Patient', { name: 'contained', value: { resource: { resourceType: 'Basic', id: 'a' } } }]],
    patient({ contained: [{ resourceType: 'Basic', id: 'a' }] }),
  ],
  [
    patient(),
    [['add', 'Patient', { name: 'contained', value: { resource: { resourceType: 'Basics' } } }]],
    '422 patch-valeur @ Parameters.parameter[0]',
  ],
  [
    patient(),
    [['add', 'Patient', { name: 'name', value: { resource: { resourceType: 'Basic' } } }]],
    '422 patch-valeur @ Parameters.parameter[0]',
  ],
  [
    { resourceType: 'Bundle', type: 'collection', entry: [{ resource: patient({ active: true }) }] },
    [['replace', 'Bundle.entry[0].resource.active', { value: { Boolean: false } }]],
    { resourceType: 'Bundle', type: 'collection', entry: [{ resource: patient({ active: false }) }] },
  ],
  // paths that lead to nothing, to several, to the resource, to what is computed
  [
    patient(),
    [['replace', 'Patient.birthDate', { value: { Date: '1930' } }]],
    '422 patch-cible @ Parameters.parameter[0]',
  ],
  [
    identifiers('1'),
    [['add', "Patient.identifier.where(use = 'official').period", { name: 'end', value: { Date: '2021' } }]],
    '422 patch-cible @ Parameters.parameter[0]',
  ],
  [identifiers('1', '2'), [['delete', 'Patient.identifier']], '422 patch-cible @ Parameters.parameter[0]'],
  [
    identifiers('1', '2'),
    [['replace', 'Patient.identifier', { value: identifier('3') }]],
    '422 patch-cible @ Parameters.parameter[0]',
  ],
  [patient(), [['delete', 'Patient']], '422 patch-cible @ Parameters.parameter[0]'],
  [
    patient(),
    [['replace', 'Patient', { value: { resource: patient({ active: true }) } }]],
    '422 patch-cible @ Parameters.parameter[0]',
  ],
  [
    patient({ active: true }),
    [['delete', 'Patient.active.not()']],
    '400 patch-chemin @ Parameters.parameter[0]',
  ],
  [patient({ active: true }), [['delete', "'text'"]], '400 patch-chemin @ Parameters.parameter[0]'],
  [patient({ active: true }), [['delete', 'Patient.where(']], '400 patch-chemin @ Parameters.parameter[0]'],
  [patient({ active: true }), [['delete', '']], '400 patch-chemin @ Parameters.parameter[0]'],
  [
    identifiers('1', '2', '3'),
    [['insert', 'Patient.identifier.tail()', { index: 0, value: identifier('4') }]],
    '422 patch-cible @ Parameters.parameter[0]',
  ],
  [
    patient({ name: [{ given: ['A'] }, { given: ['B'] }] }),
    [['move', 'Patient.name.given', { source: 0, destination: 1 }]],
    '422 patch-cible @ Parameters.parameter[0]',
  ],
  // elements and positions that there are not
  [
    patient(),
    [['add', 'Patient', { name: 'shoeSize', value: { Integer: 43 } }]],
    '422 element-inconnu @ Parameters.parameter[0]',
  ],
  [
    patient(),
    [['add', 'Patient', { name: 'contact', value: { parts: [{ name: 'shoeSize', valueInteger: 43 }] } }]],
    '422 element-inconnu @ Parameters.parameter[0]',
  ],
  [
    patient({ birthDate: '1930' }),
    [['add', 'Patient', { name: 'birthDate', value: { Date: '1931' } }]],
    '422 patch-existe @ Parameters.parameter[0]',
  ],
  [
    patient(),
    [
      [
        'add',
        'Patient',
        {
          name: 'contact',
          value: {
            parts: [
              { name: 'gender', valueCode: 'male' },
              { name: 'gender', valueCode: 'female' },
            ],
          },
        },
      ],
    ],
    '422 patch-existe @ Parameters.parameter[0]',
  ],
  [
    identifiers('1'),
    [['insert', 'Patient.identifier', { index: 2, value: identifier('2') }]],
    '422 patch-index @ Parameters.parameter[0]',
  ],
  [
    patient(),
    [['insert', 'Patient.identifier', { index: 1, value: identifier('2') }]],
    '422 patch-index @ Parameters.parameter[0]',
  ],
  [
    patient(),
    [['insert', 'Patient.nothing', { index: 0, value: identifier('2') }]],
    '422 element-inconnu @ Parameters.parameter[0]',
  ],
  [
    identifiers('1', '2'),
    [['move', 'Patient.identifier', { source: 2, destination: 0 }]],
    '422 patch-index @ Parameters.parameter[0]',
  ],
  [
    identifiers('1', '2'),
    [['move', 'Patient.identifier', { source: 0, destination: 2 }]],
    '422 patch-index @ Parameters.parameter[0]',
  ],
  // the second operation fails: nothing is done
  [
    patient(),
    [
      ['add', 'Patient', { name: 'active', value: { Boolean: true } }],
      ['replace', 'Patient.birthDate', { value: { Date: '1930' } }],
    ],
    '422 patch-cible @ Parameters.parameter[1]',
  ],
]

t.test('each operation, its outcome or its refusal', async (t) => {
  for (const [before, operations, after] of cases) {
    const untouched = stringifyJson(before)
    const name = stringifyJson(operations)
    const refused = refusalOf(() => applyFhirPathPatch(before, patch(operations), registry))
    if (typeof after === 'string' || refused !== undefined) t.equal(refused, after, name)
    else {
      const got = applyFhirPathPatch(before, patch(operations), registry)
      t.ok(sameContent(got, after), `${name} gives ${stringifyJson(got)}`)
    }
    t.equal(stringifyJson(before), untouched, 'the resource given is not changed')
  }
})

t.test('what is no patch is 400', async (t) => {
  const part = (...parts: JsonObject[]): JsonObject => ({
    resourceType: 'Parameters',
    parameter: [{ name: 'operation', part: parts }],
  })
  const type = (valueCode: string): JsonObject => ({ name: 'type', valueCode })
  const path: JsonObject = { name: 'path', valueString: 'Patient.active' }
  const malformed: readonly (readonly [parameters: JsonObject, refusal: string])[] = [
    [{ resourceType: 'Patient' }, '400 type-inattendu @ Parameters'],
    [{ resourceType: 'Parameters', parameter: {} }, '400 type-attendu @ Parameters.parameter'],
    [
      { resourceType: 'Parameters', parameter: [{ name: 'operations' }] },
      '400 parametre-operation @ Parameters.parameter[0]',
    ],
    [
      part(type('delete'), path, { name: 'where', valueString: 'x' }),
      '400 parametre-operation @ Parameters.parameter[0].part[2]',
    ],
    [part(path), '400 patch-forme @ Parameters.parameter[0]'],
    [part(type('remove'), path), '400 patch-forme @ Parameters.parameter[0]'],
    [part(type('delete')), '400 patch-forme @ Parameters.parameter[0]'],
    [part(type('delete'), path, path), '400 cardinalite @ Parameters.parameter[0].part[2]'],
    [
      part(type('delete'), { name: 'path', valueInteger: 1 }),
      '400 type-attendu @ Parameters.parameter[0].part[1].value',
    ],
    [
      part(type('add'), path, { name: 'value', valueBoolean: true }),
      '400 patch-forme @ Parameters.parameter[0]',
    ],
    [part(type('replace'), path), '400 patch-forme @ Parameters.parameter[0]'],
    [part(type('replace'), path, { name: 'value' }), '400 patch-forme @ Parameters.parameter[0]'],
    [
      part(type('replace'), path, { name: 'value', valueNonsense: 1 }),
      '400 patch-forme @ Parameters.parameter[0]',
    ],
    [
      part(type('insert'), path, { name: 'value', valueBoolean: true }),
      '400 patch-forme @ Parameters.parameter[0]',
    ],
    [
      part(type('insert'), path, { name: 'index', valueInteger: -1 }, { name: 'value', valueBoolean: true }),
      '400 patch-forme @ Parameters.parameter[0]',
    ],
    [
      part(type('move'), path, { name: 'source', valueInteger: 0 }),
      '400 patch-forme @ Parameters.parameter[0]',
    ],
    [part(type('delete'), { name: 'path', valueString: 'a'.repeat(2001) }), '413 trop-long'],
    [
      part(type('delete'), { name: 'path', valueString: "Patient.name.where(family.matches('(a+)+$'))" }),
      '400 patch-chemin @ Parameters.parameter[0]',
    ],
    [
      patch(Array.from({ length: maxOperations + 1 }, () => ['delete', 'Patient.active'] as const)),
      '413 trop-long',
    ],
  ]
  for (const [parameters, refusal] of malformed) {
    t.equal(
      refusalOf(() => applyFhirPathPatch(patient({ active: true }), parameters, registry)),
      refusal,
      stringifyJson(parameters).slice(0, 200),
    )
  }
})

t.test('a path that costs too much is refused', async (t) => {
  const wide = patient({ name: Array.from({ length: 300 }, (_, i) => ({ family: `n${i}` })) })
  const nested =
    'Patient.name.where(%resource.name.where(%resource.name.where(family = $this.family).exists()).exists()).family'
  const tenfold = ".replace('a', 'aaaaaaaaaa')"
  const letters = `'${'a'.repeat(600)}'.toChars()`
  const costly = [
    nested,
    `Patient.name.where('a'${tenfold.repeat(7)} = 'b')`,
    `Patient.where('a'${tenfold.repeat(40)} = 'b')`,
    `Patient.where('aaaaaaaa'${'.select($this & $this)'.repeat(60)} = 'b')`,
    `Patient.where(${letters}.select(${letters}).select(${letters}).exists())`,
    'Patient.descendants().where(%resource = %resource and %resource in %resource)',
    'Patient.name.where(%resource.descendants() ~ %resource.descendants())',
    'Patient.name.where(name.combine(%resource.descendants()).repeat(%resource).exists())',
    'Patient.descendants().where(%resource.descendants().distinct().exists())',
  ]
  for (const path of costly)
    t.match(
      refusalOf(() => applyFhirPathPatch(wide, patch([['delete', path]]), registry)),
      /^422 patch-chemin/,
      path.slice(0, 90),
    )
  const digits = `Patient.where(${'9'.repeat(300)}${'.select($this * $this)'.repeat(60)}.exists())`
  t.equal(stringifyJson(applyFhirPathPatch(wide, patch([['delete', digits]]), registry)), stringifyJson(wide))
  // What each of a thousand operations may cost, all of them may not.
  const thousand = Array.from(
    { length: 1000 },
    () => ['delete', 'Patient.name.where(%resource.name.count() < 0)'] as const,
  )
  t.match(
    refusalOf(() => applyFhirPathPatch(wide, patch(thousand), registry)),
    /^422 patch-chemin/,
  )
})

t.test('a refusal repeats neither path nor value', async (t) => {
  const secret = '277076322082910 DUPONT'
  for (const operations of [
    [['replace', `Patient.identifier.where(value = '${secret}')`, { value: identifier(secret) }]],
    [['add', 'Patient', { name: secret, value: { String: secret } }]],
    [['delete', `Patient.${secret}`]],
    [['add', 'Patient', { name: 'birthDate', value: { String: secret } }]],
  ] as const) {
    try {
      applyFhirPathPatch(patient(), patch(operations), registry)
      t.fail('not refused')
    } catch (error) {
      if (!(error instanceof FhirError)) throw error
      t.notMatch(`${error.message} ${JSON.stringify(error.issues)}`, /DUPONT|277076/)
    }
  }
})

t.test('decimals keep their digits, those of the patch and those around it', async (t) => {
  const observation = parseJson(
    '{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueQuantity":{"value":1.10},"component":[{"code":{"text":"y"},"valueQuantity":{"value":2.00}}]}',
  )
  const parameters = parseJson(
    '{"resourceType":"Parameters","parameter":[{"name":"operation","part":[{"name":"type","valueCode":"replace"},{"name":"path","valueString":"(Observation.component.value as Quantity).value"},{"name":"value","valueDecimal":3.500}]},' +
      '{"name":"operation","part":[{"name":"type","valueCode":"add"},{"name":"path","valueString":"Observation.value.where(value = 1.1)"},{"name":"name","valueString":"unit"},{"name":"value","valueString":"g"}]}]}',
  )
  if (!isJsonObject(observation) || !isJsonObject(parameters)) throw new Error('not parsed')
  t.equal(
    stringifyJson(applyFhirPathPatch(observation, parameters, registry)),
    '{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueQuantity":{"value":1.10,"unit":"g"},"component":[{"code":{"text":"y"},"valueQuantity":{"value":3.500}}]}',
  )
})

/** Every list of objects, and every primitive, of a resource, by its FHIRPath. */
function elementPaths(
  value: JsonValue,
  path: string,
): { path: string; length: number; values: readonly JsonValue[] }[] {
  if (!isJsonObject(value)) return []
  return Object.entries(value).flatMap(([name, item]) => {
    // Choices and what is beside primitives have other names in FHIRPath; resources within are their own matter.
    if (
      name.startsWith('_') ||
      /^(value|effective|onset|deceased|multipleBirth|medication|occurrence)[A-Z]/.test(name)
    )
      return []
    if (name === 'resourceType' || name === 'contained' || name === 'resource' || name === 'div') return []
    const here = `${path}.${name}`
    if (Array.isArray(item)) {
      return [
        { path: here, length: item.length, values: item },
        ...item.flatMap((inner, i) => elementPaths(inner, `${here}[${i}]`)),
      ]
    }
    return elementPaths(item, here)
  })
}

t.test('laws on published examples: move-then-back is the identity, delete takes one away', async (t) => {
  const examples = publishedExamples()
  if (!examples) return t.comment('skipped: no reference data beside the checkout')
  let tried = 0
  for (const { resource, name } of examples) {
    const { resourceType } = resource
    if (typeof resourceType !== 'string' || !registry.isResourceType(resourceType)) continue
    const lists = elementPaths(resource, resourceType)
    fc.assert(
      fc.property(fc.nat(), fc.nat(), fc.nat(), (which, from, to) => {
        const list = lists[which % Math.max(lists.length, 1)]
        if (!list) return
        const source = from % list.length
        const destination = to % list.length
        const moved = applyFhirPathPatch(
          resource,
          patch([['move', list.path, { source, destination }]]),
          registry,
        )
        const back = applyFhirPathPatch(
          moved,
          patch([['move', list.path, { source: destination, destination: source }]]),
          registry,
        )
        if (!sameContent(back, resource)) throw new Error(`${name} ${list.path} ${source} ${destination}`)
        if (source !== destination) tried++
        const [first] = list.values
        if (first === undefined || list.length < 2) return
        const removed = applyFhirPathPatch(resource, patch([['delete', `${list.path}[${source}]`]]), registry)
        if (sameContent(removed, resource)) throw new Error(`${name} ${list.path}: nothing removed`)
      }),
      { numRuns: 12 },
    )
  }
  t.ok(tried > 30, `not vacuous: ${tried} moves`)
})

t.test('any JSON as a patch is refused or applied, and never more than that', async (t) => {
  const seen = { refused: 0, applied: 0 }
  const before = patient({ name: [{ given: ['A'] }], birthDate: '1970' })
  const text = fc.constantFrom(
    'type',
    'path',
    'name',
    'value',
    'index',
    'source',
    'destination',
    'add',
    'insert',
    'delete',
    'replace',
    'move',
    'Patient',
    'Patient.name',
    'Patient.name.given',
    'Patient.birthDate',
    'birthDate',
    'given',
    'x',
  )
  const part = fc.oneof(
    fc.record({ name: text, valueString: text }),
    fc.record({ name: text, valueInteger: fc.integer({ min: -1, max: 3 }) }),
    fc.record({ name: fc.constant('value'), valueHumanName: fc.constant({ family: 'B' }) }),
    fc.record({ name: text, part: fc.array(fc.record({ name: text, valueString: text }), { maxLength: 2 }) }),
  )
  const wellNamed = fc
    .record({
      type: fc.constantFrom('add', 'insert', 'delete', 'replace', 'move'),
      path: text,
      more: fc.array(part, { maxLength: 3 }),
    })
    .map(({ type, path, more }): JsonValue[] => [
      { name: 'type', valueCode: type },
      { name: 'path', valueString: path },
      ...more,
    ])
  const operations = fc.array(
    fc.oneof(
      wellNamed,
      fc.array(part).map((parts): JsonValue[] => parts),
    ),
    { maxLength: 3 },
  )
  fc.assert(
    fc.property(operations, (list) => {
      const untouched = copyJson(before)
      const parameters: JsonObject = {
        resourceType: 'Parameters',
        parameter: list.map((parts) => ({ name: 'operation', part: parts })),
      }
      const refused = refusalOf(() => applyFhirPathPatch(before, parameters, registry))
      seen[refused === undefined ? 'applied' : 'refused']++
      if (!sameContent(before, untouched)) throw new Error('the resource given was changed')
      if (refused !== undefined && !/^4(00|13|22) /.test(refused)) throw new Error(refused)
    }),
    { numRuns: 2000 },
  )
  t.ok(seen.refused > 500 && seen.applied > 100, `not vacuous: ${JSON.stringify(seen)}`)
})
