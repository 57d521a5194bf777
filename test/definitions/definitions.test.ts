import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import r4 from 'fhirpath/fhir-context/r4/index.js'
import t from 'tap'
import { assetPath, packageRoot } from '../../src/asset-path.ts'
import { loadDefinitions } from '../../src/definitions/load.ts'
import { buildRegistry } from '../../src/definitions/registry.ts'

const definitions = loadDefinitions(assetPath('definitions.json'))
const registry = buildRegistry(definitions)

t.test('the registry knows every R4 resource type and none of later versions', async (t) => {
  const known = registry.valueSet('http://hl7.org/fhir/ValueSet/resource-types')?.systems
  const codes = [...(known?.get('http://hl7.org/fhir/resource-types') ?? [])]
  t.equal(codes.length, 148)
  t.same([...registry.resourceTypes, 'DomainResource', 'Resource'].sort(), codes.sort())
  t.equal(registry.resourceType('Resource'), undefined, 'an abstract type is no type of a resource')
  t.equal(registry.resourceType('constructor'), undefined)
  t.equal(registry.type('DomainResource')?.abstract, true)
})

t.test('elements: order, inheritance, cardinality, choices, nesting, targets, bindings', async (t) => {
  const names = registry.elements('DocumentReference').map((e) => e.name)
  t.same(names.slice(0, 9), [
    'id',
    'meta',
    'implicitRules',
    'language',
    'text',
    'contained',
    'extension',
    'modifierExtension',
    'masterIdentifier',
  ])
  const document = registry.type('DocumentReference')
  const subject = document?.properties.get('subject')?.element
  t.same([...(subject?.targets ?? [])], ['Patient', 'Practitioner', 'Group', 'Device'])
  t.same(
    document?.required.map((e) => e.name),
    ['status', 'content'],
  )
  t.equal(document?.properties.get('content')?.element.max, Number.POSITIVE_INFINITY)
  t.ok(
    document?.properties
      .get('status')
      ?.element.binding?.systems?.get('http://hl7.org/fhir/document-reference-status')
      ?.has('current'),
  )
  const observation = registry.type('Observation')
  t.equal(observation?.properties.get('valueQuantity')?.element.name, 'value')
  t.equal(observation?.properties.get('value'), undefined, 'a choice has no property of its own name')
  t.equal(registry.type('Bundle.entry')?.properties.get('link')?.type.name, 'Bundle.link', 'contentReference')
  t.equal(registry.type('Extension')?.properties.get('url')?.type.name, 'uri')
  t.equal(document?.properties.get('id')?.type.name, 'id')
  t.equal(registry.type('xhtml')?.properties.get('extension')?.element.max, 0)
  t.same(registry.elements('Nothing'), [])
})

t.test('search parameters: own, inherited, French; compartments', async (t) => {
  const parameters = registry.searchParameters('DocumentReference')
  const inherited = ['_id', '_lastUpdated', '_tag', '_profile', '_security', '_source']
  for (const code of [...inherited, 'patient', 'creation', 'period-start', 'period-end', 'isArchived']) {
    t.ok(parameters.has(code), code)
  }
  t.equal(
    parameters.get('creation')?.url,
    'https://profiles.ihe.net/ITI/MHD/SearchParameter/DocumentReference-Creation',
  )
  for (const code of ['isArchived', 'designationType', 'sourceId', 'authorOrg'])
    t.ok(registry.searchParameters('List').has(code), code)
  t.equal(registry.searchParameters('Nothing').size, 0)
  t.same(registry.compartmentParameters('Patient', 'DocumentReference'), ['subject', 'author'])
  t.same(registry.compartmentParameters('Patient', 'constructor'), [])
  t.same(registry.compartmentParameters('constructor', 'name'), [])
})

t.test('required bindings without codes are listed with a reason, all others have codes', async (t) => {
  t.same(
    Object.keys(definitions.valueSetsNotChecked).map((url) => url.split('/').pop()),
    ['currencies', 'mimetypes', 'ucum-units', 'LL379-9'],
  )
  for (const url of Object.keys(definitions.valueSets))
    t.ok((registry.valueSet(url)?.systems?.size ?? 0) > 0, url)
  t.equal(registry.valueSet('http://hl7.org/fhir/ValueSet/mimetypes')?.systems, undefined)
  t.equal(
    registry.valueSet('http://hl7.org/fhir/ValueSet/administrative-gender')?.systemOf('male'),
    'http://hl7.org/fhir/administrative-gender',
  )
})

t.test('a definition that refers to nothing stops the start', async (t) => {
  const broken = (types: object): unknown =>
    buildRegistry({ ...definitions, types: { ...definitions.types, ...types } })
  t.throws(
    () => broken({ Odd: { kind: 'datatype', elements: [{ name: 'a', types: ['Missing'] }] } }),
    /Missing is not defined/,
  )
  t.throws(
    () => broken({ Odd: { kind: 'datatype', base: 'Missing', elements: [] } }),
    /Missing is not defined/,
  )
  t.throws(
    () =>
      broken({ Odd: { kind: 'datatype', elements: [{ name: 'a', types: ['code'], binding: 'urn:none' }] } }),
    /urn:none is not defined/,
  )
})

t.test('the build is deterministic, and done once; a file of another kind is refused', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'definitions-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const script = join(packageRoot(), 'scripts/build-definitions.js')
  const build = (): string => execFileSync(process.execPath, [script, folder], { encoding: 'utf8' })
  const first = build()
  const built = readFileSync(join(folder, 'definitions.json'), 'utf8')
  t.equal(built, readFileSync(assetPath('definitions.json'), 'utf8'))
  rmSync(join(folder, 'definitions.json'))
  t.match(build(), /unchanged/, 'the second comes out of the cache')
  t.match(first, /^definitions [0-9a-f]{32}/)
  t.equal(readFileSync(join(folder, 'definitions.json'), 'utf8'), built)
  writeFileSync(join(folder, 'other.json'), '{"fhirVersion":"4.3.0"}')
  t.throws(() => loadDefinitions(join(folder, 'other.json')), /not a definitions file/)
})

/**
 * Against the R4 model that the npm library fhirpath brings, which was made of the published definitions: the package
 * that ours are made of has elements of its own and of later versions.
 */
t.test('no element that is not of R4, and none lost', async (t) => {
  const { path2Type, choiceTypePaths, pathsDefinedElsewhere } = r4
  const isOfR4 = (path: string): boolean =>
    path in path2Type || path in choiceTypePaths || path in pathsDefinedElsewhere
  const added: string[] = []
  let seen = 0
  for (const [name, { kind, elements }] of Object.entries(definitions.types)) {
    if (kind === 'primitive') continue
    for (const element of elements) {
      seen++
      if (!isOfR4(`${name}.${element.name}`)) added.push(`${name}.${element.name}`)
    }
  }
  t.ok(seen > 4000, `${seen} elements`)
  t.same(added, [])
  const lost = [...Object.keys(path2Type), ...Object.keys(choiceTypePaths)].filter((path) => {
    const cut = path.lastIndexOf('.')
    const type = registry.type(path.slice(0, cut))
    const name = path.slice(cut + 1)
    if (type === undefined || type.kind === 'primitive') return false
    return !type.steps.has(name) && !type.properties.has(name)
  })
  t.same(lost, [])
  t.equal(registry.type('Meta')?.properties.has('project'), false)
  t.equal(registry.type('EvidenceVariable.characteristic')?.steps.get('definition')?.length, 6)
  t.notOk(registry.searchParameters('DeviceDefinition').has('classification'))
})
