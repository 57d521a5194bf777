/** `_summary` and `_elements`: what is kept, what goes, and the mark of it. */
import t from 'tap'
import type { ElementDefinition } from '../../src/definitions/type-definition.ts'
import { isJsonObject, type JsonObject, parseJson, stringifyJson } from '../../src/fhir/json.ts'
import { sameContent } from '../../src/fhir/same-content.ts'
import { type Projection, project } from '../../src/projection/project.ts'
import { requestedElements } from '../../src/projection/requested-elements.ts'
import { isSubsetted } from '../../src/projection/subsetted.ts'
import { publishedExamples, testRegistry } from '../support/registry.ts'

const registry = testRegistry()
const subsetted = {
  system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue',
  code: 'SUBSETTED',
  display: 'subsetted',
}
const tagged = { tag: [subsetted] }

const narrative = { status: 'generated', div: '<div>x</div>' }
const patient: JsonObject = {
  resourceType: 'Patient',
  id: 'p',
  meta: { versionId: '1', lastUpdated: '2026-01-01T00:00:00Z', tag: [{ code: 't' }] },
  implicitRules: 'http://rules',
  language: 'fr',
  text: narrative,
  extension: [{ url: 'u', valueCode: 'x' }],
  modifierExtension: [{ url: 'm', valueCode: 'x' }],
  active: true,
  name: [
    {
      given: ['A', null],
      _given: [null, { extension: [{ url: 'u', valueCode: 'x' }] }],
      extension: [{ url: 'u', valueCode: 'x' }],
    },
  ],
  birthDate: '1970',
  _birthDate: { extension: [{ url: 'u', valueDateTime: '1970' }] },
  deceasedBoolean: false,
  maritalStatus: { text: 'x' },
  contact: [{ gender: 'male' }],
}

const names = (resource: JsonObject): string => Object.keys(resource).join(' ')

t.test('each form of a Patient', async (t) => {
  const cases: readonly (readonly [what: Projection, kept: string])[] = [
    [{ summary: 'false' }, names(patient)],
    [
      { summary: 'true' },
      'resourceType id meta implicitRules modifierExtension active name birthDate _birthDate deceasedBoolean',
    ],
    [{ summary: 'text' }, 'resourceType id meta implicitRules text modifierExtension'],
    [{ summary: 'data' }, names(patient).replace('text ', '')],
    [
      { elements: ['birthDate'] },
      'resourceType id meta implicitRules modifierExtension active birthDate _birthDate deceasedBoolean',
    ],
    [
      { elements: ['Patient.contact', 'maritalStatus'] },
      'resourceType id meta implicitRules modifierExtension active deceasedBoolean maritalStatus contact',
    ],
    [{ elements: [] }, 'resourceType id meta implicitRules modifierExtension active deceasedBoolean'],
    [
      { elements: ['nothing', 'constructor'] },
      'resourceType id meta implicitRules modifierExtension active deceasedBoolean',
    ],
    [
      { elements: ['text', 'extension', 'language'] },
      'resourceType id meta implicitRules language text extension modifierExtension active deceasedBoolean',
    ],
  ]
  const untouched = stringifyJson(patient)
  for (const [what, kept] of cases) {
    const projected = project(patient, what, registry)
    t.equal(names(projected), kept, stringifyJson(what))
    t.equal(isSubsetted(projected), !('summary' in what && what.summary === 'false'), 'marked')
  }
  t.equal(stringifyJson(patient), untouched, 'the resource given is not changed')
  t.same(project(patient, { summary: 'true' }, registry).meta, {
    versionId: '1',
    lastUpdated: '2026-01-01T00:00:00Z',
    tag: [{ code: 't' }, subsetted],
  })
  t.same(
    project(patient, { summary: 'true' }, registry).name,
    [{ given: ['A', null], _given: [null, { extension: [{ url: 'u', valueCode: 'x' }] }] }],
    'extensions of a primitive follow it, those of a datatype are no summary',
  )
  t.same(
    project(patient, { summary: 'true' }, registry).modifierExtension,
    patient.modifierExtension,
    'an extension that is kept is kept whole',
  )
  t.throws(() => project({ resourceType: 'Nothing' }, { summary: 'true' }, registry))
})

t.test('the mark is set once, and found', async (t) => {
  const bare = { resourceType: 'Basic', code: { text: 'x' } }
  const once = project(bare, { summary: 'data' }, registry)
  t.same(once.meta, tagged)
  t.same(project(once, { summary: 'true' }, registry).meta, tagged)
  t.equal(isSubsetted(bare), false)
  t.equal(
    isSubsetted({ resourceType: 'Basic', meta: { tag: [{ code: 'SUBSETTED' }] } }),
    false,
    'the code of another system',
  )
})

t.test('nested elements: summary flags and mandatory parts of backbone elements and datatypes', async (t) => {
  const document: JsonObject = {
    resourceType: 'DocumentReference',
    status: 'current',
    description: 'd',
    content: [
      {
        attachment: { contentType: 'text/plain', data: 'AAAA', url: 'Binary/1', title: 't' },
        format: { code: 'x' },
      },
    ],
    context: { period: { start: '2020' }, related: [{ reference: 'Basic/1' }], facilityType: { text: 'f' } },
    relatesTo: [{ code: 'replaces', target: { reference: 'DocumentReference/2' } }],
  }
  t.same(project(document, { summary: 'true' }, registry), {
    resourceType: 'DocumentReference',
    meta: tagged,
    status: 'current',
    description: 'd',
    content: [
      { attachment: { contentType: 'text/plain', url: 'Binary/1', title: 't' }, format: { code: 'x' } },
    ],
    context: { period: { start: '2020' } },
    relatesTo: [{ code: 'replaces', target: { reference: 'DocumentReference/2' } }],
  })
  t.equal(
    names(project(document, { summary: 'text' }, registry)),
    'resourceType status content meta',
    'mandatory ones, whole',
  )
  t.equal(
    names(project(document, { elements: ['description'] }, registry)),
    'resourceType status description content meta',
  )
  const appointment: JsonObject = {
    resourceType: 'Appointment',
    status: 'booked',
    participant: [{ status: 'accepted', actor: { display: 'x' }, period: { start: '2026' } }],
  }
  t.same(
    project(appointment, { summary: 'true' }, registry).participant,
    [{ status: 'accepted', actor: { display: 'x' } }],
    'mandatory though no summary: with a summary of its own',
  )
  const unknown: JsonObject = {
    resourceType: 'Observation',
    status: 'final',
    code: {
      extension: [
        { url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason', valueCode: 'unknown' },
      ],
    },
    valueQuantity: { value: 1 },
  }
  t.same(
    project(unknown, { summary: 'true' }, registry).code,
    unknown.code,
    'nothing but extensions: they are what there is to say',
  )
  t.same(project(unknown, { elements: ['value[x]'] }, registry).valueQuantity, { value: 1 })
  t.same(project(unknown, { elements: ['valueQuantity'] }, registry).valueQuantity, { value: 1 })
  const digits = parseJson(
    '{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueQuantity":{"value":1.10}}',
  )
  t.match(
    isJsonObject(digits) && stringifyJson(project(digits, { summary: 'true' }, registry)),
    '"value":1.10',
  )
})

t.test('contained resources stay as long as something leads to them', async (t) => {
  const observation: JsonObject = {
    resourceType: 'Observation',
    contained: [
      {
        resourceType: 'Patient',
        id: 'p',
        managingOrganization: { reference: '#o' },
        maritalStatus: { text: 'x' },
      },
      { resourceType: 'Organization', id: 'o', name: 'O' },
      { resourceType: 'Device', id: 'd' },
      { resourceType: 'Practitioner', id: 'unused' },
    ],
    status: 'final',
    code: { text: 'x' },
    subject: { reference: '#p' },
    device: { reference: '#d' },
  }
  const containedIds = (what: Projection): string => {
    const { contained } = project(observation, what, registry)
    return Array.isArray(contained) ? contained.map((c) => (isJsonObject(c) ? c.id : '?')).join(' ') : ''
  }
  t.equal(containedIds({ summary: 'true' }), 'p o', 'the device is no summary')
  t.equal(containedIds({ summary: 'text' }), '')
  t.equal(containedIds({ summary: 'data' }), 'p o d unused')
  t.equal(containedIds({ elements: ['device'] }), 'd')
  t.equal(containedIds({ elements: ['subject'] }), 'p o')
  t.equal(containedIds({ elements: ['contained'] }), 'p o d unused')
  t.match(
    project(observation, { summary: 'true' }, registry).contained,
    [
      {
        resourceType: 'Patient',
        id: 'p',
        managingOrganization: { reference: '#o' },
        maritalStatus: undefined,
        meta: undefined,
      },
    ],
    'in summary itself, without a mark',
  )
})

t.test('resources in a Bundle are summarised by their own type, and marked', async (t) => {
  const bundle: JsonObject = {
    resourceType: 'Bundle',
    type: 'collection',
    entry: [{ fullUrl: 'urn:x', resource: patient }],
  }
  const summary = project(bundle, { summary: 'true' }, registry)
  t.same(summary.entry, [{ fullUrl: 'urn:x', resource: project(patient, { summary: 'true' }, registry) }])
})

t.test('names of elements: those the type has, and those it has not', async (t) => {
  const asked = [
    'name',
    'Patient.birthDate',
    'deceased',
    'deceased[x]',
    'deceasedBoolean',
    'name.family',
    'Observation.code',
    'shoeSize',
    '',
    'Patient',
    'toString',
  ]
  t.same(requestedElements(asked, 'Patient', registry), {
    known: ['name', 'birthDate', 'deceased'],
    unknown: ['Observation.code', 'shoeSize', '', 'Patient', 'toString'],
  })
  t.same(requestedElements(['id'], 'Nothing', registry), { known: [], unknown: ['id'] })
})

t.test(
  'laws on published examples: nothing is added or changed, mandatory elements stay, twice is once',
  async (t) => {
    const examples = publishedExamples()
    if (!examples) return t.comment('skipped: no reference data beside the checkout')
    let dropped = 0
    let checked = 0
    const forms: readonly Projection[] = [
      { summary: 'true' },
      { summary: 'text' },
      { summary: 'data' },
      { elements: ['identifier'] },
    ]
    for (const { resource, name } of examples) {
      const { resourceType } = resource
      if (typeof resourceType !== 'string' || !registry.isResourceType(resourceType)) continue
      for (const form of forms) {
        const kept = project(resource, form, registry)
        checked++
        if (stringifyJson(kept).length < stringifyJson(resource).length) dropped++
        const at = `${name} ${stringifyJson(form)}`
        for (const key of Object.keys(kept))
          if (key !== 'meta' && !Object.hasOwn(resource, key)) t.fail(`${at}: ${key}`)
        for (const element of missing(kept, resource, registry.type(resourceType)?.required ?? []))
          t.fail(`${at}: ${element}`)
        if (!sameContent(project(kept, form, registry), kept)) t.fail(`${at}: twice is not once`)
      }
    }
    t.ok(checked > 100 && dropped > 100, `not vacuous: ${checked} forms, ${dropped} smaller`)
  },
)

function missing(kept: JsonObject, resource: JsonObject, required: readonly ElementDefinition[]): string[] {
  return required
    .map(({ name }) => name)
    .filter((name) => Object.hasOwn(resource, name) && !Object.hasOwn(kept, name))
}
