/** FHIR XML as others write it, and what is refused of it: with line, column and FHIRPath, in the words of the validator. */
import t from 'tap'
import { wording } from '../../src/fhir/error-catalogue.ts'
import { Decimal, parseJson } from '../../src/fhir/json.ts'
import { validate } from '../../src/validation/validate.ts'
import { parseXml } from '../../src/xml/parse-xml.ts'
import { XmlError, xmlFaultIssue } from '../../src/xml/xml-fault.ts'
import { testRegistry } from '../support/registry.ts'

const registry = testRegistry()
const read = (xml: string, maxDepth = 64) => parseXml(xml, registry, { maxDepth })
const patient = (content: string): string => `<Patient xmlns="http://hl7.org/fhir">${content}</Patient>`
const div = (content: string): string => `<div xmlns="http://www.w3.org/1999/xhtml">${content}</div>`
const narrative = (content: string): string => patient(`<text><status value="generated"/>${content}</text>`)

/** Whether the text was read to its end, and the reason found last. */
const completeness = new Set<string>()

function faultsOf(xml: string, maxDepth = 64, maxElements?: number): string[] {
  try {
    parseXml(xml, registry, { maxDepth, ...(maxElements === undefined ? {} : { maxElements }) })
  } catch (error) {
    if (!(error instanceof XmlError)) throw error
    completeness.add(`${error.isComplete} ${error.faults.at(-1)?.reason}`)
    return error.faults.map(({ reason, line, column, expression }) =>
      `${reason} ${line}:${column} ${expression ?? ''}`.trim(),
    )
  }
  return []
}

t.test('what others write is read', async (t) => {
  const expected = {
    resourceType: 'Patient',
    id: 'p',
    active: true,
    name: [{ id: 'n', given: ['A', null, 'B\n'], _given: [null, { id: 'g' }, null] }],
  }
  const content =
    '<id value="p"/><active value="true"/><name id="n"><given value="A"/><given id="g"/><given value="B&#10;"/></name>'
  t.same(read(patient(content)), expected)
  t.same(
    read(
      '\ufeff<?xml version="1.0" encoding="utf-8" standalone="yes"?>\r\n<?xml-stylesheet href="x.xsl"?><!-- a -->' +
        patient(content)
          .replaceAll('><', '>\r\n  <!-- <b> & --><?pi x?><')
          .replace('<Patient', '<Patient xml:x=""'.slice(0, 8)),
    ),
    expected,
    'a byte order mark, a stylesheet, comments, line ends',
  )
  t.same(
    read(
      `<f:Patient xmlns:f="http://hl7.org/fhir" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="a b">${content.replace(/<(\/?)/g, '<$1f:')}</f:Patient>`,
    ),
    expected,
    'a prefix, and where a schema lies',
  )
  t.same(read('<Patient xmlns="http://hl7.org/fhir"></Patient>'), { resourceType: 'Patient' })
})

t.test('numbers, booleans and text are what the same JSON gives', async (t) => {
  const observation = (value: string): string =>
    `<Observation xmlns="http://hl7.org/fhir"><valueQuantity><value value="${value}"/></valueQuantity></Observation>`
  for (const digits of ['1', '1.10', '0.00', '-0', '1e-7', '1E+3', '1e400', '12345678901234567890', '0.1']) {
    t.same(
      read(observation(digits)),
      parseJson(`{"resourceType":"Observation","valueQuantity":{"value":${digits}}}`),
      digits,
    )
  }
  t.same(read(observation('1.10')).valueQuantity, { value: new Decimal('1.10') })
  for (const text of ['+1', '01', '.5', '1.', 'NaN', ' 1', '1,5', '0x10']) {
    const resource = read(observation(text))
    t.same(resource.valueQuantity, { value: text })
    t.match(
      validate(resource, registry),
      [{ error: 'type-attendu', expression: 'Observation.value.value' }],
      `${text} is left to validation`,
    )
  }
  t.equal(read(patient('<active value="1"/>')).active, '1')
  t.equal(read(patient('<active value="true"/>')).active, true)
  t.equal(read(patient('<id value="true"/>')).id, 'true')
  t.same(read(patient('<name><text value="  a&#9;b&amp;&#x1F600; "/></name>')).name, [{ text: '  a\tb&😀 ' }])
})

t.test('a narrative is the XHTML that was sent', async (t) => {
  const source = (xml: string): unknown => {
    const { text } = read(xml)
    return typeof text === 'object' && text !== null && 'div' in text ? text.div : undefined
  }
  const exact = div('<p a=\'1\'  b="&#160;&lt;">x<!-- & < --><br /> é&gt;]] <i></i></p>\n\t')
  t.equal(source(narrative(exact)), exact)
  t.equal(source(narrative(exact.replace('\n', '\r\n'))), exact, 'line ends are line feeds')
  t.equal(
    source(narrative('<div xmlns="http://www.w3.org/1999/xhtml" />')),
    '<div xmlns="http://www.w3.org/1999/xhtml" />',
  )
  t.equal(
    source(
      '<f:Patient xmlns:f="http://hl7.org/fhir" xmlns:h="http://www.w3.org/1999/xhtml" xmlns="http://www.w3.org/1999/xhtml"><f:text>' +
        '<h:div lang="fr"><h:p>a<b>b</b><h:br/></h:p ></h:div></f:text></f:Patient>',
    ),
    div('<p>a<b>b</b><br/></p >').replace('<div', '<div').replace('xhtml">', 'xhtml" lang="fr">'),
    'prefixes go, the namespace comes',
  )
  t.equal(source(narrative(div('a<![CDATA[<b>&]]>c'))), div('a&lt;b&gt;&amp;c'))
  t.same(faultsOf(narrative('<div><p/></div>')), ['namespace 1:71 Patient.text.div'])
  t.same(faultsOf(narrative(div('<p xmlns="urn:x"/>'))), ['namespace 1:113 Patient.text.div'])
  t.same(faultsOf(narrative(div('<a xmlns:x="urn:x" x:href=""/>'))), [
    'unknown-attribute 1:113 Patient.text.div',
  ])
  t.same(faultsOf(narrative(div('<b>'.repeat(200) + '</b>'.repeat(200)))).length, 1)
  t.same(faultsOf(narrative(div('&nbsp;'))), ['undefined-entity 1:119'])
  t.same(faultsOf(narrative(div('') + div(''))), ['repeated 1:119 Patient.text.div'])
})

const deep = (levels: number): string =>
  patient(`${'<extension url="u">'.repeat(levels)}<valueString value="x"/>${'</extension>'.repeat(levels)}`)

/** Each with what is found, in order. The first line of a text is 1, its first column 1. */
const refused: readonly (readonly [string, string, readonly string[]])[] = [
  ['nothing', '', ['not-well-formed 1:1']],
  ['JSON', '{"resourceType":"Patient"}', ['not-well-formed 1:28']],
  ['a tag left open', patient('\n  <name>'), ['empty 2:9 Patient.name[0]', 'not-well-formed 2:9']],
  ['two roots', `${patient('')}${patient('')}`, ['not-well-formed 1:57']],
  ['a control character', patient('<id value="&#1;"/>'), ['not-well-formed 1:53']],
  ['an unknown prefix', patient('<x:id value="1"/>'), ['not-well-formed 1:38']],
  ['an attribute twice', patient('<id value="1" value="2"/>'), ['not-well-formed 1:38']],
  ['another encoding', `<?xml version="1.0" encoding="ISO-8859-1"?>${patient('')}`, ['encoding 1:1']],
  ['a DTD', `<!DOCTYPE Patient>${patient('')}`, ['doctype 1:1']],
  [
    'entities',
    `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>${patient('<id value="&b;"/>')}`,
    ['doctype 1:1'],
  ],
  [
    'an external entity',
    `<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>${patient('')}`,
    ['doctype 1:1'],
  ],
  ['an entity of HTML', patient('<id value="&eacute;"/>'), ['undefined-entity 1:57']],
  ['an entity of objects', patient('<id value="&constructor;"/>'), ['undefined-entity 1:62']],
  ['no namespace', '<Patient><id value="x"/></Patient>', ['namespace 1:1 Patient']],
  ['another namespace', '<Patient xmlns="urn:hl7-org:v3"/>', ['namespace 1:1 Patient']],
  ['another namespace inside', patient('\n<id xmlns="" value="x"/>'), ['namespace 2:1 Patient.id']],
  ['an unknown type', '<Nothing xmlns="http://hl7.org/fhir"/>', ['unknown-resource 1:1 resourceType']],
  [
    'an abstract type',
    '<DomainResource xmlns="http://hl7.org/fhir"/>',
    ['unknown-resource 1:1 resourceType'],
  ],
  [
    'a type within',
    patient('<contained><Nothing/></contained>'),
    ['unknown-resource 1:49 Patient.contained[0].resourceType'],
  ],
  ['nothing within', patient('<contained/>'), ['empty 1:38 Patient.contained[0]']],
  ['two within', patient('<contained><Basic/><Basic/></contained>'), ['repeated 1:57 Patient.contained[0]']],
  [
    'unknown elements, their content passed over',
    patient('<nom value="x"><a><b/>text</a></nom><name><given value="a"/><surname/></name><x/>'),
    [
      'unknown-element 1:38 Patient.nom',
      'unknown-element 1:98 Patient.name[0].surname',
      'unknown-element 1:115 Patient.x',
    ],
  ],
  [
    'a choice without its type',
    patient('<deceased value="true"/>'),
    ['unknown-element 1:38 Patient.deceased'],
  ],
  [
    'an attribute as an element',
    patient('<extension><url value="x"/></extension>'),
    ['unknown-element 1:49 Patient.extension[0].url'],
  ],
  [
    'an element as an attribute',
    patient('<name text="x"/>').replace('<Patient', '<Patient id="x"'),
    ['unknown-attribute 1:1 Patient.id', 'unknown-attribute 1:45 Patient.name[0].text'],
  ],
  ['a name that is none', patient('<_1234/>'), ['unknown-element 1:38 Patient']],
  ['a value of an object', patient('<name value="x"/>'), ['unknown-attribute 1:38 Patient.name[0].value']],
  ['an unknown attribute', patient('<id value="x" xml:id="y"/>'), ['unknown-attribute 1:38 Patient.id.id']],
  ['text', patient('\n <name>Dupont</name>'), ['text 2:15 Patient.name[0]']],
  ['a CDATA section', patient('<name><text value="x"/><![CDATA[x]]></name>'), ['text 1:61 Patient.name[0]']],
  ['an empty value', patient('<id value=""/>'), ['empty 1:38 Patient.id']],
  ['no value', patient('<name><given/></name>'), ['empty 1:44 Patient.name[0].given[0]']],
  ['nothing in an object', patient('<name/>'), ['empty 1:38 Patient.name[0]']],
  [
    'an element twice',
    patient('<active value="true"/><active value="true"/>'),
    ['repeated 1:60 Patient.active'],
  ],
  ['twice, aside only', patient('<active id="a"/><active value="true"/>'), ['repeated 1:54 Patient.active']],
  [
    'twice, apart',
    patient('<active value="true"/><id value="x"/><active value="true"/>'),
    ['out-of-order 1:60 Patient.id', 'repeated 1:75 Patient.active'],
  ],
  [
    'a list interrupted',
    patient('<name id="a"/><active value="true"/><name id="b"/>'),
    ['out-of-order 1:52 Patient.active', 'not-contiguous 1:74 Patient.name'],
  ],
  [
    'an element too late',
    patient('<gender value="male"/><active value="true"/>'),
    ['out-of-order 1:60 Patient.active'],
  ],
  [
    'elements too late, of the base and in a list, and a fault in one of them',
    patient('<birthDate value="2000"/><name><given value="a"/><family value="b"/><x/></name><id value="i"/>'),
    [
      'out-of-order 1:63 Patient.name[0]',
      'out-of-order 1:87 Patient.name[0].family',
      'unknown-element 1:106 Patient.name[0].x',
      'out-of-order 1:117 Patient.id',
    ],
  ],
  ['too deep', deep(40), [`too-deep 1:627 Patient${'.extension[0]'.repeat(31)}`]],
  [
    'too deep, of nothing known',
    patient(`
${'<x>'.repeat(500)}`),
    ['unknown-element 2:1 Patient.x', 'too-deep 2:301'],
  ],
]

t.test('what is no FHIR XML is refused with its place', async (t) => {
  for (const [what, xml, faults] of refused) t.same(faultsOf(xml), faults, what)
  t.same(faultsOf(patient('<id value="x"/>'), 64, 2), [])
  t.same(faultsOf(patient('<id value="x"/><active value="true"/>'), 64, 2), ['too-many-elements 1:53'])
  t.equal(faultsOf(patient('<x/>'.repeat(500))).length, 50, 'bounded')
  for (const reason of [
    'not-well-formed',
    'doctype',
    'undefined-entity',
    'encoding',
    'too-deep',
    'too-many-elements',
  ]) {
    t.ok(completeness.has(`false ${reason}`) && !completeness.has(`true ${reason}`), reason)
  }
  for (const reason of [
    'unknown-resource',
    'unknown-element',
    'unknown-attribute',
    'namespace',
    'text',
    'empty',
    'repeated',
    'not-contiguous',
    'out-of-order',
  ]) {
    t.ok(completeness.has(`true ${reason}`) && !completeness.has(`false ${reason}`), reason)
  }
})

t.test('the depth is that of JSON', async (t) => {
  const json = (levels: number): string =>
    `{"resourceType":"Patient",${'"extension":[{"url":"u",'.repeat(levels)}"valueString":"x"${'}]'.repeat(levels)}}`
  for (const limit of [3, 10, 11, 64]) {
    for (let levels = 1; levels < 40; levels++) {
      let tooDeep = false
      try {
        parseJson(json(levels), limit)
      } catch {
        tooDeep = true
      }
      if (faultsOf(deep(levels), limit).length > 0 !== tooDeep) t.fail(`${levels} levels, limit ${limit}`)
    }
  }
})

t.test('issues are those of validation where it finds the same', async (t) => {
  const cases: readonly (readonly [string, string])[] = [
    [patient('<name><surname value="x"/></name>'), '"name":[{"surname":"x"}]'],
    [patient('<deceased value="x"/>'), '"deceased":true'],
    [patient('<birthDate value=""/>'), '"birthDate":""'],
    [patient('<name/>'), '"name":[{}]'],
    [patient('<contained><Nothing/></contained>'), '"contained":[{"resourceType":"Nothing"}]'],
    [patient('<active value="true"/><active value="true"/>'), '"active":[true,true]'],
  ]
  for (const [xml, members] of cases) {
    const [expected] = validate(parseJson(`{"resourceType":"Patient",${members}}`), registry)
    try {
      read(xml)
      t.fail(xml)
    } catch (error) {
      if (!(error instanceof XmlError)) throw error
      const issue = xmlFaultIssue(error.faults[0])
      t.equal(issue.error, expected?.error, xml)
      t.equal(issue.expression, expected?.expression, xml)
      t.equal(
        wording(issue.error, 'en', issue.params),
        expected && wording(expected.error, 'en', expected.params),
      )
    }
  }
  const [late] = faultsAsIssues(patient('<gender value="male"/><active value="true"/>'))
  t.match(late, {
    error: 'ordre-xml',
    expression: 'Patient.active',
    params: { before: 'gender', column: 60 },
  })
  const [first] = faultsAsIssues('<Patient')
  t.match(first, { error: 'xml-invalide', params: { cause: 'not-well-formed (1:9)' } })
})

function faultsAsIssues(xml: string) {
  try {
    read(xml)
  } catch (error) {
    if (error instanceof XmlError) return error.faults.map(xmlFaultIssue)
    throw error
  }
  return []
}

t.test('nothing of the text is in an error but names of elements', async (t) => {
  const secret = '1700375123456'
  for (const xml of [
    patient(`<name>${secret}</name>`),
    patient(`<_${secret}/>`),
    patient(`<id a${secret}é="x"/>`),
    patient(`<id value="&${secret};"/>`),
    `<Patient xmlns="${secret}"/>`,
    patient(`<id value="${secret}"`),
  ]) {
    const text = JSON.stringify([faultsOf(xml), faultsAsIssues(xml)])
    t.ok(faultsOf(xml).length > 0)
    t.notOk(text.includes(secret), text)
  }
})

t.test('hostile texts take time in proportion to their length', async (t) => {
  const n = 100_000
  const hostile: readonly string[] = [
    narrative(div('<b>'.repeat(n))),
    patient('<x>'.repeat(n)),
    deep(n),
    patient(`<x ${Array.from({ length: n }, (_, i) => `a${i}=""`).join(' ')}/>`),
    `<Patient xmlns="http://hl7.org/fhir" ${Array.from({ length: n }, (_, i) => `xmlns:a${i}="u"`).join(' ')}>${'<id/>'.repeat(n)}</Patient>`,
    patient(`<id value="${'&amp;'.repeat(n)}"/>`),
    patient('\n'.repeat(n) + '<x/>'.repeat(n)),
    patient(`${'<name id="a"/>'.repeat(n)}<x/>`),
    narrative(
      `<h:div xmlns:h="http://www.w3.org/1999/xhtml">${'<h:b>x</h:b><![CDATA[<]]>'.repeat(n)}</h:div>`,
    ),
    `<?${'x'.repeat(n)}`,
    `<!DOCTYPE ${'['.repeat(n)}`,
  ]
  for (const xml of hostile) {
    // Of the processor: a quadratic reader takes minutes of it, whatever else the machine does.
    const before = process.cpuUsage()
    faultsAsIssues(xml)
    const { user, system } = process.cpuUsage(before)
    const ms = (user + system) / 1000
    t.ok(ms < 5000, `${xml.slice(0, 60)} …: ${ms.toFixed(0)} ms`)
  }
})
