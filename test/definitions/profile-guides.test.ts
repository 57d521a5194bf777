/**
 * Our profiles against the published ones, element by element, as compiled trees: cardinality, types with their profiles
 * and targets, fixed values and patterns, bindings, slicing, rules. What differs stands here, with the reason; a reason
 * that explains nothing is a fault too.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { assetPath } from '../../src/asset-path.ts'
import { isProfile } from '../../src/definitions/is-profile.ts'
import { loadProfileGuides, readGuides } from '../../src/definitions/load-profile-guides.ts'
import {
  expandGuides,
  type PdsmForm,
  type ProfileGuide,
  pdsmForms,
} from '../../src/definitions/profile-guide.ts'
import { isJsonObject, type JsonObject, parseJson, stringifyJson } from '../../src/fhir/json.ts'
import { compileProfiles } from '../../src/validation/profile/compile-profile.ts'
import {
  buildTree,
  type ElementNode,
  statedValue,
  typesOf,
} from '../../src/validation/profile/element-tree.ts'
import { testRegistry } from '../support/registry.ts'
import { sharedData } from '../support/shared-data.ts'

const registry = testRegistry()
const folder = assetPath('profiles')

const CORE = 'http://hl7.org/fhir/StructureDefinition/'
const pdsm = 'https://interop.esante.gouv.fr/ig/fhir/pdsm/StructureDefinition/'
const mhd = 'https://profiles.ihe.net/ITI/MHD/StructureDefinition/'
const balp = 'https://profiles.ihe.net/ITI/BALP/StructureDefinition/'
const tde = 'https://interop.esante.gouv.fr/ig/fhir/tde/StructureDefinition/'
const fr = 'https://hl7.fr/ig/fhir/core/StructureDefinition/'

type Trees = ReadonlyMap<string, ElementNode>

function treesOf(structures: readonly JsonObject[]): Trees {
  const byUrl = new Map(structures.map((s) => [String(s.url), s]))
  const sources = { registry, structureDefinition: (url: string) => byUrl.get(plain(url)) }
  return new Map(structures.map((s) => [String(s.url), buildTree(s, sources, (what) => t.fail(what))]))
}

function published(name: string): readonly JsonObject[] | undefined {
  const path = sharedData(`structuredefinitions/${name}`)
  return path === undefined
    ? undefined
    : readdirSync(path)
        .sort()
        .map((file) => parseJson(readFileSync(join(path, file), 'utf8')))
        .filter(isProfile)
}

const plain = (url: string): string => url.replace(/\|.*/, '')

/** What a definition says of one element, in words; what it leaves unsaid is what the base says. */
function facts(node: ElementNode, parent: ElementNode | undefined): Record<string, string> {
  const { definition, element } = node
  const sliced = node.slice === undefined ? undefined : parent?.children.get(node.name)
  const outer = sliced === undefined ? undefined : facts(sliced, parent)
  const max = element?.max === Number.POSITIVE_INFINITY ? '*' : element?.max
  const min = typeof definition.min === 'number' ? definition.min : (element?.min ?? 0)
  const said: Record<string, string> = {
    card: `${min}..${typeof definition.max === 'string' ? definition.max : (max ?? '*')}`,
    type: typesText(node) ?? outer?.type ?? '',
  }
  const { binding, slicing, constraint } = definition
  if (isJsonObject(binding)) said.binding = `${binding.strength} ${plain(String(binding.valueSet))}`
  if (isJsonObject(slicing) && Array.isArray(slicing.discriminator)) {
    said.slicing = `${stringifyJson(slicing.discriminator)} ${slicing.rules ?? 'open'}`
  }
  for (const prefix of ['fixed', 'pattern'] as const) {
    const value = statedValue(definition, prefix)
    if (value !== undefined) said[prefix] = sorted(value)
  }
  const rules = (Array.isArray(constraint) ? constraint : [])
    .filter(isJsonObject)
    .filter(({ key }) => /^(constr|fr-core|mhd|iti|val)-/.test(String(key)))
    .map(({ key, expression }) => `${key} ${expression === undefined ? '' : 'FHIRPath'}`.trim())
  if (rules.length > 0) said.rules = [...new Set(rules)].sort().join(', ')
  return said
}

function sorted(value: unknown): string {
  return JSON.stringify(value, (_, v) =>
    v !== null && typeof v === 'object' && !Array.isArray(v)
      ? Object.fromEntries(Object.entries(v).sort(([a], [b]) => (a < b ? -1 : 1)))
      : v,
  )
}

function typesText(node: ElementNode): string | undefined {
  const stated = typesOf(node.definition)
  const { element } = node
  if (stated.length === 0) return undefined
  const text = stated.map(({ code, profiles, targets, contained }) => {
    const ofBase = (element?.targets ? [...element.targets] : []).map((target) => CORE + target)
    // Any resource, or the definition that every profile is, says nothing.
    const to = targets
      .map(plain)
      .filter((target) => target !== `${CORE}Resource` && target !== `${CORE}StructureDefinition`)
    const same = sorted([...to].sort()) === sorted([...ofBase].sort())
    return [
      code,
      ...profiles.map(plain).sort(),
      ...(same || to.length === 0 ? [] : ['→', ...to.sort()]),
      ...(contained ? ['contained'] : []),
    ].join(' ')
  })
  const base = element?.types.map(({ name }) => name).sort()
  return base && sorted(base) === sorted(text.slice().sort()) ? undefined : text.sort().join(', ')
}

/** `element: what it should be ≠ what ours is`, for every element that either has. */
function differences(theirs: ElementNode, ours: ElementNode | undefined, at: string, out: string[]): void {
  compare(theirs, ours, undefined, undefined, at, out)
}

function compare(
  theirs: ElementNode | undefined,
  ours: ElementNode | undefined,
  theirParent: ElementNode | undefined,
  ourParent: ElementNode | undefined,
  at: string,
  out: string[],
): void {
  const some = theirs ?? ours
  if (!some) return
  const unsaid = { ...some, definition: {}, children: new Map(), slices: new Map() }
  const a = facts(theirs ?? unsaid, theirParent)
  const b = facts(ours ?? unsaid, ourParent)
  for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
    if (a[key] === b[key] || isOfBase(key, a[key], b[key], some)) continue
    out.push(`${at} ${key}: ${a[key] ?? '–'} ≠ ${b[key] ?? '–'}`)
  }
  for (const name of new Set([...(theirs?.children.keys() ?? []), ...(ours?.children.keys() ?? [])])) {
    // What is inside an element that may not be there is nothing; where an extension stands is told by its slice.
    if (b.card?.endsWith('..0') && a.card?.endsWith('..0')) continue
    const [child, own] = [theirs?.children.get(name), ours?.children.get(name)]
    compare(child, own, theirs, ours, at === '' ? name : `${at}.${name}`, out)
    for (const slice of new Set([...(child?.slices.keys() ?? []), ...(own?.slices.keys() ?? [])])) {
      const path = `${at === '' ? name : `${at}.${name}`}:${slice}`
      compare(child?.slices.get(slice), own?.slices.get(slice), theirs, ours, path, out)
    }
  }
}

/** What a snapshot repeats of the base: bindings and rules of R4, extensions sliced by url, values of a fixed url. */
function isOfBase(
  key: string,
  theirs: string | undefined,
  ours: string | undefined,
  node: ElementNode,
): boolean {
  if (key === 'slicing') {
    return ours === undefined && /extension$/i.test(node.name) && theirs?.includes('"url"') === true
  }
  if (key === 'binding') {
    return ours === undefined && theirs !== undefined && / http:\/\/(hl7|terminology\.hl7)\.org/.test(theirs)
  }
  return key === 'type' && ours === '' && theirs !== undefined && isSystemType(theirs, node)
}

/** Ids and urls have system types, nested elements are backbone elements: what they are in the base. */
function isSystemType(text: string, { element }: ElementNode): boolean {
  return (
    text.startsWith('http://hl7.org/fhirpath/') ||
    text === 'BackboneElement' ||
    text === 'Element' ||
    (element?.types.length ?? 0) > 20
  )
}

type Explained = readonly (readonly [profile: RegExp, line: RegExp, reason: string])[]

function unexplained(
  theirs: Trees,
  ours: Trees,
  urls: readonly string[],
  explained: Explained,
): { readonly lines: string[]; readonly unused: string[]; readonly compared: number } {
  const used = new Set<string>()
  const lines: string[] = []
  for (const url of urls) {
    const [their, own] = [theirs.get(url), ours.get(url)]
    if (!their || !own) {
      lines.push(`${url}: ${their ? 'not ours' : 'not published'}`)
      continue
    }
    const found: string[] = []
    differences(their, own, '', found)
    const name = url.slice(url.lastIndexOf('/') + 1)
    for (const line of found) {
      const why = explained.find(([profile, text]) => profile.test(name) && text.test(line))
      if (why) used.add(why[2])
      else lines.push(`${name} ${line}`)
    }
  }
  return {
    lines,
    unused: explained.map(([, , reason]) => reason).filter((reason) => !used.has(reason)),
    compared: urls.length,
  }
}

const ofGuide = (trees: Trees, prefix: string): string[] =>
  [...trees.keys()].filter((url) => url.startsWith(prefix))

const compiledOverMedplum: Explained[number] = [
  /./,
  /(^|\.)meta\.(project|author|onBehalfOf|account|accounts|compartment) |\.response\.outcome type: OperationOutcome/,
  'the reference data were compiled over the definitions of Medplum, where Meta and Bundle have these',
]
const ofItsSlices: Explained[number] = [
  /./,
  /(^|\.)extension card: [12]\.\.\* ≠ 0\.\.\*/,
  'that there are extensions is what its slices demand: said twice, one fault would be two',
]
const reportedByMedplum: Explained[number] = [
  /^IHE/,
  /^source\.observer type: .*medplum/,
  'over the definitions of Medplum, a Bot may report what happened',
]
const ofMhd: Explained = [
  ofItsSlices,
  compiledOverMedplum,
  [/^IHE\.MHD\.Patch/, / slicing: \[\{"type":"type","path":"\$this"\}\]/, 'a choice is sliced by its type'],
]
const repeated: Explained[number] = [
  /^pdsm-submissionset/,
  /^(extension|source\.extension):[A-Za-z]+\.(extension|url|value(:value[A-Za-z]+)?) (card|fixed|slicing|type)/,
  'what the definition of an extension says is repeated where it stands; ours is asked there too',
]
const ofPdsm: Record<PdsmForm, { readonly folder: string; readonly explained: Explained }> = {
  '2026-01': {
    folder: 'pdsm-3.1.1-released',
    explained: [
      ofItsSlices,
      repeated,
      [
        /./,
        /\.resource rules: iti-mhd-repl/,
        'what the profile of a resource says is repeated in the bundle',
      ],
      [
        /^pdsm-find-doc/,
        /^entry:DocumentReference\.fullUrl card: 0\.\.1/,
        'entry.fullUrl is 1..1 all the same',
      ],
    ],
  },
  '2026-06': { folder: 'pdsm-main-2026-06-30', explained: [ofItsSlices, repeated] },
}
const leftOut: Explained = [
  ofItsSlices,
  [/./, /^meta\.profile/, 'the slice of meta.profile names the profile itself and demands nothing'],
  [/./, / binding: (extensible|preferred|example) /, 'bindings that are not required are not checked'],
  [
    /./,
    / binding: required \S+(insee-code|practitioner-specialty|name-use) /,
    'value sets whose codes are not at hand, or of R4',
  ],
  [
    /./,
    /(^|\.)extension:(nationality|deathPlace|birth[dD]ateUpdateIndicator|contactIdentifier|comment|assemblyOrder|emailType|specialty|serviceTypeDuration|shortName|description|usePeriod|openReason|closureReason|member)\b/,
    'extensions that say nothing of who somebody is',
  ],
  [
    /patient/,
    /^(contact\.relationship|generalPractitioner|managingOrganization|communication|link)/,
    'who else there is: not of the record',
  ],
  [/related-person/, /^(relationship|communication)/, 'kinds of relationship are preferred codes'],
  [
    /practitioner|organization/,
    /^(identifier|qualification|type|partOf|contact|location|healthcareService|notAvailable|specialty)/,
    'how the directory writes identifiers, diplomas and places',
  ],
  [
    /./,
    /^extension:birthPlace(\.url|\.extension| type| card: 1)/,
    'the definition of the birth place is of HL7, and not loaded',
  ],
]
const ofFrCore: Record<'2.1.0' | '2.2.0', Explained> = {
  '2.1.0': [
    ...leftOut,
    [/patient/, /^identifier:NSS/, '2.2.0 has two identifiers of social security, of other systems'],
    [/patient/, /^identifier:INS-/, '2.2.0 admits official and old, 2.1.0 official, and temporary for a NIA'],
    [/patient/, /^identifier:PI\.use/, '2.2.0 admits any use'],
    [/patient-ins/, /^extension:identityReliability card/, 'the same'],
    [/patient/, /^gender binding/, 'the codes of 2.2.0'],
  ],
  '2.2.0': [
    ...leftOut,
    [/patient/, /^identifier:NSS/, '2.1.0 has one identifier of social security, of the system of the INS'],
    [
      /patient/,
      /^identifier:(INS-|NDP|PI|RRI)\S* (card|pattern|binding)/,
      '2.1.0 does not demand a use, nor a system',
    ],
    [
      /patient-ins/,
      /^extension:identityReliability\./,
      'what the definition of an extension says is repeated where it stands',
    ],
    [/patient-ins/, /^ rules/, '2.1.0 has fr-core-1 alone; fr-core-3 is a warning'],
    [/patient/, /^gender binding/, 'not of 2.1.0'],
    [/practitioner/, /^name\.prefix card/, 'fr-core-human-name says it'],
  ],
}

t.test('MHD as published, in the form that is built on 4.2.3', async (t) => {
  const theirs = published('mhd-4.2.3')
  if (!theirs) return t.comment('reference data not present')
  const ours = treesOf(loadProfileGuides(folder, '2026-06').structures)
  const metadata = ofGuide(ours, mhd).filter((url) => !url.includes('.Audit.'))
  const { lines, unused, compared } = unexplained(treesOf(theirs), ours, metadata, ofMhd)
  t.same(lines, [])
  t.same(unused, [])
  t.equal(compared, 26)
})

t.test('the patterns of AuditEvent as published: BALP, MHD, TdE', async (t) => {
  const guides = ['balp', 'mhd-4.2.3', 'tde'].map(published)
  if (!guides.every((guide) => guide !== undefined)) return t.comment('reference data not present')
  const ours = treesOf(loadProfileGuides(folder, '2026-01').structures)
  const patterns = [
    ...ofGuide(ours, balp),
    ...ofGuide(ours, mhd).filter((url) => url.includes('.Audit.')),
    ...ofGuide(ours, tde),
  ]
  const theirs = guides.flat().filter(({ url }) => patterns.includes(String(url)))
  const { lines, unused, compared } = unexplained(treesOf(theirs), ours, patterns, [reportedByMedplum])
  t.same(lines, [])
  t.same(unused, [])
  t.equal(compared, 18)
})

for (const form of pdsmForms) {
  t.test(`PDSm as published, form ${form}`, async (t) => {
    const theirs = published(ofPdsm[form].folder)
    if (!theirs) return t.comment('reference data not present')
    const ours = treesOf(loadProfileGuides(folder, form).structures)
    const { lines, unused, compared } = unexplained(
      treesOf(theirs),
      ours,
      ofGuide(ours, pdsm),
      ofPdsm[form].explained,
    )
    t.same(lines, [])
    t.same(unused, [])
    t.equal(compared, 9)
  })
}

for (const version of ['2.1.0', '2.2.0'] as const) {
  t.test(`FR Core as published, ${version}`, async (t) => {
    const theirs = published(`fr-core-${version}`)
    if (!theirs) return t.comment('reference data not present')
    const ours = treesOf(loadProfileGuides(folder, '2026-01').structures)
    const { lines, unused, compared } = unexplained(
      treesOf(theirs),
      ours,
      ofGuide(ours, fr),
      ofFrCore[version],
    )
    t.same(lines, [])
    t.same(unused, [])
    t.equal(compared, 12)
  })
}

const guide = (profiles: ProfileGuide['profiles']): ProfileGuide => ({
  guide: 'Essai',
  version: '1',
  source: 'ce test',
  note: 'aucune',
  urls: { e: 'https://example.org/' },
  profiles,
})

t.test('a guide that says what cannot be stops the start', async (t) => {
  const wrong: readonly (readonly [string, ProfileGuide, RegExp])[] = [
    ['a prefix nobody declared', guide({ 'x:a': { base: 'Patient', elements: {} } }), /no URL for x:a/],
    ['a base of nobody', guide({ 'e:a': { base: 'e:b', elements: {} } }), /its base .*\/b is in no guide/],
    [
      'a circle',
      guide({ 'e:a': { base: 'e:b', elements: {} }, 'e:b': { base: 'e:a', elements: {} } }),
      /is based on itself/,
    ],
  ]
  for (const [name, made, message] of wrong) t.throws(() => expandGuides([made], '2026-01'), message, name)
  const copy = t.testdir({ schemas: {}, 'structure-definitions': {} })
  const checks = readFileSync(join(folder, 'schemas/checks.cjs'))
  writeFileSync(join(copy, 'schemas/checks.cjs'), checks)
  const file = join(copy, 'structure-definitions/essai.json')
  const rows: readonly (readonly [string, unknown])[] = [
    ['a cardinality that is none', { a: '1' }],
    ['a word nobody knows', { a: { card: '1..1', colour: 'blue' } }],
    ['targets of no type', { a: { to: ['Patient'] } }],
    ['a strength that is none', { a: { binding: ['strong', 'e:set'] } }],
    ['no element', { 'a..b': '1..1' }],
  ]
  for (const [name, elements] of rows) {
    writeFileSync(file, JSON.stringify({ ...guide({}), profiles: { 'e:a': { base: 'Patient', elements } } }))
    t.throws(() => readGuides(copy), /essai\.json: /, name)
  }
  writeFileSync(file, JSON.stringify(guide({ 'e:a': { base: 'Patient', elements: { name: '1..*' } } })))
  t.equal(readGuides(copy).length, 1, 'and one that is right is read')
})

t.test('what is compiled: nothing is left unchecked but what has no expression, or no codes', async (t) => {
  for (const form of pdsmForms) {
    const { structures, valueSet } = loadProfileGuides(folder, form)
    const loaded = compileProfiles(structures, { registry, valueSet })
    const told = structures.flatMap(({ url }) => loaded.profile(String(url))?.notChecked ?? [])
    t.ok(told.length > 0)
    t.same(
      told.filter((what) => !/: constr-[A-Za-z-]+ has no expression$/.test(what)),
      [],
      'the rules of PDSm that are text are coded in src/dmp/',
    )
    t.equal(loaded.urls.length, 70)
  }
})
