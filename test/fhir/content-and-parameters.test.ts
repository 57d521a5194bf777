/** When two resources are the same, when two numbers are, and how the parameters of operations are read and written. */

import t from 'tap'
import { copyJson } from '../../src/fhir/copy-json.ts'
import {
  Decimal,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  parseJson,
  stringifyJson,
} from '../../src/fhir/json.ts'
import { numericallyEqual } from '../../src/fhir/numerically-equal.ts'
import {
  booleanParameter,
  integerParameter,
  maxParameters,
  parametersOfQuery,
  readParameters,
  refuseUnknown,
  singleParameter,
  textParameter,
  writeParameters,
} from '../../src/fhir/operation-parameters.ts'
import { sameContent } from '../../src/fhir/same-content.ts'
import fc from '../support/draws.ts'
import { refusalOf } from '../support/refusal-of.ts'
import { replaceAt } from '../support/replace-at.ts'

function resource(text: string): JsonObject {
  const value = parseJson(text)
  if (!isJsonObject(value)) throw new Error(text)
  return value
}

const base =
  '{"resourceType":"Observation","id":"a","meta":{"versionId":"1","lastUpdated":"2026-01-01T00:00:00Z","tag":[{"code":"x"}]},"valueQuantity":{"value":1.0,"unit":"g"},"component":[{"id":"1"},{"id":"2"}]}'

t.test(
  'the same content: server meta and order of properties aside, digits and order of lists not',
  async (t) => {
    const same = [
      base,
      base.replace('"versionId":"1","lastUpdated":"2026-01-01T00:00:00Z",', ''),
      base.replace('"versionId":"1"', '"versionId":"2"'),
      base.replace('"id":"a",', '').replace(/\}$/, ',"id":"a"}'),
      base.replace('{"value":1.0,"unit":"g"}', '{"unit":"g","value":1.0}'),
    ]
    for (const other of same) t.ok(sameContent(resource(base), resource(other)), other)
    const different = [
      base.replace('1.0', '1.00'),
      base.replace('1.0', '1'),
      base.replace('1.0', '"1.0"'),
      base.replace('"id":"a"', '"id":"b"'),
      base.replace('"code":"x"', '"code":"y"'),
      base.replace(',"tag":[{"code":"x"}]', ''),
      base.replace('{"id":"1"},{"id":"2"}', '{"id":"2"},{"id":"1"}'),
      base.replace(',{"id":"2"}', ''),
      base.replace('"unit":"g"', '"unit":null'),
      base.replace('"unit":"g"', '"toString":"g"'),
      base.replace(/\}$/, ',"status":"final"}'),
    ]
    for (const other of different) {
      t.notOk(sameContent(resource(base), resource(other)), other)
      t.notOk(sameContent(resource(other), resource(base)), other)
    }
    const bare = { resourceType: 'Basic' }
    t.ok(
      sameContent(bare, { ...bare, meta: { versionId: '1', lastUpdated: 'x' } }),
      'no meta, and one of the server only',
    )
    t.notOk(sameContent(bare, { ...bare, meta: { source: 'x' } }))
  },
)

t.test('same-content-agrees-with-text: a change anywhere but in the server meta is seen', async (t) => {
  const seen = { same: 0, changed: 0 }
  const by = fc.constantFrom<JsonValue>(null, true, 1, 'x', new Decimal('1.00'), [], ['x'], { a: 1 })
  fc.assert(
    fc.property(fc.nat(), by, (place, value) => {
      const before = resource(base)
      const after = replaceAt(before, place, value)
      if (!isJsonObject(after)) return
      const strip = (r: JsonObject): string =>
        stringifyJson(r).replace(/"versionId":(?:"[^"]*"|[^,}]*|\{[^}]*\}),/, '')
      const isServerMeta = (name: string): boolean =>
        isJsonObject(after.meta) &&
        isJsonObject(before.meta) &&
        stringifyJson(after.meta[name] ?? null) !== stringifyJson(before.meta[name] ?? null)
      if (isServerMeta('versionId') || isServerMeta('lastUpdated')) return
      const expected = strip(before) === strip(after)
      seen[expected ? 'same' : 'changed']++
      if (sameContent(before, after) !== expected) throw new Error(stringifyJson(after))
    }),
    { numRuns: 1000 },
  )
  t.ok(seen.changed > 500, `not vacuous: ${JSON.stringify(seen)}`)
  const original = resource(base)
  const copy = copyJson(original)
  t.ok(sameContent(original, copy))
  copy.component = []
  t.equal(stringifyJson(original), base, 'a copy shares nothing')
})

t.test('numbers are equal by value, whatever their digits', async (t) => {
  const number = (text: string): number | Decimal => {
    const value = parseJson(text)
    if (typeof value !== 'number' && !(value instanceof Decimal)) throw new Error(text)
    return value
  }
  let equal = 0
  const digits = fc.tuple(
    fc.constantFrom('', '-'),
    fc.bigInt({ min: 1n, max: 10n ** 25n }),
    fc.integer({ min: -30, max: 30 }),
  )
  fc.assert(
    fc.property(
      digits,
      fc.nat(5),
      fc.nat(5),
      digits,
      ([sign, whole, power], zeros, shift, [otherSign, otherWhole, otherPower]) => {
        const plain = number(`${sign}${whole}e${power}`)
        const spelt = number(`${sign}${whole}${'0'.repeat(zeros)}.${'0'.repeat(shift)}0E${power - zeros}`)
        if (!numericallyEqual(plain, spelt)) throw new Error(`${plain} ${spelt}`)
        equal++
        const other = number(`${otherSign}${otherWhole}e${otherPower}`)
        const value = (s: string, w: bigint, p: number): bigint =>
          (s === '-' ? -w : w) * 10n ** BigInt(p + 30)
        const expected = value(sign, whole, power) === value(otherSign, otherWhole, otherPower)
        if (numericallyEqual(plain, other) !== expected) throw new Error(`${plain} ${other}`)
      },
    ),
  )
  t.ok(equal > 50)
  for (const [a, b, same] of [
    ['1', '1.0', true],
    ['-0', '0.00', true],
    ['0e99999999999', '0', true],
    ['1e21', '1000000000000000000000', true],
    ['1e-7', '0.0000001', true],
    ['1e99999999999999999999', '10e99999999999999999998', true],
    ['1', '-1', false],
    ['9007199254740993', '9007199254740992', false],
  ] as const)
    t.equal(numericallyEqual(number(a), number(b)), same, `${a} ${b}`)
})

const given = resource(
  '{"resourceType":"Parameters","parameter":[{"name":"url","valueUri":"http://a"},{"name":"n","valueInteger":5},{"name":"yes","valueBoolean":true},' +
    '{"name":"property","valueCode":"x"},{"name":"property","valueCode":"y"},{"name":"res","resource":{"resourceType":"Basic"}},' +
    '{"name":"tuple","part":[{"name":"code","valueCoding":{"code":"c"}},{"name":"amount","valueDecimal":1.10}]},{"name":"absent","_valueString":{"extension":[{"url":"u","valueCode":"unknown"}]}}]}',
)

t.test('parameters are read by name, values with their digits', async (t) => {
  const parameters = readParameters(given)
  t.same([...parameters.keys()], ['url', 'n', 'yes', 'property', 'res', 'tuple', 'absent'])
  t.equal(textParameter(parameters, 'url'), 'http://a')
  t.equal(integerParameter(parameters, 'n'), 5)
  t.equal(booleanParameter(parameters, 'yes'), true)
  t.equal(textParameter(parameters, 'nothing'), undefined)
  t.same(
    parameters.get('property')?.map(({ value, type }) => [type, value]),
    [
      ['Code', 'x'],
      ['Code', 'y'],
    ],
  )
  t.same(singleParameter(parameters, 'res')?.resource, { resourceType: 'Basic' })
  const amount = singleParameter(parameters, 'tuple')?.parts.get('amount')?.[0]
  t.equal(String(amount?.value), '1.10')
  t.equal(amount?.expression, 'Parameters.parameter[6].part[1]')
  t.match(singleParameter(parameters, 'absent'), {
    type: 'String',
    value: undefined,
    aside: { extension: [{}] },
  })
  t.equal(
    refusalOf(() => singleParameter(parameters, 'property')),
    '400 cardinalite @ Parameters.parameter[4]',
  )
  t.equal(
    refusalOf(() => textParameter(parameters, 'n')),
    '400 type-attendu @ Parameters.parameter[1].value',
  )
  t.equal(
    refusalOf(() => integerParameter(parameters, 'url')),
    '400 type-attendu @ Parameters.parameter[0].value',
  )
  t.equal(
    refusalOf(() => booleanParameter(parameters, 'url')),
    '400 type-attendu @ Parameters.parameter[0].value',
  )
  t.equal(
    refusalOf(() =>
      booleanParameter(
        readParameters(
          resource('{"resourceType":"Parameters","parameter":[{"name":"a","valueString":"true"}]}'),
        ),
        'a',
      ),
    ),
    '400 type-attendu @ Parameters.parameter[0].value',
  )
  t.equal(
    refusalOf(() => refuseUnknown(parameters, ['url', 'n'])),
    '400 parametre-operation @ Parameters.parameter[2]',
  )
  t.equal(
    refusalOf(() => refuseUnknown(parameters, [...parameters.keys()])),
    undefined,
  )
  t.equal(readParameters({ resourceType: 'Parameters' }).size, 0)
})

t.test('what is no Parameters resource is refused', async (t) => {
  const parameter = (p: JsonValue): JsonObject => ({ resourceType: 'Parameters', parameter: [p] })
  const deep = (levels: number): JsonObject =>
    levels === 0 ? { name: 'a', valueString: 'x' } : { name: 'a', part: [deep(levels - 1)] }
  const cases: readonly (readonly [body: JsonValue, refusal: string | undefined])[] = [
    ['x', '400 type-inattendu @ Parameters'],
    [{ resourceType: 'Bundle' }, '400 type-inattendu @ Parameters'],
    [{ resourceType: 'Parameters', parameter: {} }, '400 type-attendu @ Parameters.parameter'],
    [parameter('x'), '400 type-attendu @ Parameters.parameter[0]'],
    [parameter({ valueString: 'x' }), '400 type-attendu @ Parameters.parameter[0].name'],
    [
      parameter({ name: 'a', valueString: 'x', valueCode: 'y' }),
      '400 type-attendu @ Parameters.parameter[0]',
    ],
    [
      parameter({ name: 'a', valueString: 'x', _valueCode: { id: 'y' } }),
      '400 type-attendu @ Parameters.parameter[0]',
    ],
    [parameter({ name: 'a', valueString: 'x', _valueString: { id: 'y' } }), undefined],
    [parameter({ name: 'a', _valueString: 'y' }), '400 type-attendu @ Parameters.parameter[0].value'],
    [parameter({ name: 'a', valueString: 'x', part: [] }), '400 type-attendu @ Parameters.parameter[0]'],
    [parameter({ name: 'a', resource: 'x' }), '400 type-attendu @ Parameters.parameter[0].resource'],
    [parameter({ name: 'a', part: 'x' }), '400 type-attendu @ Parameters.parameter[0].part'],
    [parameter({ name: '__proto__', valueString: 'x' }), undefined],
    [parameter(deep(31)), undefined],
    [parameter(deep(32)), '413 trop-long'],
    [
      { resourceType: 'Parameters', parameter: Array.from({ length: maxParameters }, () => ({ name: 'a' })) },
      undefined,
    ],
    [
      {
        resourceType: 'Parameters',
        parameter: Array.from({ length: maxParameters + 1 }, () => ({ name: 'a' })),
      },
      '413 trop-long',
    ],
  ]
  for (const [body, refusal] of cases)
    t.equal(
      refusalOf(() => readParameters(body)),
      refusal,
      stringifyJson(body).slice(0, 100),
    )
})

t.test('a query gives texts, taken for what is asked', async (t) => {
  const parameters = parametersOfQuery([
    ['url', 'http://a'],
    ['n', '5'],
    ['yes', 'true'],
    ['no', 'maybe'],
    ['n2', '5.0'],
    ['277076322082910 X', '1'],
  ])
  t.equal(textParameter(parameters, 'url'), 'http://a')
  t.equal(integerParameter(parameters, 'n'), 5)
  t.equal(booleanParameter(parameters, 'yes'), true)
  t.ok(refusalOf(() => booleanParameter(parameters, 'no')))
  t.ok(refusalOf(() => integerParameter(parameters, 'n2')))
  try {
    refuseUnknown(parameters, ['url', 'n', 'yes', 'no', 'n2'])
    t.fail('not refused')
  } catch (error) {
    t.notMatch(JSON.stringify(error), '277076322082910', 'a name that is none is not repeated')
  }
})

t.test('write ∘ read: what is written is read again', async (t) => {
  const written = writeParameters([
    { name: 'result', value: ['Boolean', true] },
    { name: 'amount', value: ['Decimal', new Decimal('1.10')] },
    {
      name: 'match',
      part: [
        { name: 'concept', value: ['Coding', { code: 'x' }] },
        { name: 'none', part: [] },
      ],
    },
    { name: 'return', resource: { resourceType: 'Basic' } },
  ])
  t.equal(
    stringifyJson(written),
    '{"resourceType":"Parameters","parameter":[{"name":"result","valueBoolean":true},{"name":"amount","valueDecimal":1.10},' +
      '{"name":"match","part":[{"name":"concept","valueCoding":{"code":"x"}},{"name":"none"}]},{"name":"return","resource":{"resourceType":"Basic"}}]}',
  )
  t.equal(booleanParameter(readParameters(written), 'result'), true)
  t.equal(stringifyJson(writeParameters([])), '{"resourceType":"Parameters"}', 'an empty list is no FHIR')
})
