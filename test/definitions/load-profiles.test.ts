import { cpSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { loadProfiles } from '../../src/definitions/load-profiles.ts'
import { loadStructureDefinitions } from '../../src/definitions/load-structure-definitions.ts'
import { profiles, profilesFolder } from '../support/profiles.ts'
import { sharedData } from '../support/shared-data.ts'

const withoutTables = sharedData('terminology') ? false : '../shared/data is absent'

type SharedConcept = { code: string; display: string; system: string; classCode?: string }
type SharedTable = { oid?: string; concepts: SharedConcept[] }

function shared<T>(name: string): T | undefined {
  const path = sharedData(`terminology/${name}.json`)
  return path === undefined ? undefined : JSON.parse(readFileSync(path, 'utf8'))
}

t.test('every table loads, and says where it comes from', async (t) => {
  const { habilitation, functionalRights, ...tables } = profiles
  for (const table of [...Object.values(tables), ...habilitation, ...functionalRights]) {
    t.ok(table.source.length > 10, `${table.name}: source`)
    t.ok(table.version, `${table.name}: version`)
  }
  t.equal(profiles.documentTypes.status, 'derived')
  t.equal(profiles.practiceSettings.status, 'stand-in', 'JDV_J62 is not known')
})

t.test('a broken file stops the load', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'profiles-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  cpSync(profilesFolder, folder, { recursive: true })
  t.ok(loadProfiles(folder), 'the copy loads')
  const breaks: [file: string, edit: (text: string) => string, message: RegExp][] = [
    [
      'terminology/visibility.json',
      (s) => s.replace('"name"', '"surprise": 1, "name"'),
      /additional propert/,
    ],
    ['terminology/visibility.json', (s) => s.replace('"source"', '"sauce"'), /visibility\.json/],
    ['terminology/formats.json', (s) => s.replace('["A11", ', '["A99", '), /A99 is not declared/],
    ['terminology/document-types.json', (s) => s.replace('["L", "11490-0",', '["L", 11490,'), /string/],
    [
      'habilitation/2023-10-26.json',
      (s) => s.replace('"value": "deny"', '"value": "maybe"'),
      /allowed values/,
    ],
    ['habilitation/2023-10-26.json', (s) => s.replace('"2023-10-26"', '"2023-10-27"'), /validFrom/],
    [
      'functional-rights/2022-01-01.json',
      (s) => s.replace('"F7": "yes"', '"F7": "perhaps"'),
      /functional-rights/,
    ],
    ['functional-rights/2022-01-01.json', (s) => s.replace('"F7": "yes", ', ''), /functional-rights/],
  ]
  for (const [file, edit, message] of breaks) {
    const path = join(folder, file)
    const text = readFileSync(path, 'utf8')
    t.not(edit(text), text, 'the break is one')
    writeFileSync(path, edit(text))
    t.throws(() => loadProfiles(folder), { message }, `${file} ${message}`)
    writeFileSync(path, text)
  }
  renameSync(join(folder, 'habilitation/2023-10-26.json'), join(folder, 'habilitation/2023-10-26.off'))
  t.throws(() => loadProfiles(folder), { message: /no table/ })
})

t.test('the code tables are those of the sources', { skip: withoutTables }, async (t) => {
  const pairs = [
    [profiles.documentClasses, 'classCode_JDV_J57_DMP'],
    [profiles.confidentiality, 'confidentialityCode_JDV_J58_DMP'],
    [profiles.visibility, 'visibility_TRE_A07'],
    [profiles.facilityTypes, 'healthcareFacilityTypeCode_JDV_J61_DMP'],
    [profiles.practiceSettings, 'practiceSettingCode_JDV_J04_CISIS'],
    [profiles.contentTypes, 'contentTypeCode_JDV_J59_DMP'],
    [profiles.formats, 'formatCode_JDV_J60_DMP'],
    [profiles.professions, 'profession_TRE_G15'],
    [profiles.accessModes, 'accessMode_JDV_J38_CISIS'],
    [profiles.documentTypes, 'typeCode_JDV_J66_DMP_as_of_2024-02'],
  ] as const
  for (const [table, name] of pairs) {
    const source = shared<SharedTable>(name)
    if (!source) return t.fail(`${name} is absent`)
    // One source writes an alias after the system of DICOM.
    const theirs = source.concepts.map((c) => [c.system.split(' ')[0], c.code, c.display.trim()].join('|'))
    const ours = table.concepts.map((c) => [table.systems[c[0]], c[1], c[2]].join('|'))
    t.same(new Set(ours), new Set(theirs), name)
    t.equal(ours.length, theirs.length, `${name}: nothing twice`)
    t.equal(table.oid, source.oid, `${name}: OID`)
  }
})

t.test('the maps are those of the sources', { skip: withoutTables }, async (t) => {
  type Row = { source: string; target: string; targetSystem: string; whenBodyMediaType?: string }
  const classes = shared<{ map: Row[] }>('map_typeCode_to_classCode_ASS_X16_DMP')
  const templates = shared<{ map: Row[] }>('map_cdaTemplateId_to_formatCode_ASS_A11')
  const mediaTypes = shared<{ map: Row[] }>('map_cdaMediaType_to_formatCode_ASS_A12')
  if (!classes || !templates || !mediaTypes) return t.fail('a map is absent')
  const written = (rows: readonly Row[]) =>
    rows.map((r) => `${r.source} ${r.targetSystem} ${r.target}`).sort()
  const ours = ({ map, systems }: typeof profiles.templateFormats) =>
    map.map(([source, key, code]) => `${source} ${systems[key]} ${code}`).sort()
  t.same(
    profiles.documentTypes.concepts.map(([, code, , c]) => `${code} ${c}`).sort(),
    classes.map.map((r) => `${r.source} ${r.target}`).sort(),
  )
  t.same(ours(profiles.templateFormats), written(templates.map.filter((r) => !r.whenBodyMediaType)))
  t.same(ours(profiles.mediaTypeFormats), written(mediaTypes.map))
  const unstructured = templates.map.filter((r) => r.whenBodyMediaType)
  t.same(
    unstructured.map((r) => `${r.whenBodyMediaType} ${r.target}`).sort(),
    profiles.mediaTypeFormats.map.map(([type, , code]) => `${type} ${code}`).sort(),
    'ASS_A11 says the same of the unstructured template as ASS_A12',
  )
})

t.test(
  'profiles of types: by name, or none where there is no folder; another file stops the start',
  async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'structures-'))
    t.teardown(() => rmSync(folder, { recursive: true }))
    t.same(loadStructureDefinitions(join(folder, 'nothing')), [])
    const profile = { resourceType: 'StructureDefinition', derivation: 'constraint', kind: 'resource' }
    for (const name of ['b', 'a'])
      writeFileSync(join(folder, `${name}.json`), JSON.stringify({ ...profile, url: `urn:${name}` }))
    t.same(
      loadStructureDefinitions(folder).map(({ url }) => url),
      ['urn:a', 'urn:b'],
    )
    writeFileSync(
      join(folder, 'c.json'),
      JSON.stringify({ ...profile, derivation: 'specialization', url: 'urn:c' }),
    )
    t.throws(() => loadStructureDefinitions(folder), /c\.json: no StructureDefinition of a profile/)
  },
)
