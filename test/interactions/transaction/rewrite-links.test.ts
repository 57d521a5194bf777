/** Links between the entries of a Bundle: found by the types of their elements, and nothing else touched. */

import t from 'tap'
import { FhirError } from '../../../src/fhir/fhir-error.ts'
import { Decimal, isJsonObject, type JsonObject, parseJson } from '../../../src/fhir/json.ts'
import {
  EntryReferences,
  type ReferableEntry,
} from '../../../src/interactions/transaction/resolve-references.ts'
import { type LinkKind, rewriteLinks } from '../../../src/interactions/transaction/rewrite-links.ts'
import fc from '../../support/draws.ts'
import { publishedExamples, testRegistry } from '../../support/registry.ts'

const registry = testRegistry()
const base = 'https://dmp.test/fhir'

const places: Readonly<Record<string, string>> = {
  'urn:uuid:1': 'Patient/1',
  'urn:uuid:2': 'Organization/2',
  'urn:uuid:3': 'Binary/3',
}

t.test('links are rewritten everywhere, and nothing else is', async (t) => {
  const resource: JsonObject = {
    resourceType: 'DocumentReference',
    id: 'urn:uuid:1',
    text: {
      status: 'generated',
      div: '<div xmlns="http://www.w3.org/1999/xhtml"><a href="urn:uuid:1">urn:uuid:1</a> <img alt="urn:uuid:2" src=\'urn:uuid:3\'/></div>',
    },
    extension: [
      { url: 'urn:uuid:1', valueReference: { reference: 'urn:uuid:1' } },
      { url: 'x', valueUri: 'urn:uuid:1' },
      {
        url: 'y',
        valueString: 'urn:uuid:1',
        _valueString: { extension: [{ url: 'z', valueUrl: 'urn:uuid:2' }] },
      },
      { url: 'd', valueDecimal: new Decimal('1.10') },
    ],
    contained: [
      { resourceType: 'Practitioner' },
      { resourceType: 'PractitionerRole', organization: { reference: 'urn:uuid:2' } },
    ],
    subject: { reference: 'urn:uuid:1', display: 'urn:uuid:1', identifier: { value: 'urn:uuid:1' } },
    author: [{ reference: '#p' }, { reference: 'urn:uuid:2', _reference: { id: 'urn:uuid:1' } }],
    content: [{ attachment: { url: 'urn:uuid:3', title: 'urn:uuid:3' } }],
    description: 'urn:uuid:1',
    unknownElement: { reference: 'urn:uuid:1' },
  }
  const before = JSON.stringify(resource)
  const asked: string[] = []
  const rewritten = rewriteLinks(resource, registry, 'DocumentReference', (text, kind, path) => {
    asked.push(`${path} ${kind}`)
    return places[text]
  })
  t.equal(JSON.stringify(resource), before, 'the resource itself is left as it was')
  t.strictSame(rewritten, {
    ...resource,
    text: {
      status: 'generated',
      div: '<div xmlns="http://www.w3.org/1999/xhtml"><a href="Patient/1">urn:uuid:1</a> <img alt="urn:uuid:2" src="Binary/3"/></div>',
    },
    extension: [
      { url: 'urn:uuid:1', valueReference: { reference: 'Patient/1' } },
      { url: 'x', valueUri: 'Patient/1' },
      {
        url: 'y',
        valueString: 'urn:uuid:1',
        _valueString: { extension: [{ url: 'z', valueUrl: 'Organization/2' }] },
      },
      { url: 'd', valueDecimal: new Decimal('1.10') },
    ],
    contained: [
      { resourceType: 'Practitioner' },
      { resourceType: 'PractitionerRole', organization: { reference: 'Organization/2' } },
    ],
    subject: { reference: 'Patient/1', display: 'urn:uuid:1', identifier: { value: 'urn:uuid:1' } },
    author: [{ reference: '#p' }, { reference: 'Organization/2', _reference: { id: 'urn:uuid:1' } }],
    content: [{ attachment: { url: 'Binary/3', title: 'urn:uuid:3' } }],
  })
  t.strictSame(asked.sort(), [
    'DocumentReference.author[0].reference reference',
    'DocumentReference.author[1].reference reference',
    'DocumentReference.contained[1].organization.reference reference',
    'DocumentReference.content[0].attachment.url place',
    'DocumentReference.extension[0].value.reference reference',
    'DocumentReference.extension[1].value name',
    'DocumentReference.extension[2].valueString.extension[0].value place',
    'DocumentReference.subject.reference reference',
    'DocumentReference.text.div narrative',
    'DocumentReference.text.div narrative',
  ])
  const contained = { resourceType: 'Bundle', entry: [{ resource }] }
  t.equal(
    rewriteLinks(contained, registry, 'Bundle', () => 'x'),
    contained,
    'a Bundle is a world of its own',
  )
})

t.test('what is not rewritten is not copied, whatever the resource', async (t) => {
  const examples = publishedExamples()
  if (!examples) return t.pass('skipped: the published examples are not there')
  let links = 0
  for (const { name, resource } of examples) {
    const same = rewriteLinks(resource, registry, 'X', () => {
      links++
      return undefined
    })
    if (same !== resource) t.fail(`${name} was copied`)
    // Every text that is seen as a reference stands as one, in any element: none is missed.
    if (resource.resourceType === 'Bundle') continue
    const seen: string[] = []
    rewriteLinks(resource, registry, 'X', (text, kind) => {
      if (kind === 'reference') seen.push(text)
      return undefined
    })
    t.strictSame(seen.sort(), referencesIn(resource).sort(), name)
  }
  t.ok(links > 100, `${links} links seen`)
})

function referencesIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(referencesIn)
  if (!isJsonObject(value)) return []
  return Object.entries(value).flatMap(([key, item]) =>
    key === 'reference' && typeof item === 'string' ? [item] : referencesIn(item),
  )
}

t.test('never throws and never invents, on any JSON', async () => {
  const value = fc.jsonValue()
  fc.assert(
    fc.property(
      fc.record({
        resourceType: fc.constantFrom('Patient', 'Observation', 'Nothing'),
        subject: value,
        name: value,
        text: value,
        extension: value,
      }),
      (json) => {
        const text = JSON.stringify(json)
        // Refused by the parser, before anything sees it.
        fc.pre(!text.includes('__proto__'))
        const resource = parseJson(text) as JsonObject
        return rewriteLinks(resource, registry, 'X', () => undefined) === resource
      },
    ),
  )
})

const entry = (index: number, type: string, fullUrl: string | undefined, id?: string): ReferableEntry => ({
  index,
  type,
  fullUrl,
  resource: { resourceType: type, ...(id === undefined ? {} : { id }) },
})

t.test('a reference leads to an entry by its fullUrl, beside another one, or by its name', async (t) => {
  const entries = [
    entry(0, 'Patient', 'urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0a'),
    entry(1, 'Patient', 'https://a.test/fhir/Patient/1'),
    entry(2, 'Patient', 'https://b.test/r4/Patient/1'),
    entry(3, 'Observation', 'https://b.test/r4/Observation/9'),
    entry(4, 'Organization', undefined, 'org'),
    entry(5, 'Device', 'urn:oid:1.2.3'),
  ]
  const references = new EntryReferences(entries, base, registry)
  const cases: readonly (readonly [string, number | undefined, number | undefined])[] = [
    ['urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0a', undefined, 0],
    ['urn:oid:1.2.3', undefined, 5],
    ['urn:oid:1.2.4', undefined, undefined],
    ['https://b.test/r4/Patient/1', undefined, 2],
    ['https://b.test/r4/Patient/1/_history/3', undefined, 2],
    ['https://c.test/r4/Patient/1', undefined, undefined],
    ['Patient/1', 3, 2],
    ['Patient/1', 1, 1],
    ['Patient/1', 0, 1],
    ['Organization/org', 0, 4],
    ['Organization/org/_history/2', 0, 4],
    [`${base}/Organization/org`, 0, 4],
    ['Organization/other', 0, undefined],
    ['#org', 0, undefined],
    ['Organization?identifier=org', 0, undefined],
  ]
  for (const [reference, from, expected] of cases) {
    const source = from === undefined ? undefined : entries[from]
    t.equal(references.find(reference, source)?.index, expected, `${reference} from ${from}`)
  }
})

t.test('which links of an entry lead to others', async (t) => {
  const urn = 'urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0a'
  const definition = 'http://example.org/fhir/StructureDefinition/x'
  const source: ReferableEntry = {
    index: 1,
    type: 'DocumentReference',
    fullUrl: undefined,
    resource: {
      resourceType: 'DocumentReference',
      implicitRules: definition,
      meta: { profile: [definition] },
      extension: [{ url: 'a', valueUri: urn }],
      subject: { reference: 'Patient/7/_history/2' },
      custodian: { reference: definition },
      author: [{ reference: urn }, { reference: 'Practitioner?identifier=a' }],
      content: [{ attachment: { url: definition } }],
    },
  }
  const patient = entry(0, 'Patient', `${base}/Patient/7`, '7')
  const other = entry(2, 'StructureDefinition', definition)
  const placeholder = entry(3, 'Practitioner', urn)
  const references = new EntryReferences([patient, source, other, placeholder], base, registry)
  const found = references
    .links(source)
    .map(({ path, kind, target }): [string, LinkKind, number | undefined] => [
      path.replace('Bundle.entry[1].resource.', ''),
      kind,
      target?.index,
    ])
  t.strictSame(found, [
    ['implicitRules', 'name', undefined],
    ['meta.profile[0]', 'name', undefined],
    ['extension[0].value', 'name', 3],
    ['subject.reference', 'reference', 0],
    ['custodian.reference', 'reference', 2],
    ['author[0].reference', 'reference', 3],
    ['author[1].reference', 'reference', undefined],
    ['content[0].attachment.url', 'place', 2],
  ])
  const rewritten = references.rewrite(
    source,
    ({ index }) => ['Patient/7', 'no', 'StructureDefinition/new', 'Practitioner/new'][index] ?? 'no',
    (text) => (text.startsWith('Practitioner?') ? 'Practitioner/found' : undefined),
  )
  t.strictSame(rewritten, {
    ...source.resource,
    extension: [{ url: 'a', valueUri: 'Practitioner/new' }],
    // It stays where it is, with the version it names.
    subject: { reference: 'Patient/7/_history/2' },
    custodian: { reference: 'StructureDefinition/new' },
    author: [{ reference: 'Practitioner/new' }, { reference: 'Practitioner/found' }],
    content: [{ attachment: { url: 'StructureDefinition/new' } }],
  })
  const alone = new EntryReferences([source], base, registry)
  t.throws(
    () =>
      alone.rewrite(
        source,
        () => 'no',
        () => undefined,
      ),
    new FhirError('unprocessable', [
      {
        severity: 'error',
        type: 'not-found',
        error: 'reference-introuvable',
        params: { name: 'reference' },
        expression: 'Bundle.entry[1].resource.author[0].reference',
      },
    ]),
    'a placeholder that no entry has',
  )
})
