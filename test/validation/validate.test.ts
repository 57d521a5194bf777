import t from 'tap'
import type { Issue } from '../../src/fhir/issue.ts'
import { isJsonObject, type JsonObject, type JsonValue, parseJson } from '../../src/fhir/json.ts'
import { maxIssues } from '../../src/validation/findings.ts'
import { isDisplayXhtml } from '../../src/validation/narrative.ts'
import { primitiveChecks } from '../../src/validation/primitive-checks.ts'
import { validate } from '../../src/validation/validate.ts'
import fc from '../support/draws.ts'
import { publishedExamples, testRegistry } from '../support/registry.ts'
import { replaceAt } from '../support/replace-at.ts'

const registry = testRegistry()
const examples = publishedExamples()
const withoutExamples = examples ? false : 'the reference data is not there'

function parse(value: object): JsonValue {
  return parseJson(JSON.stringify(value))
}

function faults(value: object): string[] {
  return validate(parse(value), registry).map(line)
}

const unknown = { extension: [{ url: 'urn:x', valueCode: 'unknown' }] }

function line(issue: Issue): string {
  return `${issue.type} ${issue.params?.key ?? issue.error} ${issue.expression}`
}

const document = {
  resourceType: 'DocumentReference',
  status: 'current',
  content: [{ attachment: { contentType: 'application/pdf', url: 'Binary/1' } }],
}
const doc = (more: object): object => ({ ...document, ...more })
const extended = (extension: object): object => doc({ extension: [extension] })

t.test('every published example holds', { skip: withoutExamples }, async (t) => {
  let checked = 0
  for (const { name, resource } of examples ?? []) {
    t.same(validate(resource, registry).map(line), [], name)
    checked++
  }
  t.ok(checked >= 80, 'not vacuous')
})

t.test('what is allowed', async (t) => {
  const cases: [string, object][] = [
    ['minimal', document],
    ['only a resourceType', { resourceType: 'Patient' }],
    [
      'a primitive with an extension only',
      doc({ status: undefined, _status: { extension: [{ url: 'urn:x', valueCode: 'unknown' }] } }),
    ],
    [
      'lists of primitives with holes',
      { resourceType: 'Patient', name: [{ given: ['A', null], _given: [null, unknown] }] },
    ],
    [
      'a choice with its extension',
      { resourceType: 'Patient', deceasedBoolean: true, _deceasedBoolean: { id: 'a' } },
    ],
    ['nested extensions', extended({ url: 'urn:x', extension: [{ url: 'a', valueString: 'b' }] })],
    [
      'a contained resource and what refers to it',
      doc({ contained: [{ resourceType: 'Device', id: 'd' }], author: [{ reference: '#d' }] }),
    ],
    [
      'from a contained resource to another',
      doc({
        contained: [
          { resourceType: 'PractitionerRole', id: 'r', practitioner: { reference: '#p' } },
          { resourceType: 'Practitioner', id: 'p' },
        ],
        author: [{ reference: '#r' }],
      }),
    ],
    [
      'from a contained resource to its container',
      doc({
        contained: [
          {
            resourceType: 'Provenance',
            id: 'p',
            target: [{ reference: '#' }],
            recorded: '2024-01-01T00:00:00Z',
            agent: [{ who: { display: 'x' } }],
          },
        ],
      }),
    ],
    [
      'references',
      doc({
        author: [
          'Practitioner/1',
          'Practitioner/1/_history/2',
          'http://a/b',
          'urn:uuid:x',
          'Patient?identifier=a|b',
          'ldap://x',
        ].map((reference) => ({ reference })),
      }),
    ],
    ['a logical reference', doc({ subject: { identifier: { value: 'x' } } })],
    [
      'a nested element by contentReference',
      {
        resourceType: 'Bundle',
        type: 'searchset',
        entry: [
          {
            resource: { resourceType: 'Basic', code: { text: 'x' } },
            link: [{ relation: 'self', url: 'urn:x' }],
          },
        ],
      },
    ],
    [
      'a bound concept of the right system',
      {
        resourceType: 'Condition',
        subject: { reference: 'Patient/1' },
        clinicalStatus: {
          coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-clinical', code: 'active' }],
        },
      },
    ],
    [
      'nested concepts of a code system',
      {
        resourceType: 'Condition',
        subject: { reference: 'Patient/1' },
        clinicalStatus: {
          coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-clinical', code: 'relapse' }],
        },
      },
    ],
  ]
  for (const [name, resource] of cases) t.same(faults(resource), [], name)
})

t.test('what is refused, and where', async (t) => {
  const cases: [object, ...string[]][] = [
    [{}, 'structure type-attendu resourceType'],
    [{ resourceType: 'Patients' }, 'structure type-attendu resourceType'],
    [{ resourceType: 'Resource' }, 'structure type-attendu resourceType'],
    [{ resourceType: 'toString' }, 'structure type-attendu resourceType'],
    // unknown elements
    [doc({ colour: 1 }), 'structure element-inconnu DocumentReference.colour'],
    [doc({ constructor: 1 }), 'structure element-inconnu DocumentReference.constructor'],
    [doc({ _content: [{}] }), 'structure element-inconnu DocumentReference._content'],
    [
      doc({ content: [{ attachment: { hasH: 'x' } }] }),
      'structure element-inconnu DocumentReference.content[0].attachment.hasH',
    ],
    [
      { resourceType: 'Observation', status: 'final', code: { text: 'x' }, value: 'x' },
      'structure element-inconnu Observation.value',
    ],
    [
      { resourceType: 'Observation', status: 'final', code: { text: 'x' }, valueUri: 'x' },
      'structure element-inconnu Observation.valueUri',
    ],
    // cardinality and JSON shape
    [doc({ status: undefined }), 'required element-requis DocumentReference.status'],
    [doc({ content: undefined }), 'required element-requis DocumentReference.content'],
    [
      doc({ content: [{ format: { code: 'x' } }] }),
      'required element-requis DocumentReference.content[0].attachment',
    ],
    [doc({ status: ['current'] }), 'structure cardinalite DocumentReference.status'],
    [doc({ content: document.content[0] }), 'structure type-attendu DocumentReference.content'],
    [doc({ content: [] }), 'structure valeur-vide DocumentReference.content'],
    [doc({ content: [{}] }), 'structure valeur-vide DocumentReference.content[0]'],
    [doc({ content: ['x'] }), 'structure type-attendu DocumentReference.content[0]'],
    [doc({ content: [null] }), 'structure type-attendu DocumentReference.content[0]'],
    [doc({ subject: 'Patient/1' }), 'structure type-attendu DocumentReference.subject'],
    [doc({ subject: null }), 'structure type-attendu DocumentReference.subject'],
    [doc({ description: '' }), 'structure valeur-vide DocumentReference.description'],
    [doc({ description: 5 }), 'value type-attendu DocumentReference.description'],
    [doc({ description: null }), 'value type-attendu DocumentReference.description'],
    // choices
    [
      { resourceType: 'Patient', deceasedBoolean: true, deceasedDateTime: '2020' },
      'structure cardinalite Patient.deceased',
    ],
    [
      { resourceType: 'Patient', deceasedBoolean: true, _deceasedDateTime: unknown },
      'structure cardinalite Patient.deceased',
    ],
    [
      { resourceType: 'MedicationRequest', status: 'active', intent: 'order', subject: { display: 'x' } },
      'required element-requis MedicationRequest.medication',
    ],
    // primitives
    [doc({ date: '2024-01-01' }), 'value type-attendu DocumentReference.date'],
    [
      doc({ content: [{ attachment: { hash: 'abc' } }] }),
      'value type-attendu DocumentReference.content[0].attachment.hash',
    ],
    [
      doc({ content: [{ attachment: { size: -1 } }] }),
      'value type-attendu DocumentReference.content[0].attachment.size',
    ],
    [{ resourceType: 'Patient', birthDate: '2023-02-30' }, 'value type-attendu Patient.birthDate'],
    [
      { resourceType: 'Patient', name: [{ given: ['A', null] }] },
      'value type-attendu Patient.name[0].given[1]',
    ],
    [
      { resourceType: 'Patient', name: [{ given: ['A'], _given: [null, { id: 'x' }] }] },
      'structure cardinalite Patient.name[0].given',
    ],
    [
      { resourceType: 'Patient', name: [{ _given: [null] }] },
      'structure type-attendu Patient.name[0].given[0]',
    ],
    [{ resourceType: 'Patient', name: [{ _given: [] }] }, 'structure valeur-vide Patient.name[0].given'],
    [{ resourceType: 'Patient', name: [{ _family: 'x' }] }, 'structure type-attendu Patient.name[0].family'],
    [
      { resourceType: 'Patient', name: [{ _family: { value: 'x' } }] },
      'structure element-inconnu Patient.name[0].family.value',
    ],
    [{ resourceType: 'Patient', id: 'a b' }, 'value type-attendu Patient.id'],
    // bindings
    [doc({ status: 'final' }), 'code-invalid code-inconnu DocumentReference.status'],
    [
      {
        resourceType: 'Condition',
        subject: { display: 'x' },
        clinicalStatus: { coding: [{ system: 'urn:x', code: 'active' }] },
      },
      'code-invalid code-inconnu Condition.clinicalStatus',
    ],
    [
      { resourceType: 'Condition', subject: { display: 'x' }, clinicalStatus: { text: 'active' } },
      'code-invalid code-inconnu Condition.clinicalStatus',
    ],
    // extensions
    [extended({ valueString: 'x' }), 'required element-requis DocumentReference.extension[0].url'],
    [extended({ url: 'a', valueString: 'x' }), 'value extension-url DocumentReference.extension[0].url'],
    [extended({ url: 'urn:x' }), 'structure extension-incorrecte DocumentReference.extension[0]'],
    [
      extended({ url: 'urn:x', valueString: 'x', extension: [{ url: 'a', valueString: 'b' }] }),
      'structure extension-incorrecte DocumentReference.extension[0]',
    ],
    [
      extended({ url: 'urn:x', valueString: 'x', valueCode: 'y' }),
      'structure cardinalite DocumentReference.extension[0].value',
    ],
    // references
    [doc({ subject: { reference: 'Group' } }), 'value type-attendu DocumentReference.subject.reference'],
    [doc({ subject: { reference: 'Patients/1' } }), 'value type-attendu DocumentReference.subject.reference'],
    [doc({ subject: { reference: '/Patient/1' } }), 'value type-attendu DocumentReference.subject.reference'],
    [doc({ subject: { reference: 'http://a b' } }), 'value type-attendu DocumentReference.subject.reference'],
    [
      doc({ subject: { reference: 'Observation/1' } }),
      'value reference-type DocumentReference.subject.reference',
    ],
    [
      doc({ subject: { reference: '#x' } }),
      'value reference-introuvable DocumentReference.subject.reference',
    ],
    [
      doc({
        contained: [{ resourceType: 'Observation', id: 'x', status: 'final', code: { text: 'a' } }],
        subject: { reference: '#x' },
      }),
      'value reference-type DocumentReference.subject.reference',
    ],
    // inner resources
    [
      doc({ contained: [{ resourceType: 'Device', contained: [{ resourceType: 'Device' }] }] }),
      'structure element-inconnu DocumentReference.contained[0].contained',
    ],
    [
      doc({ contained: [{ id: 'x' }], author: [{ reference: '#x' }] }),
      'structure type-attendu DocumentReference.contained[0].resourceType',
      'value reference-introuvable DocumentReference.author[0].reference',
    ],
    [
      doc({ contained: [{ resourceType: 'Device', id: 'x' }] }),
      'invariant contenue-orpheline DocumentReference.contained[0]',
    ],
    [
      doc({
        contained: [
          { resourceType: 'Device', id: 'x' },
          { resourceType: 'Device', id: 'x' },
        ],
        author: [{ reference: '#x' }],
      }),
      'duplicate contenue-en-double DocumentReference.contained[1].id',
    ],
    // an id says nothing
    [{ resourceType: 'Patient', _birthDate: { id: 'x' } }, 'invariant identifiant-seul Patient.birthDate'],
    [{ resourceType: 'Patient', name: [{ id: 'x' }] }, 'invariant identifiant-seul Patient.name[0]'],
    [
      { resourceType: 'Patient', name: [{ given: ['A', null], _given: [null, { id: 'x' }] }] },
      'invariant identifiant-seul Patient.name[0].given[1]',
    ],
    // invariants
    [
      doc({ content: [{ attachment: { data: 'AAAA' } }] }),
      'invariant att-1 DocumentReference.content[0].attachment',
    ],
    [{ resourceType: 'Patient', contact: [{ gender: 'male' }] }, 'invariant pat-1 Patient.contact[0]'],
    [
      { resourceType: 'Patient', telecom: [{ value: '1' }, { system: 'phone', value: '1' }] },
      'invariant cpt-2 Patient.telecom[0]',
    ],
    [{ resourceType: 'Organization', active: true }, 'invariant org-1 Organization'],
    [
      { resourceType: 'Organization', name: 'x', telecom: [{ system: 'phone', value: '1', use: 'home' }] },
      'invariant org-3 Organization.telecom[0]',
    ],
    [
      { resourceType: 'Bundle', type: 'batch', entry: [{ link: [{ relation: 'self', url: 'urn:x' }] }] },
      'invariant bdl-5 Bundle.entry[0]',
    ],
    [
      { resourceType: 'Basic', code: { text: 'x' }, created: '2020', meta: { tag: [{}] } },
      'structure valeur-vide Basic.meta.tag[0]',
    ],
    // A rule does not speak where the element has a fault of its own.
    [
      { resourceType: 'Bundle', entry: [{ resource: { resourceType: 'Basic', code: { text: 'x' } } }] },
      'required element-requis Bundle.type',
    ],
    [
      {
        resourceType: 'Bundle',
        type: 'collection',
        entry: [{ resource: { resourceType: 'Patient', gender: 'x' } }],
      },
      'code-invalid code-inconnu Bundle.entry[0].resource.gender',
    ],
    [
      { resourceType: 'Bundle', type: 'collection', entry: [{ resource: [] }] },
      'structure cardinalite Bundle.entry[0].resource',
    ],
    [
      { resourceType: 'Parameters', parameter: [{ name: 'a', resource: { resourceType: 'Patient', x: 1 } }] },
      'structure element-inconnu Parameters.parameter[0].resource.x',
    ],
    [
      {
        resourceType: 'Bundle',
        type: 'collection',
        entry: [{ resource: { resourceType: 'Patient' }, link: [{ relation: 'self' }] }],
      },
      'required element-requis Bundle.entry[0].link[0].url',
    ],
    // narrative
    [
      doc({ text: { status: 'generated', div: '<p>x</p>' } }),
      'value recit-incorrect DocumentReference.text.div',
    ],
    [
      doc({ text: { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml"> <p/></div>' } }),
      'invariant recit-sans-contenu DocumentReference.text.div',
    ],
    // several at once
    [
      { resourceType: 'DocumentReference', status: 'x', a: 1 },
      'code-invalid code-inconnu DocumentReference.status',
      'structure element-inconnu DocumentReference.a',
      'required element-requis DocumentReference.content',
    ],
  ]
  for (const [resource, ...expected] of cases) t.same(faults(resource), expected, expected.join(' + '))
  t.same(validate('x', registry).map(line), ['structure type-attendu '])
  t.same(validate([], registry).map(line), ['structure type-attendu '])
})

t.test('no value of the resource, and no odd name, is ever in an issue', async (t) => {
  const secret = '277076322082910 DUPONT'
  const issues = validate(
    parse(
      doc({
        [secret]: 1,
        status: secret,
        subject: { reference: secret },
        date: secret,
        content: secret,
        resourceTypo: secret,
      }),
    ),
    registry,
  )
  t.ok(issues.length >= 6)
  t.notMatch(JSON.stringify(issues), /DUPONT|277076322082910/)
})

t.test('faults and depth are bounded', async (t) => {
  const many = { resourceType: 'Patient', name: Array.from({ length: 1000 }, () => ({ colour: 1 })) }
  t.equal(faults(many).length, maxIssues)
  let deep: JsonObject = { url: 'a', valueString: 'x' }
  for (let i = 0; i < 500; i++) deep = { url: 'a', extension: [deep] }
  const [first] = validate({ resourceType: 'Patient', extension: [deep] }, registry)
  t.match(first && line(first), /^too-long trop-long Patient\.extension\[0\]/)
})

t.test('primitive types: what is one, and what is none', async (t) => {
  const cases: Record<string, [good: string[], bad: string[]]> = {
    base64Binary: [
      ['"AAAA"', '"AA=="', '"AAA="', '"AAAA AAAA"'],
      ['"A"', '"="', '"AA=A"', '"AA*A"', '5'],
    ],
    boolean: [
      ['true', 'false'],
      ['"true"', '1', 'null'],
    ],
    canonical: [['"http://a|1"'], ['"a b"', '5']],
    code: [
      ['"a"', '"a b"'],
      ['" a"', '"a "', '"a  b"', '5'],
    ],
    date: [
      ['"2023"', '"2023-02"', '"2023-02-28"'],
      ['"2023-02-29"', '"2023-2"', '"2023-01-01T00:00:00Z"'],
    ],
    dateTime: [
      ['"2023"', '"2023-01-01T10:00:00Z"', '"2023-01-01T10:00:00.123+01:00"'],
      ['"2023-01-01T10:00:00"', '"2023-01-01T10:00Z"', '"2023-01-01T25:00:00Z"'],
    ],
    decimal: [
      ['1', '1.50', '-0.1e10', '1E5'],
      ['"1"', 'true'],
    ],
    id: [
      ['"a.B-1"', `"${'a'.repeat(64)}"`],
      [`"${'a'.repeat(65)}"`, '"a_b"', '"é"'],
    ],
    instant: [
      ['"2023-01-01T10:00:00Z"', '"2016-12-31T23:59:60.5+01:00"'],
      ['"2023-01-01"', '"2023-01-01T10:00:00"'],
    ],
    integer: [
      ['0', '-5', '2147483647'],
      ['2147483648', '1.5', '1.0', '1e2', '"1"', '-0'],
    ],
    markdown: [['"# a\\n\\tb"'], ['"\\u0001"', '5']],
    oid: [['"urn:oid:1.2.250.1"'], ['"1.2.250"', '"urn:oid:1.02"', '"urn:oid:3.1"', '"urn:oid:1"']],
    positiveInt: [['1'], ['0', '-1', '"1"']],
    string: [
      ['" "', '"é\\n"'],
      ['"\\u0000"', '5', 'null', '[]', '{}'],
    ],
    time: [
      ['"10:00:00"', '"23:59:59.999"'],
      ['"24:00:00"', '"10:00"', '"10:00:00Z"'],
    ],
    unsignedInt: [
      ['0', '7'],
      ['-1', '0.0'],
    ],
    uri: [
      ['"urn:x"', '"a/b"'],
      ['"a b"', '"a\\n"'],
    ],
    url: [['"http://a"'], ['"http://a b"']],
    uuid: [
      ['"urn:uuid:c757873d-ec9a-4326-a141-556f43239520"'],
      ['"urn:uuid:C757873D-EC9A-4326-A141-556F43239520"', '"c757873d-ec9a-4326-a141-556f43239520"'],
    ],
    xhtml: [
      ['"<div xmlns=\\"http://www.w3.org/1999/xhtml\\">a</div>"'],
      ['"a"', '5', '"<div>a</div>"', '"<div xmlns=\\"http://hl7.org/fhir\\">a</div>"'],
    ],
  }
  t.same(Object.keys(cases), Object.keys(primitiveChecks), 'each primitive type has its cases')
  const primitives = ['base64Binary', 'xhtml']
    .concat(Object.keys(cases))
    .every((name) => registry.type(name)?.kind === 'primitive')
  t.ok(primitives)
  for (const [name, [good, bad]] of Object.entries(cases)) {
    for (const text of good) t.equal(primitiveChecks[name]?.(parseJson(text)), true, `${name} ${text}`)
    for (const text of bad) t.equal(primitiveChecks[name]?.(parseJson(text)), false, `${name} not ${text}`)
  }
  t.equal(primitiveChecks.string?.('a'.repeat(1_048_577)), false)
})

t.test('every primitive type of the definitions has its check', async (t) => {
  const used = new Set<string>()
  for (const name of registry.resourceTypes.concat('Extension')) {
    for (const { type } of registry.type(name)?.properties.values() ?? [])
      if (type.kind === 'primitive') used.add(type.name)
  }
  t.ok(used.size >= 18)
  for (const name of used) t.ok(primitiveChecks[name], name)
})

t.test('a narrative displays and does nothing', async (t) => {
  const good = [
    '<div/>',
    '<div>a</div>',
    '<div xmlns="http://www.w3.org/1999/xhtml"><p class="x">a &lt; b</p><br/><img src="a.png" alt=">"/></div>',
    '<div><!-- a - b --></div> ',
    '<div><a href="http://x/?a=1&amp;b=2">x</a></div>',
  ]
  const bad = [
    '',
    'a',
    '<p>a</p>',
    '<div>',
    '<div><script>x</script></div>',
    '<div><SCRIPT>x</SCRIPT></div>',
    '<div onclick="x">a</div>',
    '<div><img src="x"onerror="y"/></div>',
    '<div><a href="javascript:x">a</a></div>',
    "<div><a href=' JavaScript:x'>a</a></div>",
    '<div><a href="java&#115;cript:x">a</a></div>',
    '<div><iframe src="x"/></div>',
    '<div>a < b</div>',
    '<div><p "></div>',
    '<div><![CDATA[x]]></div>',
    '<?xml version="1.0"?><div>a</div>',
    '<div><!-- </div>',
    '<div><form></form></div>',
    '<div>a</div><svg/>',
    '<div>a</div><div>b</div>',
    '<div><p>a</div>',
    '<div><b><i>a</b></i></div>',
    '<div>a<br></div>',
  ]
  const inNamespace = (text: string): string =>
    text.includes('xmlns') ? text : text.replace('<div', '<div xmlns="http://www.w3.org/1999/xhtml"')
  for (const text of good) t.equal(isDisplayXhtml(inNamespace(text)), true, text)
  for (const text of bad) t.equal(isDisplayXhtml(inNamespace(text)), false, text)
  t.equal(isDisplayXhtml('<div>a</div>'), false, 'in no namespace')
})

t.test('hostile texts cost time linear in their length', async (t) => {
  const million = 1_000_000
  const texts = ['<div ', '<div>=', '<div><p a=', '<div>-', "<div a='", '</div', '<div><!--'].map(
    (head) => head + (head.at(-1) ?? ' ').repeat(million),
  )
  texts.push(
    `<div${' '.repeat(million)}x`,
    `<div><p a=${' '.repeat(million)}></div>`,
    `<div>${'</div '.repeat(100_000)}`,
    `<div><p ${'on '.repeat(100_000)}></p></div>`,
  )
  texts.push(
    ' a'.repeat(million / 2),
    `${'a '.repeat(million / 2)} `,
    '1.'.repeat(million / 2),
    'A'.repeat(million - 1),
    '='.repeat(million),
  )
  // A check whose time grew with the square of the text would outlast the time limit of a test file by far.
  for (const text of texts) for (const check of Object.values(primitiveChecks)) check(text)
  t.pass('every check came to its end')
})

t.test('a-missing-required-element-is-noticed, wherever it is', { skip: withoutExamples }, async (t) => {
  let removed = 0
  for (const { name, resource } of examples ?? []) {
    for (const { without, path } of withoutRequired(resource)) {
      removed++
      const found = validate(without, registry)
      if (!found.some((issue) => issue.error === 'element-requis' && issue.expression === path))
        t.fail(`${name} without ${path}`)
    }
  }
  t.comment(`${removed} elements removed`)
  t.ok(removed > 300, 'not vacuous')
})

/** Each copy of a resource that lacks one required element (not the last property of its object: `{}` is another fault). */
function withoutRequired(resource: JsonObject): { without: JsonObject; path: string }[] {
  const found: { without: JsonObject; path: string }[] = []
  const walk = (
    value: JsonObject,
    typeName: string,
    path: string,
    rebuild: (v: JsonObject) => JsonObject,
  ): void => {
    const type = registry.type(typeName)
    for (const element of type?.required ?? []) {
      const rest = Object.entries(value).filter(([key]) => type?.properties.get(key)?.element !== element)
      if (rest.length > 0 && rest.length < Object.keys(value).length) {
        found.push({ without: rebuild(Object.fromEntries(rest)), path: `${path}.${element.name}` })
      }
    }
    for (const [key, item] of Object.entries(value)) {
      const property = type?.properties.get(key)
      if (!property || property.type.kind === 'primitive') continue
      const into = (child: JsonValue, at: string, put: (v: JsonObject) => JsonValue): void => {
        if (!isJsonObject(child)) return
        const inner = property.type.kind === 'resource' ? String(child.resourceType) : property.type.name
        walk(child, inner, at, (v) => rebuild({ ...value, [key]: put(v) }))
      }
      const at = `${path}.${property.element.name}`
      if (Array.isArray(item)) {
        for (const [i, child] of item.entries()) into(child, `${at}[${i}]`, (v) => item.with(i, v))
      } else into(item, at, (v) => v)
    }
  }
  walk(resource, String(resource.resourceType), String(resource.resourceType), (v) => v)
  return found
}

t.test(
  'validation-never-throws, and finds most of what is broken at random',
  { skip: withoutExamples },
  async (t) => {
    const resources = (examples ?? []).map((e) => e.resource)
    let noticed = 0
    fc.assert(
      fc.property(
        fc.constantFrom(...resources),
        fc.nat(),
        // A key that the parser refuses never comes as far as validation.
        fc.jsonValue({ maxDepth: 3 }).filter((value) => !JSON.stringify(value).includes('__proto__')),
        (resource, place, value) => {
          const issues = validate(replaceAt(resource, place, parseJson(JSON.stringify(value))), registry)
          if (issues.length > 0) noticed++
          return issues.length <= maxIssues && issues.every((issue) => issue.severity === 'error')
        },
      ),
      { numRuns: 1000 },
    )
    t.comment(`${noticed} of 1000 noticed`)
    t.ok(noticed > 500, 'not vacuous')
  },
)
