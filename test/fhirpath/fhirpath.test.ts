import t from 'tap'
import { Decimal, isJsonObject, type JsonValue, parseJson } from '../../src/fhir/json.ts'
import { calculate, compareNumbers, divide, normalNumber } from '../../src/fhirpath/decimal-arithmetic.ts'
import { compileFhirPath, evaluate, holds } from '../../src/fhirpath/fhirpath.ts'
import { locationOf, type Nodes, resourceNode } from '../../src/fhirpath/node.ts'
import { compareMoments, compareTimes } from '../../src/fhirpath/temporal.ts'
import fc from '../support/draws.ts'
import { testRegistry } from '../support/registry.ts'

const registry = testRegistry()

const patient = `{"resourceType":"Patient","id":"p","active":true,"birthDate":"1980-05-17",
 "_birthDate":{"extension":[{"url":"urn:time","valueDateTime":"1980-05-17T10:00:00Z"}]},
 "contained":[{"resourceType":"Organization","id":"o","name":"Org"}],
 "managingOrganization":{"reference":"#o"},
 "name":[{"use":"official","family":"Martin","given":["Anne","Marie"]},{"use":"usual","family":"M","given":["Zoé",null],"_given":[null,{"extension":[{"url":"urn:x","valueCode":"masked"}]}]}],
 "telecom":[{"system":"phone","value":"0123","rank":1},{"system":"email","value":"a@b","rank":2}],
 "extension":[{"url":"urn:w","valueQuantity":{"value":1.10,"unit":"kg","system":"http://unitsofmeasure.org","code":"kg"}},{"url":"urn:n","valueInteger":3}],
 "multipleBirthInteger":2,"deceasedBoolean":false}`

function nodesOf(expression: string, text = patient): Nodes {
  const resource = parseJson(text)
  const root = isJsonObject(resource) ? resourceNode(resource, registry) : undefined
  if (!root) throw new Error('no resource')
  const constants = new Map([
    [
      'list',
      evaluate(compileFhirPath("'a' | 'b'", { patterns: true }), root, { model: registry, resource: root }),
    ],
  ])
  return evaluate(compileFhirPath(expression, { patterns: true }), root, {
    model: registry,
    resource: root,
    constants,
  })
}

function valuesOf(expression: string, text = patient): (JsonValue | undefined)[] {
  return nodesOf(expression, text).map(({ value }) => (value instanceof Decimal ? value.digits : value))
}

t.test('expressions and what they give', async (t) => {
  const cases: [string, ...JsonValue[]][] = [
    // paths
    ['name.family', 'Martin', 'M'],
    ['Patient.name.given.where(hasValue())', 'Anne', 'Marie', 'Zoé'],
    ['name.given.count()', 4],
    ['name.given[3].exists()', true],
    ['name.given[3].hasValue()', false],
    ["name.given[3].extension('urn:x').value", 'masked'],
    ['Observation.name'],
    ['multipleBirth', 2],
    ['deceased', false],
    ['birthDate.extension.value', '1980-05-17T10:00:00Z'],
    ["extension.where(url = 'urn:w').value.value", '1.10'],
    ["extension('urn:w').value.unit", 'kg'],
    ['name[1].given[0]', 'Zoé'],
    ['name[7]'],
    ['`name`.`family`.first()', 'Martin'],
    ['contained.name', 'Org'],
    ['managingOrganization.resolve().name', 'Org'],
    ['managingOrganization.resolve() is Organization', true],
    ['%resource.id', 'p'],
    ['%rootResource.id | %context.id', 'p'],
    ['%ucum', 'http://unitsofmeasure.org'],
    ["%`vs-x` & %'ext-y'", 'http://hl7.org/fhir/ValueSet/xhttp://hl7.org/fhir/StructureDefinition/y'],
    ['%list', 'a', 'b'],
    ['children().where($this is Organization).id', 'o'],
    ["descendants().where(reference = '#o').exists()", true],
    // filters and parts
    ["name.where(use = 'usual').given.first()", 'Zoé'],
    ['name.select(given.first())', 'Anne', 'Zoé'],
    ['name.select($index)', 0, 1],
    ['name.given.tail().first()', 'Marie'],
    ['name.given.skip(1).take(1)', 'Marie'],
    ['name.given.last().exists()', true],
    ['telecom.repeat(system)', 'phone', 'email'],
    ['telecom.rank.aggregate($total + $this, 0)', 3],
    ['telecom.all(rank > 0)', true],
    ['telecom.exists(rank > 1)', true],
    ['(1 | 2 | 2).count()', 2],
    ['(1 | 2).combine(2).count()', 3],
    ['(1 | 2 | 3).intersect(2 | 3 | 4)', 2, 3],
    ['(1 | 2 | 3).exclude(2)', 1, 3],
    ['(1 | 2).subsetOf(3 | 2 | 1)', true],
    ['(1 | 2).supersetOf(3)', false],
    ['(1.10 | 1.1).count()', 1],
    ['(true | false).allTrue()', false],
    ['(true | false).anyFalse()', true],
    ['{}.allFalse()', true],
    // types
    ['birthDate is date', true],
    ['birthDate is string', false],
    ['birthDate is System.Date', false],
    ['birthDate is FHIR.date', true],
    ['active is Boolean', true],
    ['multipleBirth as integer', 2],
    ['multipleBirth.ofType(dateTime)'],
    ['contained.ofType(Patient)'],
    ["'a' is String", true],
    ['1 is Integer and 1.0 is Decimal', true],
    ['Patient is DomainResource', true],
    // equality and order
    ['1 = 1.0', true],
    ["'a' = 'A'", false],
    ["'a  b' ~ 'A b'", true],
    ['1.23 ~ 1.2', true],
    ['(1 | 2) = (2 | 1)', false],
    ['(1 | 2) ~ (2 | 1)', true],
    ['{} = {}'],
    ['1 != 2', true],
    ["'a' !~ 'b'", true],
    ['@2020-05 < @2020-06', true],
    ['@2020 <= @2020-05'],
    ['@2019 <= @2020-05', true],
    ['@2020-05 = @2020-05-01'],
    ['@2020-05-17T10:00:00Z = @2020-05-17T12:00:00+02:00', true],
    ['birthDate <= @1980-05-17', true],
    ['@T10:00 < @T11', true],
    ["1 'kg' < 2 'kg'", true],
    ["1 'kg' < 2 'g'"],
    ["extension('urn:w').value = 1.1 'kg'", true],
    ["extension('urn:w').value > 1 'kg'", true],
    ['2 days < 3 days', true],
    ["'a' < 'b'", true],
    // logic
    ['true and {}'],
    ['false and {}', false],
    ['true or {}', true],
    ['{} or {}'],
    ['true xor true', false],
    ['false implies {}', true],
    ['{} implies true', true],
    ['true implies {}'],
    ['{}.not()'],
    ['active and name.first().exists()', true],
    ['name.first().family and true', true],
    ['2 in (1 | 2)', true],
    ['(1 | 2) contains 3', false],
    ['{} in (1 | 2)'],
    // arithmetic
    ['1 + 2 * 3', 7],
    ['0.1 + 0.2', 0.3],
    ['1 / 4', 0.25],
    ['1 / 0'],
    ['7 div 2', 3],
    ['-7 mod 2', -1],
    ['5.5 mod 0.7', 0.6],
    ['1.10 * 1', '1.10'],
    ["'a' + 'b'", 'ab'],
    ["'a' & {} & 1", 'a1'],
    ["'a' + {}"],
    ['(-2.5).abs()', 2.5],
    ['1.5.ceiling() + (-1.5).floor()', 0],
    ['2.5.round()', 3],
    ['16.sqrt()', 4],
    ['2.power(10)', 1024],
    ["1 'kg' + 2 'kg' = 3 'kg'", true],
    // strings
    ["'abc'.substring(1, 1)", 'b'],
    ["'abc'.substring(3)"],
    ["'abc'.indexOf('c')", 2],
    ["'abc'.startsWith('ab') and 'abc'.endsWith('bc') and 'abc'.contains('b')", true],
    ["'aBc'.upper() & 'aBc'.lower()", 'ABCabc'],
    ["'a.b'.matches('a\\\\.b')", true],
    ["'axb'.matches('^a\\.b$')", false],
    ["'2020-01'.replaceMatches('(\\\\d+)-(\\\\d+)', '$2/$1')", '01/2020'],
    ["'abab'.replace('a', '$&')", '$&b$&b'],
    ["'a,b'.split(',').join('-')", 'a-b'],
    ["'ab'.toChars().count()", 2],
    ["'it\\'s \\u00e9'", "it's é"],
    // conversions
    ["'12'.toInteger()", 12],
    ["'x'.toInteger()"],
    ["'x'.convertsToInteger()", false],
    ["'1.50'.toDecimal()", '1.50'],
    ["'yes'.toBoolean()", true],
    ["extension('urn:w').value.value.toString()", '1.10'],
    ['birthDate.toString().length() >= 8', true],
    ["'2020-02-30'.convertsToDate()", false],
    ["'4 days'.toQuantity() = 4 days", true],
    ["iif(active, 'yes', 'no')", 'yes'],
    ["iif({}, 'yes')"],
    ["active.trace('x', id)", true],
    // lexical
    ['name /* c */ . family // end', 'Martin', 'M'],
    ['(((1)))', 1],
  ]
  for (const [expression, ...expected] of cases) t.same(valuesOf(expression), expected, expression)
})

t.test('what is no expression, and what has no result', async (t) => {
  const refused = [
    '',
    'a.',
    'a b',
    '1 +',
    'a..b',
    "'open",
    'now()',
    'today()',
    'memberOf(1)',
    'where()',
    'a.$this',
    '@20',
    'a.b(',
    '$x',
    'ofType(1)',
  ]
  for (const text of refused)
    t.throws(() => compileFhirPath(text, { patterns: true }), { name: 'FhirPathSyntaxError' }, text)
  t.throws(() => compileFhirPath("a.matches('(a+)+$')", { patterns: false }), { name: 'FhirPathSyntaxError' })
  t.throws(() => compileFhirPath('('.repeat(5000), { patterns: true }), { name: 'FhirPathSyntaxError' })
  t.throws(() => compileFhirPath(`a${' + a'.repeat(9000)}`, { patterns: true }), {
    name: 'FhirPathSyntaxError',
  })
  const failing = [
    '(1 | 2) and true',
    '(1 | 2) > 1',
    'name.single()',
    "1 + 'a'",
    '%nothing',
    'name < name.first()',
    "'a'.matches('(')",
    'active > 1',
  ]
  for (const text of failing) t.throws(() => valuesOf(text), { name: 'FhirPathError' }, text)
})

t.test('an evaluation has its price', async (t) => {
  const resource = parseJson(patient)
  const root = isJsonObject(resource) ? resourceNode(resource, registry) : undefined
  if (!root) throw new Error('no resource')
  const costly = `descendants()${'.select(%resource.descendants())'.repeat(8)}`
  const expression = compileFhirPath(costly, { patterns: false })
  t.throws(() => evaluate(expression, root, { model: registry, resource: root, visits: { left: 100_000 } }), {
    name: 'FhirPathError',
  })
  const endless = compileFhirPath('name.repeat(%resource.name)', { patterns: false })
  t.equal(evaluate(endless, root, { model: registry, resource: root }).length, 2)
})

t.test('a constraint holds when it is true, or when nothing can be compared', async (t) => {
  const period = (start: string, end: string): boolean => {
    const resource = parseJson(JSON.stringify({ resourceType: 'Encounter', period: { start, end } }))
    const root = isJsonObject(resource) ? resourceNode(resource, registry) : undefined
    const [node] = root
      ? evaluate(compileFhirPath('period', { patterns: false }), root, { model: registry, resource: root })
      : []
    if (!node) throw new Error('no period')
    return holds(compileFhirPath('start <= end', { patterns: false }), node, {
      model: registry,
      resource: root,
    })
  }
  t.equal(period('2020-01', '2020-02'), true)
  t.equal(period('2020-02', '2020-01'), false)
  t.equal(period('2020', '2020-01'), true, 'not comparable')
  t.equal(period('2021', '2020-01'), false)
  const root = resourceNode({ resourceType: 'Patient' }, registry)
  if (!root) throw new Error('no resource')
  t.equal(
    holds(compileFhirPath('name.family', { patterns: false }), root, { model: registry, resource: root }),
    false,
    'nothing is a no',
  )
})

t.test('nodes know where they stand', async (t) => {
  t.same(nodesOf('name.given[1]').map(locationOf), [['name', 0, 'given', 1]])
  t.same(nodesOf("extension('urn:n').value").map(locationOf), [['extension', 1, 'valueInteger']])
  t.same(nodesOf('birthDate.extension.value').map(locationOf), [
    ['birthDate', 'extension', 0, 'valueDateTime'],
  ])
  t.same(nodesOf('contained.name').map(locationOf), [['contained', 0, 'name']])
  t.same(nodesOf("'a'").map(locationOf), [[]])
})

const decimalText = fc
  .tuple(fc.integer({ min: -10_000, max: 10_000 }), fc.integer({ min: 0, max: 6 }))
  .map(([units, scale]) => {
    const digits = String(Math.abs(units)).padStart(scale + 1, '0')
    const text = scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`
    return units < 0 ? `-${text}` : text
  })

t.test('decimals: arithmetic-is-exact, order-is-total', async (t) => {
  let compared = 0
  fc.assert(
    fc.property(decimalText, decimalText, (a, b) => {
      const x = new Decimal(a)
      const y = new Decimal(b)
      compared++
      const sum = calculate('+', x, y)
      const back = sum === undefined ? undefined : calculate('-', sum, y)
      const product = calculate('*', x, y)
      return (
        compareNumbers(x, y) === -compareNumbers(y, x) &&
        compareNumbers(x, y) === Math.sign(Number(a) - Number(b)) &&
        back !== undefined &&
        compareNumbers(back, x) === 0 &&
        product !== undefined &&
        Math.abs(Number(String(product)) - Number(a) * Number(b)) < 1e-6
      )
    }),
  )
  t.ok(compared >= 100, 'not vacuous')
  t.equal(String(divide(1, 3)), '0.3333333333333333333333333333')
  t.equal(divide(1, 0), undefined)
  t.equal(normalNumber(new Decimal('1.100')), '1.1')
  t.equal(
    compareNumbers(new Decimal('1e400'), new Decimal('1e9999999')),
    0,
    'beyond any number, and soon done',
  )
  t.equal(compareNumbers(new Decimal('1E2'), 100), 0)
  t.equal(calculate('+', new Decimal('1e999999999'), 1), undefined)
})

t.test('moments: what both say decides', async (t) => {
  const cases: [string, string, number | undefined][] = [
    ['2020', '2020', 0],
    ['2020', '2021-01-01', -1],
    ['2020-05', '2020-05-17', undefined],
    ['2020-05-17', '2020-05-17T10:00:00Z', undefined],
    ['2020-05-16', '2020-05-17T00:30:00+14:00', -1],
    ['2020-05-17T10:00:00Z', '2020-05-17T10:00:00.5Z', -1],
    ['2020-05-17T10:00:00+02:00', '2020-05-17T08:00:00Z', 0],
    ['x', '2020', undefined],
  ]
  for (const [a, b, order] of cases) {
    t.equal(compareMoments(a, b), order, `${a} ${b}`)
    t.equal(compareMoments(b, a), order === undefined ? undefined : -order || 0, `${b} ${a}`)
  }
  t.equal(compareTimes('10', '10:30'), -1)
  t.equal(compareTimes('10:00:00', '10:00:00.0'), 0)
})
