/** Searches of plain FHIR: every type of parameter, chains, `_has`, includes; conditions; what is told of it all. */
import t from 'tap'
import { describeSearches } from '../../src/search/describe-search.ts'
import { parseNumber } from '../../src/search/parameter-types/number.ts'
import { normalisedCondition, parseCondition } from '../../src/search/parse-condition.ts'
import { type Pair, parseSearch } from '../../src/search/parse-search.ts'
import { restLimits } from '../../src/search/rest-capability.ts'
import type { SearchExpression } from '../../src/search/search-expression.ts'
import { base, faultsOf, only, parse, refusalOf, registry, searchOf } from '../support/rest-search.ts'

const number = (value: number, low: number, high: number, prefix = 'eq') => ({ prefix, value, low, high })
const token = (parameter: string, values: object[], not = false) => ({
  kind: 'token',
  parameter,
  not,
  values,
})

const string = (parameter: string, match: string, ...values: string[]) => ({
  kind: 'string',
  parameter,
  match,
  values,
})
const date = (parameter: string, ...values: object[]) => ({ kind: 'date', parameter, values })
const quantity = (...values: object[]) => ({ kind: 'quantity', parameter: 'value-quantity', values })
const uri = (parameter: string, match: string, ...values: object[]) => ({
  kind: 'uri',
  parameter,
  match,
  values,
})
const reference = (parameter: string, ...values: object[]) => ({ kind: 'reference', parameter, values })
const composite = (parameter: string, ...parts: (readonly [string, unknown])[]) => ({
  kind: 'composite',
  parameter,
  values: [parts.map(([type, value]) => ({ type, value }))],
})
const local = (id: string, type?: string, version?: string) => ({
  kind: 'local',
  ...(type === undefined ? {} : { type }),
  id,
  ...(version === undefined ? {} : { version }),
})
const url = (url: string, version?: string) => ({
  kind: 'url',
  url,
  ...(version === undefined ? {} : { version }),
})
const coded = (...codes: string[]) => codes.map((code) => ({ system: 's', code }))

t.test('one criterion of each kind and form', async (t) => {
  const day = { start: Date.UTC(2026, 0, 31), end: Date.UTC(2026, 1, 1) }
  const about = number(5.4, 5.35, 5.45)
  const one = local('1', 'Patient')
  const cases: readonly (readonly [string, object])[] = [
    ['Observation?code=a', token('code', [{ code: 'a' }])],
    [
      'Observation?code=s|a,|b,s|',
      token('code', [...coded('a'), { system: '', code: 'b' }, { system: 's' }]),
    ],
    ['Patient?identifier=s|a\\|b\\,c\\$d\\\\', token('identifier', coded('a|b,c$d\\'))],
    ['Patient?gender:not=male,female', token('gender', [{ code: 'male' }, { code: 'female' }], true)],
    ['Observation?code:in=http://vs/two', token('code', coded('a', 'b'))],
    ['Observation?code:in=http://vs/two|1', token('code', coded('a', 'b'))],
    ['Observation?code:in=http://vs/two,http://vs/two|1', token('code', coded('a', 'b'))],
    ['Observation?code:not-in=http://vs/empty', token('code', [], true)],
    ['Observation?code:below=s|a', token('code', coded('a', 'a1', 'a2'))],
    ['Observation?code:above=s|a', token('code', coded('a', 'a0'))],
    [
      'Observation?code:text=Tension  Artérielle',
      { kind: 'token-text', parameter: 'code', values: ['tension arterielle'] },
    ],
    [
      'Patient?identifier:of-type=s|MR|1',
      { kind: 'token-of-type', parameter: 'identifier', values: [{ system: 's', code: 'MR', value: '1' }] },
    ],
    ['Patient?name=Hélène,D%27Œuvre', string('name', 'starts', 'helene', 'd oeuvre')],
    ['Patient?name:exact=Hélène', string('name', 'exact', 'Hélène')],
    ['Patient?name:exact=a\\,b', string('name', 'exact', 'a,b')],
    ['Patient?address:contains=Été', string('address', 'contains', 'ete')],
    ['Patient?birthdate=2026-01-31', date('birthdate', { prefix: 'eq', ...day })],
    [
      'Patient?_lastUpdated=ge2026-01-31,sa2026-01-31',
      date('_lastUpdated', { prefix: 'ge', ...day }, { prefix: 'sa', ...day }),
    ],
    [
      'Patient?birthdate=lt2026-01-31T01:00:00+01:00',
      date('birthdate', { prefix: 'lt', start: day.start, end: day.start + 1000 }),
    ],
    [
      'RiskAssessment?probability=100,gt0.8',
      {
        kind: 'number',
        parameter: 'probability',
        values: [number(100, 99.5, 100.5), number(0.8, 0.75, 0.85, 'gt')],
      },
    ],
    ['Observation?value-quantity=5.4', quantity(about)],
    [
      'Observation?value-quantity=le5.4|http://u|mg',
      quantity({ ...about, prefix: 'le', system: 'http://u', code: 'mg' }),
    ],
    ['Observation?value-quantity=5.4||mg', quantity({ ...about, code: 'mg' })],
    ['Observation?value-quantity=5.4||', quantity(about)],
    ['Observation?subject=1', reference('subject', local('1'))],
    ['Observation?patient=1', reference('patient', one)],
    ['Observation?subject=Patient/1,Group/2/_history/3', reference('subject', one, local('2', 'Group', '3'))],
    ['Observation?subject:Patient=1', reference('subject', one)],
    ['Observation?subject:Patient=Patient/1', reference('subject', one)],
    [`Observation?subject=${base}/Patient/1`, reference('subject', one)],
    [
      'Observation?subject=https://there.test/Patient/1',
      reference('subject', url('https://there.test/Patient/1')),
    ],
    ['Observation?subject=urn:uuid:0', reference('subject', url('urn:uuid:0'))],
    ['QuestionnaireResponse?questionnaire=http://q/1|2', reference('questionnaire', url('http://q/1', '2'))],
    [
      'Observation?subject:identifier=s|1',
      { kind: 'reference-identifier', parameter: 'subject', values: coded('1') },
    ],
    ['ValueSet?url=http://a/b', uri('url', 'exact', { uri: 'http://a/b' })],
    ['ValueSet?url:below=http://a/b', uri('url', 'below', { uri: 'http://a/b' })],
    ['ValueSet?url:below=http://a/b/', uri('url', 'below', { uri: 'http://a/b/' })],
    ['ValueSet?url:above=http://a/b', uri('url', 'above', { uri: 'http://a/b' })],
    ['Patient?_profile=http://p|1.0', uri('_profile', 'exact', { uri: 'http://p', version: '1.0' })],
    ['Patient?_id=1,2', { kind: 'id', parameter: '_id', values: ['1', '2'] }],
    ['Patient?_tag=s|t', token('_tag', coded('t'))],
    ['Patient?_security=s|t', token('_security', coded('t'))],
    ['Patient?_source=http://s', uri('_source', 'exact', { uri: 'http://s' })],
    ['Patient?birthdate:missing=true', { kind: 'missing', parameter: 'birthdate', missing: true }],
    ['Observation?subject:missing=false', { kind: 'missing', parameter: 'subject', missing: false }],
    ['Patient?_id:missing=false', { kind: 'missing', parameter: '_id', missing: false }],
    [
      'Observation?code-value-quantity=s|a$gt5.4||mg',
      composite(
        'code-value-quantity',
        ['token', coded('a')[0]],
        ['quantity', { ...about, prefix: 'gt', code: 'mg' }],
      ),
    ],
    [
      'Observation?code-value-string=a\\$b$Ça',
      composite('code-value-string', ['token', { code: 'a$b' }], ['string', 'ca']),
    ],
    [
      'Observation?code-value-date=a$2026-01-31',
      composite('code-value-date', ['token', { code: 'a' }], ['date', { prefix: 'eq', ...day }]),
    ],
    [
      'DocumentReference?relationship=replaces$DocumentReference/1',
      composite(
        'relationship',
        ['token', { code: 'replaces' }],
        ['reference', local('1', 'DocumentReference')],
      ),
    ],
    [
      'MolecularSequence?chromosome-variant-coordinate=1$ge5$lt9',
      composite(
        'chromosome-variant-coordinate',
        ['token', { code: '1' }],
        ['number', number(5, 4.5, 5.5, 'ge')],
        ['number', number(9, 8.5, 9.5, 'lt')],
      ),
    ],
  ]
  for (const [query, expected] of cases) t.same(only(query), expected, query)
})

t.test('chains, and what refers to a resource', async (t) => {
  const name = { kind: 'string', parameter: 'name', match: 'starts', values: ['x'] }
  const chain = (parameter: string, ...targets: (readonly [string, object])[]) => ({
    kind: 'chain',
    parameter,
    targets: targets.map(([type, criterion]) => ({ type, criterion })),
  })
  const has = (type: string, reference: string, criterion: object) => ({
    kind: 'has',
    parameter: '_has',
    type,
    reference,
    criterion,
  })
  const code = token('code', [{ code: 'x' }])
  const cases: readonly (readonly [string, object])[] = [
    ['Observation?subject:Patient.name=x', chain('subject', ['Patient', name])],
    ['Observation?patient.name=x', chain('patient', ['Patient', name])],
    [
      'Observation?subject:Patient.name:exact=X',
      chain('subject', ['Patient', { ...name, match: 'exact', values: ['X'] }]),
    ],
    [
      'Observation?subject:Patient.birthdate:missing=true',
      chain('subject', ['Patient', { kind: 'missing', parameter: 'birthdate', missing: true }]),
    ],
    [
      'Observation?patient.organization.name=x',
      chain('patient', ['Patient', chain('organization', ['Organization', name])]),
    ],
    [
      'Observation?patient.organization.partof.name=x',
      chain('patient', [
        'Patient',
        chain('organization', ['Organization', chain('partof', ['Organization', name])]),
      ]),
    ],
    [
      'Observation?subject:Patient._id=x',
      chain('subject', ['Patient', { kind: 'id', parameter: '_id', values: ['x'] }]),
    ],
    ['Patient?_has:Observation:patient:code=x', has('Observation', 'patient', code)],
    ['Patient?_has:Observation:patient:code:not=x', has('Observation', 'patient', { ...code, not: true })],
    [
      'Patient?_has:Observation:subject:encounter.class=x',
      has('Observation', 'subject', chain('encounter', ['Encounter', token('class', [{ code: 'x' }])])),
    ],
    [
      'Patient?_has:Observation:patient:_has:DiagnosticReport:result:code=x',
      has('Observation', 'patient', has('DiagnosticReport', 'result', code)),
    ],
    [
      'Encounter?patient._has:Observation:patient:code=x',
      chain('patient', ['Patient', has('Observation', 'patient', code)]),
    ],
  ]
  for (const [url, expected] of cases) t.same(only(url), expected, url)
  const untyped = only('Observation?subject.name=x')
  t.same(
    untyped?.kind === 'chain' ? untyped.targets.map(({ type }) => type).sort() : untyped,
    ['Location', 'Patient'],
    'each type that the reference may lead to and that has the parameter',
  )
  const dated = only('Observation?focus.birthdate=2026')
  t.same(
    dated?.kind === 'chain' &&
      dated.targets.length > 1 &&
      dated.targets.every(({ criterion }) => criterion.kind === 'date'),
    true,
  )
  t.same(
    only('Observation,Condition?subject:Patient.name=x'),
    chain('subject', ['Patient', name]),
    'of several types',
  )
})

t.test('what shapes the answer', async (t) => {
  const cases: readonly (readonly [string, Partial<SearchExpression>])[] = [
    [
      '',
      {
        count: restLimits.defaultCount,
        sort: [],
        total: 'none',
        summary: 'false',
        elements: [],
        includes: [],
      },
    ],
    ['_count=0', { count: 0 }],
    ['_count=999999', { count: restLimits.maxCount, understood: [['_count', `${restLimits.maxCount}`]] }],
    ['_total=estimate', { total: 'accurate', understood: [['_total', 'accurate']] }],
    ['_total=accurate', { total: 'accurate' }],
    ['_summary=text', { summary: 'text' }],
    ['_summary=count', { summary: 'count' }],
    ['_elements=identifier,status,identifier', { elements: ['identifier', 'status'] }],
    [
      '_sort=-date,_id,value-quantity',
      {
        sort: [
          { parameter: 'date', descending: true },
          { parameter: '_id', descending: false },
          { parameter: 'value-quantity', descending: false },
        ],
      },
    ],
    [
      '_sort=status,-date',
      {
        sort: [
          { parameter: 'status', descending: false, code: true },
          { parameter: 'date', descending: true },
        ],
      },
    ],
    [
      '_include=Observation:subject',
      { includes: [{ reverse: false, iterate: false, source: 'Observation', parameter: 'subject' }] },
    ],
    [
      '_include:iterate=Patient:link:RelatedPerson',
      {
        includes: [
          { reverse: false, iterate: true, source: 'Patient', parameter: 'link', target: 'RelatedPerson' },
        ],
      },
    ],
    [
      '_revinclude=Provenance:target&_revinclude:iterate=AuditEvent:entity',
      {
        includes: [
          { reverse: true, iterate: false, source: 'Provenance', parameter: 'target' },
          { reverse: true, iterate: true, source: 'AuditEvent', parameter: 'entity' },
        ],
      },
    ],
    ['_cursor=abc', { cursor: 'abc', understood: [] }],
  ]
  for (const [query, expected] of cases) {
    const search = parse(`Observation?${query}`)
    for (const [name, value] of Object.entries(expected))
      t.same(Object.entries(search).find(([n]) => n === name)?.[1], value, `${query}: ${name}`)
  }
  t.same(
    parse('Observation?code=a&code=b').criteria.length,
    2,
    'the same parameter twice: both are to be met',
  )
})

t.test('without _sort: in the order of the date that is asked for, else by id', async (t) => {
  const sortOf = (type: string, query: string) => parse(`${type}?${query}`).sort
  t.same(sortOf('Observation', 'date=ge2026'), [{ parameter: 'date', descending: false }])
  t.same(sortOf('Observation', 'code=x&_lastUpdated=gt2026'), [
    { parameter: '_lastUpdated', descending: false },
  ])
  t.same(sortOf('Observation', 'date=ge2026&_sort=-_id'), [{ parameter: '_id', descending: true }])
  t.same(sortOf('Observation', 'code=x'), [])
})

t.test('a search of the system', async (t) => {
  const system = searchOf(registry.resourceTypes)
  t.same([...system.parameters.keys()].sort(), [
    '_id',
    '_lastUpdated',
    '_profile',
    '_security',
    '_source',
    '_tag',
  ])
  const two = parse(
    '*?_type=Condition,Observation,Condition&code=x&date:missing=true'.replace('date', 'subject'),
  )
  t.same(two.types, ['Condition', 'Observation'])
  t.same(two.understood[0], ['_type', 'Condition,Observation'])
  t.same(parse('*?_type=Patient&name=x').types, ['Patient'])
  t.same(faultsOf('*?code=x'), ['parametre-inconnu code'])
  t.same(faultsOf('*?_type=Patient,Observation&name=x'), ['parametre-inconnu name'], 'not shared')
  t.same(
    faultsOf('*?_type=Patient,Observation&_sort=_tag'),
    ['parametre-invalide _sort'],
    'codes sort one type',
  )
  for (const query of [
    '_type=',
    '_type=Foo',
    '_type=Patient,',
    '_type=Patient&_type=Observation',
    '_type=Resource',
  ])
    t.same(faultsOf(`*?${query}`), ['parametre-invalide _type'], query)
  t.same(faultsOf('Patient?_type=Patient'), ['parametre-inconnu _type'])
  t.equal(searchOf(['Patient']), searchOf(['Patient']), 'made once')
  t.equal(searchOf(registry.resourceTypes), system, 'the whole system too')
  for (const type of registry.resourceTypes) searchOf(['Patient', type])
  t.not(searchOf(registry.resourceTypes), system, 'what is kept is bounded')
})

t.test('what is refused, each with its name', async (t) => {
  const cases: readonly (readonly [string, ...string[]])[] = [
    ['Patient?foo=1&name:foo=2', 'parametre-inconnu foo', 'modificateur-non-pris-en-charge name'],
    [
      'Patient?__proto__=x&constructor=x&toString=x',
      ...['__proto__', 'constructor', 'toString'].map((n) => `parametre-inconnu ${n}`),
    ],
    ['Patient?name=', 'parametre-invalide name'],
    ['Patient?name=-', 'parametre-invalide name'],
    ['Patient?name=a,,b', 'parametre-invalide name'],
    ['Patient?name:exact=', 'parametre-invalide name:exact'],
    ['Patient?name:not=a', 'modificateur-non-pris-en-charge name'],
    ['Patient?name:Patient=a', 'modificateur-non-pris-en-charge name'],
    ['Patient?birthdate:exact=2026', 'modificateur-non-pris-en-charge birthdate'],
    ['Patient?birthdate=2026-13', 'parametre-invalide birthdate'],
    ['Patient?birthdate:missing=yes', 'parametre-invalide birthdate:missing'],
    ['Patient?birthdate:missing=true,false', 'parametre-invalide birthdate:missing'],
    ['Patient?gender:missing:missing=true', 'modificateur-non-pris-en-charge gender'],
    ['Patient?identifier:of-type=s|MR', 'parametre-invalide identifier:of-type'],
    ['Patient?identifier:of-type=|MR|1', 'parametre-invalide identifier:of-type'],
    ['Observation?code:in=http://vs/none', 'parametre-invalide code:in'],
    ['Observation?code:in=http://vs/many', 'trop-long code:in'],
    ['Observation?code:in=http://vs/refused', 'interne'],
    ['Observation?code:below=a', 'parametre-invalide code:below'],
    ['Observation?code:below=z|a', 'parametre-invalide code:below'],
    ['Observation?code=a|b|c', 'parametre-invalide code'],
    ['Observation?value-quantity=5.4|mg', 'parametre-invalide value-quantity'],
    ['Observation?value-quantity=5.4|s|', 'parametre-invalide value-quantity'],
    ['Observation?value-quantity=x', 'parametre-invalide value-quantity'],
    ['Observation?value-quantity=1e400', 'parametre-invalide value-quantity'],
    ['Observation?value-quantity=NaN', 'parametre-invalide value-quantity'],
    ['Observation?value-quantity=Infinity', 'parametre-invalide value-quantity'],
    ['Observation?value-quantity=0x10', 'parametre-invalide value-quantity'],
    [`Observation?value-quantity=${'9'.repeat(41)}`, 'parametre-invalide value-quantity'],
    ['Observation?subject=Foo/1', 'parametre-invalide subject'],
    ['Observation?subject=%231', 'parametre-invalide subject'],
    ['Observation?subject=a b', 'parametre-invalide subject'],
    ['Observation?subject=Patient?name=x', 'parametre-invalide subject'],
    ['Observation?subject:Patient=Group/1', 'parametre-invalide subject:Patient'],
    ['Observation?subject:Practitioner=1', 'modificateur-non-pris-en-charge subject'],
    ['Observation?subject:text=1', 'modificateur-non-pris-en-charge subject'],
    ['ValueSet?url=', 'parametre-invalide url'],
    ['ValueSet?url=a|b|c', 'parametre-invalide url'],
    ['ValueSet?url:below=', 'parametre-invalide url:below'],
    ['ValueSet?url:contains=a', 'modificateur-non-pris-en-charge url'],
    ['Observation?code-value-quantity=a', 'parametre-invalide code-value-quantity'],
    ['Observation?code-value-quantity=a$1$2', 'parametre-invalide code-value-quantity'],
    ['Observation?code-value-quantity=a$x', 'parametre-invalide code-value-quantity'],
    ['Observation?code-value-quantity:missing=true', 'modificateur-non-pris-en-charge code-value-quantity'],
    ['Observation?subject:Practitioner.name=x', 'modificateur-non-pris-en-charge subject'],
    ['Observation?subject:Foo.name=x', 'modificateur-non-pris-en-charge subject'],
    ['Observation?code.name=x', 'modificateur-non-pris-en-charge code'],
    ['Observation?subject.foo=x', 'parametre-inconnu foo'],
    ['Observation?subject.=x', 'parametre-inconnu'],
    ['Observation?foo.name=x', 'parametre-inconnu foo'],
    ['Observation?.name=x', 'parametre-inconnu'],
    ['Observation?patient.birthdate=x', 'parametre-invalide birthdate'],
    ['Observation?subject.birthdate=x', 'parametre-invalide birthdate'],
    ['Observation?patient.name:not=x', 'modificateur-non-pris-en-charge name'],
    ['Organization?partof.partof.partof.partof.partof.partof.name=x', 'trop-long links of a chain'],
    ['List?item.item.item.code=x', 'trop-long types of a chain: [reference]:[type].'],
    ['Patient?_has:Observation:patient=x', 'parametre-invalide _has'],
    ['Patient?_has:Foo:patient:code=x', 'parametre-invalide _has'],
    ['Patient?_has=x', 'parametre-inconnu _has'],
    ['Patient?_has:Observation:foo:code=x', 'parametre-inconnu _has:Observation:foo'],
    ['Patient?_has:Observation:encounter:code=x', 'parametre-inconnu _has:Observation:encounter'],
    ['Patient?_has:Observation:code:code=x', 'parametre-inconnu _has:Observation:code'],
    ['Patient?_has:Observation:patient:foo=x', 'parametre-inconnu foo'],
    [`Patient?${'_has:Patient:link:'.repeat(6)}name=x`, 'trop-long links of a chain'],
    ['Patient?_include=*', 'parametre-non-pris-en-charge _include'],
    ['Patient?_include=Patient:*', 'parametre-non-pris-en-charge _include'],
    ['Patient?_revinclude=*', 'parametre-non-pris-en-charge _revinclude'],
    ['Patient?_include=Patient', 'parametre-invalide _include'],
    ['Patient?_include=Foo:link', 'parametre-invalide _include'],
    ['Patient?_include=Patient:name', 'parametre-invalide _include'],
    ['Patient?_include=Patient:link:Group', 'parametre-invalide _include'],
    ['Patient?_include=Patient:link:Patient:x', 'parametre-invalide _include'],
    ['Patient?_include:recurse=Patient:link', 'modificateur-non-pris-en-charge _include'],
    ['Patient?_sort=organization', 'parametre-invalide _sort'],
    ['Patient?_sort=', 'parametre-invalide _sort'],
    ['Patient?_sort=name,', 'parametre-invalide _sort'],
    ['Patient?_sort=name,-name', 'parametre-invalide _sort'],
    ['Patient?_sort=_id,_lastUpdated,name,birthdate,death-date', 'parametre-invalide _sort'],
    ['Patient?_sort:desc=name', 'modificateur-non-pris-en-charge _sort'],
    ['Patient?_count=1&_count=2', 'parametre-invalide _count'],
    ['Patient?_count=-1', 'parametre-invalide _count'],
    ['Patient?_total=foo', 'parametre-invalide _total'],
    ['Patient?_summary=foo', 'parametre-invalide _summary'],
    ['Patient?_elements=foo', 'parametre-invalide _elements'],
    ['Patient?_elements=name,', 'parametre-invalide _elements'],
    ['Patient?_cursor=a&_cursor=b', 'parametre-invalide _cursor'],
    ['Patient?name=a%00b', 'parametre-invalide name'],
    [`Patient?name=${'x,'.repeat(1000)}x`, 'parametre-invalide name'],
    [`Patient?name=${'x'.repeat(65_537)}`, 'trop-long characters of a search'],
    [`Patient?${'name=x&'.repeat(101)}`, 'trop-long parameters'],
  ]
  for (const [url, ...expected] of cases) t.same(faultsOf(url), expected, url.slice(0, 90))
  for (const name of [
    '_text',
    '_content',
    '_filter',
    '_query',
    '_list',
    '_contained',
    '_containedType',
    'phonetic',
  ])
    for (const handling of ['strict', 'lenient'] as const)
      t.same(
        faultsOf(`Patient?${name}=x`, handling),
        [`parametre-non-pris-en-charge ${name}`],
        `${name}, ${handling}`,
      )
  t.same(faultsOf('Location?near=1|2', 'lenient'), ['parametre-non-pris-en-charge near'])
  t.same(faultsOf('Encounter?subject.phonetic=x', 'lenient'), ['parametre-non-pris-en-charge phonetic'])
})

t.test('an unknown parameter is told the known ones, or left out on request', async (t) => {
  t.match(refusalOf(() => parse('Patient?foo=1')).issues, [
    { params: { name: 'foo', type: 'Patient', known: /birthdate.*_sort/ } },
  ])
  const search = parse('Patient?foo=1&subject.x=2&name=x&_has:Observation:patient:foo=1', 'lenient')
  t.same(search.ignored, ['foo', 'subject.x', '_has:Observation:patient:foo'])
  t.same(search.understood, [['name', 'x']], 'self does not repeat them')
  for (const query of [
    'name:foo=x',
    'birthdate=x',
    '_include=*',
    '_sort=organization',
    'organization:Patient.name=x',
  ])
    t.not(faultsOf(`Patient?${query}`, 'lenient').length, 0, `${query}: known, hence never left out`)
})

t.test('numbers: the examples of the specification', async (t) => {
  const cases: readonly (readonly [string, number, number])[] = [
    ['100', 99.5, 100.5],
    ['100.00', 99.995, 100.005],
    ['1e2', 95, 105],
    ['2.0', 1.95, 2.05],
    ['5.4', 5.35, 5.45],
    ['5.40e-3', 0.00535, 0.00545],
    ['0', -0.5, 0.5],
    ['-5', -5.5, -4.5],
    ['1.2E+2', 115, 125],
    ['1.2E 2', 115, 125],
    ['1.234e1', 12.335, 12.345],
    ['007', 6.5, 7.5],
  ]
  for (const [text, low, high] of cases)
    t.same([parseNumber(text)?.low, parseNumber(text)?.high], [low, high], text)
  const about = parseNumber('ap100')
  t.same([about?.low, about?.high], [90, 110], 'ap: 10 %')
  for (const text of [
    '',
    'x',
    '.5',
    '5.',
    '+5',
    '5,4',
    '1e',
    'e5',
    '1e1000',
    '--5',
    'gegt5',
    ' 5',
    '5 ',
    'eq',
  ])
    t.equal(parseNumber(text), undefined, text)
})

t.test('a condition is criteria only; one text for each meaning', async (t) => {
  const patient = searchOf(['Patient'])
  const condition = (query: string) => parseCondition(patient, [...new URLSearchParams(query)])
  const key = (query: string) => normalisedCondition(condition(query))
  t.same(condition('identifier=s|1').count, 2)
  t.same(condition('identifier=s|1').types, ['Patient'])
  const none = refusalOf(() => condition(''))
  t.same([none.status, none.issues[0].error], [412, 'critere-absent'])
  for (const query of [
    '_sort=name',
    '_count=1',
    '_include=Patient:link',
    '_summary=count',
    '_cursor=x',
    'identifier=s|1&_count=1',
    'foo=1',
  ])
    t.equal(refusalOf(() => condition(query)).status, 400, query)
  const same: readonly (readonly [string, string])[] = [
    ['identifier=s|1', 'identifier=s%7C1'],
    ['identifier=s|1&name=x', 'name=X&identifier=s|1'],
    ['identifier=s|1', 'identifier=s|1&identifier=s|1'],
    ['identifier=s|1,s|2', 'identifier=s|2,s|1,s|2'],
    ['organization=1', 'organization=Organization/1'],
    ['birthdate=2026-01-31T00:00Z', 'birthdate=2026-01-31T01:00+01:00'],
  ]
  for (const [a, b] of same) t.equal(key(a), key(b), `${a} ${b}`)
  const other = [
    'identifier=s|1',
    'identifier=s|2',
    'identifier=1',
    'identifier=|1',
    'identifier=s|',
    'identifier:not=s|1',
    'identifier=s|1,s|2',
    'identifier=s|1&identifier=s|2',
    'name=1',
    'name:exact=1',
    'link=Patient/1',
    'link=RelatedPerson/1',
  ]
  t.equal(new Set(other.map(key)).size, other.length, 'others have others')
  const observation = (query: string) =>
    normalisedCondition(parseCondition(searchOf(['Observation']), [...new URLSearchParams(query)]))
  t.not(
    observation('code-value-concept=a$b'),
    observation('code-value-concept=b$a'),
    'components have their places',
  )
  t.not(observation('_id=1'), key('_id=1'), 'nor is it the same of another type')
})

t.test('what a CapabilityStatement says of it', async (t) => {
  const described = describeSearches(searchOf, registry.resourceTypes)
  t.equal(described.size, registry.resourceTypes.length)
  const patient = described.get('Patient')
  t.match(
    patient?.searchParam.find(({ name }) => name === 'birthdate'),
    { type: 'date', definition: 'http://hl7.org/fhir/SearchParameter/individual-birthdate' },
  )
  t.ok(patient?.searchInclude.includes('Patient:general-practitioner'))
  t.ok(
    patient?.searchRevInclude.includes('Observation:subject') &&
      patient.searchRevInclude.includes('Provenance:target'),
  )
  t.notOk(patient?.searchRevInclude.includes('Observation:encounter'))
  let params = 0
  for (const [type, { searchParam, searchInclude, searchRevInclude }] of described) {
    for (const { name } of searchParam) {
      params++
      const capability = searchOf([type])
      if (capability.refusal(name) !== undefined || !capability.parameters.has(name))
        t.fail(`${type}?${name}`)
    }
    for (const value of searchInclude) parse(`${type}?_include=${value}`)
    for (const value of searchRevInclude) parse(`${type}?_revinclude=${value}`)
  }
  t.ok(params > 2000, `not vacuous: ${params}`)
})

t.test(
  'every parameter of every type takes a value of its kind, and is in one of the two lists',
  async (t) => {
    const samples = {
      id: '1',
      token: 's|a',
      string: 'a',
      date: '2026',
      number: '1',
      quantity: '1||mg',
      reference: '1',
      uri: 'http://a',
    } as const
    let taken = 0
    for (const type of registry.resourceTypes) {
      const capability = searchOf([type])
      for (const code of registry.searchParameters(type).keys()) {
        const parameter = capability.parameters.get(code)
        if ((parameter === undefined) === (capability.refusal(code) === undefined)) t.fail(`${type}?${code}`)
        if (!parameter) continue
        const value =
          parameter.kind === 'composite'
            ? parameter.components.map((kind) => samples[kind]).join('$')
            : samples[parameter.kind]
        const pairs: Pair[] = [[code, value]]
        for (const modifier of parameter.modifiers)
          if (modifier === 'missing') pairs.push([`${code}:missing`, 'true'])
        taken += parseSearch(capability, pairs, 'strict').criteria.length
      }
    }
    t.ok(taken > 4000, `not vacuous: ${taken}`)
  },
)

t.test('what only records of the DMP are found by is refused, alone, in a chain and in _has', (t) => {
  for (const code of ['mots', 'author-profession', 'author-speciality'])
    for (const query of [
      `DocumentReference?${code}=a`,
      `DocumentReference?${code}:exact=a`,
      `DocumentReference?relatesto.${code}=a`,
      `Patient?_has:DocumentReference:subject:${code}=a`,
      `DocumentReference,List?${code}=a`,
    ])
      for (const handling of ['strict', 'lenient'] as const) {
        const { status, issues } = refusalOf(() => parse(query, handling))
        t.same([status, issues.map(({ type }) => type)], [400, ['not-supported']], `${query}, ${handling}`)
        t.match(issues[0]?.params, { cause: { en: /the profile dmp/ } }, query)
      }
  const community = 'targetCommunityIdList'
  for (const type of ['DocumentReference', 'List'])
    t.match(only(`${type}?${community}=urn:ietf:rfc:3986|urn:oid:1.2.3`), {
      kind: 'token',
      parameter: community,
    })
  t.end()
})
