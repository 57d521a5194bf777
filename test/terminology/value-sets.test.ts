/** What value sets expand to: facts of R4, and theorems over generated ones. */
import { readFileSync } from 'node:fs'
import t from 'tap'
import { assetPath } from '../../src/asset-path.ts'
import { FhirError } from '../../src/fhir/fhir-error.ts'
import { isJsonObject, type JsonObject } from '../../src/fhir/json.ts'
import { sourceOf } from '../../src/terminology/code-source.ts'
import { Effort } from '../../src/terminology/effort.ts'
import { expandSelection } from '../../src/terminology/expand.ts'
import { ancestors, codesOf, descendants } from '../../src/terminology/search-codes.ts'
import { compileValueSet, type Selection } from '../../src/terminology/selection.ts'
import { validate } from '../../src/validation/validate.ts'
import fc from '../support/draws.ts'
import { testRegistry } from '../support/registry.ts'
import { ask, codes, expansionOf, refusalOf } from '../support/terminology.ts'

const V3 = 'http://terminology.hl7.org/CodeSystem/'
const expand = (url: string, ...query: [string, string][]): JsonObject =>
  ask('ValueSet/$expand', { query: [['url', url], ...query] })
const codesIn = (url: string, ...query: [string, string][]) =>
  expansionOf(expand(url, ...query)).contains.map(({ code }) => code)

/** Of every value set that the build took from R4. */
const published: readonly string[] = (() => {
  const file = readFileSync(assetPath('terminology.bin'))
  const index = JSON.parse(file.subarray(4, 4 + file.readUInt32BE()).toString('utf8'))
  return index.entries.filter((e: string[]) => e[0] === 'ValueSet').map((e: string[]) => e[1])
})()

function selectionOf(resource: JsonObject, source = codes): Selection {
  return compileValueSet(resource, { source, effort: new Effort(50_000_000), used: new Set() })
}

t.test('value sets of R4 have the codes that the specification prints', async (t) => {
  const base = 'http://hl7.org/fhir/ValueSet/'
  t.same(codesIn(`${base}administrative-gender`), ['male', 'female', 'other', 'unknown'])
  t.same(codesIn(`${base}administrative-gender|4.0.1`), ['male', 'female', 'other', 'unknown'])
  t.same(codesIn(`${base}observation-status`), [
    ...[
      'registered',
      'preliminary',
      'final',
      'amended',
      'corrected',
      'cancelled',
      'entered-in-error',
      'unknown',
    ],
  ])
  const languages = expansionOf(expand(`${base}languages`))
  t.equal(languages.total, 56)
  t.match(
    languages.contains.find(({ code }) => code === 'fr'),
    { system: 'urn:ietf:bcp:47', display: 'French' },
    'listed codes of a system that is a grammar',
  )
  t.match(codesIn(`${base}task-code`), ['approve', 'fulfill'], 'a slip of the publication, corrected')
  t.same(codesIn(`${base}yesnodontknow`), ['N', 'Y', 'asked-unknown'], 'an import and a code')
})

t.test('filters by hierarchy, and exclusions', async (t) => {
  const encounters = codesIn(`http://terminology.hl7.org/ValueSet/v3-ActEncounterCode`)
  t.same(encounters.slice().sort(), [
    'ACUTE',
    'AMB',
    'EMER',
    'FLD',
    'HH',
    'IMP',
    'NONAC',
    'OBSENC',
    'PRENC',
    'SS',
    'VR',
  ])
  t.notOk(encounters.includes('_ActEncounterCode'), 'the group itself is excluded')
  const moods = expansionOf(expand('http://hl7.org/fhir/ValueSet/inactive')).contains
  t.match(
    moods
      .filter(({ code }) => /^(GOL\.)?CRT$/.test(String(code)))
      .map(({ code, inactive }) => [code, inactive === true]),
    [
      ['CRT', false],
      ['GOL.CRT', true],
    ],
    'retired is inactive, deprecated is not',
  )
  const relations = codesIn('http://hl7.org/fhir/ValueSet/patient-contactrelationship')
  t.ok(relations.includes('C') && !relations.includes('O'), 'is-not-a')
  t.same([...descendants(codes, `${V3}v3-ActCode`, 'IMP')].sort(), ['ACUTE', 'IMP', 'NONAC'])
  t.same(
    [...ancestors(codes, `${V3}v3-ActCode`, 'ACUTE')],
    ['ACUTE', 'IMP', '_ActEncounterCode', '_ActCareProvisionCode'],
  )
  t.ok(descendants(codes, `${V3}v3-orderableDrugForm`, 'SOL').includes('DROP'), 'by the property child')
  t.equal(codesOf(codes, 'http://hl7.org/fhir/ValueSet/administrative-gender').length, 4)
  t.match(
    refusalOf(() => codesOf(codes, 'http://hl7.org/fhir/ValueSet/mimetypes')),
    /systeme-inconnu urn:ietf:bcp:13/,
  )
  t.match(
    refusalOf(() => descendants(codes, 'http://loinc.org', 'x')),
    /^404 not-found systeme-inconnu/,
  )
})

t.test('our tables are value sets and code systems', async (t) => {
  const J66 = 'https://mos.esante.gouv.fr/NOS/JDV_J66-TypeCode-DMP/FHIR/JDV-J66-TypeCode-DMP'
  const G15 = 'https://mos.esante.gouv.fr/NOS/TRE_G15-ProfessionSante/FHIR/TRE-G15-ProfessionSante'
  t.equal(expansionOf(expand(J66)).total, 103)
  const doctor = ask('CodeSystem/$lookup', {
    query: [
      ['system', G15],
      ['code', '10'],
    ],
  })
  t.match(doctor.parameter, [{ name: 'name', valueString: 'TRE_G15' }, {}, { valueString: 'Médecin' }])
  const A05 =
    'https://mos.esante.gouv.fr/NOS/TRE_A05-TypeDocComplementaire/FHIR/TRE-A05-TypeDocComplementaire'
  const query: [string, string][] = [
    ['url', A05],
    ['code', 'no-such'],
  ]
  t.match(
    refusalOf(() => ask('CodeSystem/$validate-code', { query })),
    /422 not-found systeme-inconnu/,
    'a fragment does not say no',
  )
  const registry = testRegistry()
  for (const url of [J66, G15, A05]) {
    const resource = codes.valueSet(url) ?? codes.codeSystem(url)?.resource ?? {}
    t.same(validate(resource, registry), [], `${url} is a valid resource`)
  }
})

t.test('what is not known wholly is refused, not half answered', async (t) => {
  const cases: [string, RegExp][] = [
    ['http://hl7.org/fhir/ValueSet/no-such', /^404 not-found jeu-inconnu/],
    ['http://hl7.org/fhir/ValueSet/administrative-gender|9', /^404 not-found jeu-inconnu/],
    ['http://hl7.org/fhir/ValueSet/doc-typecodes', /^422 not-found systeme-inconnu http:\/\/loinc.org/],
    ['http://hl7.org/fhir/ValueSet/service-type', /^422 not-found systeme-inconnu .*service-type/],
    ['http://hl7.org/fhir/ValueSet/media-modality', /^404 not-found jeu-inconnu .*dicom-cid29/],
  ]
  for (const [url, refusal] of cases)
    t.match(
      refusalOf(() => expand(url)),
      refusal,
      url,
    )
  const about = (code: string): (() => JsonObject) => {
    const system = `${V3}service-type`
    const url = 'http://hl7.org/fhir/ValueSet/service-type'
    return () =>
      ask('ValueSet/$validate-code', {
        query: [
          ['url', url],
          ['system', system],
          ['code', code],
        ],
      })
  }
  t.match(about('124')().parameter, [{ valueBoolean: true }], 'of an example what is there is there')
  t.match(refusalOf(about('no-such')), /systeme-inconnu/, 'and what is not may be')
})

t.test('an expansion is a valid ValueSet and says what it was made with', async (t) => {
  const registry = testRegistry()
  const url = 'http://terminology.hl7.org/ValueSet/v3-ActEncounterCode'
  for (const query of [
    [
      ['filter', 'in'],
      ['count', '2'],
      ['offset', '1'],
    ],
    [
      ['includeDesignations', 'true'],
      ['includeDefinition', 'true'],
      ['excludeNested', 'false'],
    ],
    [['count', '0']],
  ] satisfies [string, string][][]) {
    t.same(validate(expand(url, ...query), registry), [], JSON.stringify(query))
  }
  const page = expand(url, ['filter', 'in'], ['count', '2'], ['offset', '1']).expansion
  t.match(page, {
    identifier: 'urn:uuid:1',
    timestamp: '2026-11-22T00:00:00.000Z',
    offset: 1,
    parameter: [
      { name: 'filter', valueString: 'in' },
      { name: 'offset', valueInteger: 1 },
      { name: 'count', valueInteger: 2 },
      { name: 'version', valueUri: `${V3}v3-ActCode|2018-08-12` },
    ],
  })
  const nested = expansionOf(expand(url, ['excludeNested', 'false']))
  t.equal(nested.total, 11)
  t.same(
    nested.contains.find(({ code }) => code === 'IMP')?.contains,
    [{ code: 'ACUTE' }, { code: 'NONAC' }].map(
      (c) => t.match(c, {}) && nestedEntry(nested.contains, String(c.code)),
    ),
    'inpatient has its two kinds below it',
  )
  t.notOk('compose' in expand(url) || !('compose' in expand(url, ['includeDefinition', 'true'])))
  const sex = 'http://terminology.hl7.org/ValueSet/v2-0001'
  const german = expansionOf(expand(sex, ['displayLanguage', 'de-AT'])).contains
  t.match(
    german.find(({ code }) => code === 'F'),
    { display: 'weiblich' },
  )
  const [dutch] = expansionOf(expand(sex, ['designation', 'urn:ietf:bcp:47|nl'])).contains
  t.match(dutch, { designation: [{ language: 'nl' }] })
  t.equal(Array.isArray(dutch?.designation) && dutch.designation.length, 1, 'only the language asked for')
})

function nestedEntry(contains: readonly JsonObject[], code: string): JsonObject | undefined {
  const below = contains.flatMap((entry) =>
    Array.isArray(entry.contains) ? entry.contains.filter(isJsonObject) : [],
  )
  return below.find((entry) => entry.code === code)
}

t.test('activeOnly, abstract and inactive', async (t) => {
  const url = 'http://terminology.hl7.org/ValueSet/v3-ActMood'
  const all = expansionOf(expand(url)).contains
  const active = codesIn(url, ['activeOnly', 'true'])
  const inactive = all.filter((c) => c.inactive === true).map(({ code }) => code)
  t.ok(inactive.length > 0 && inactive.every((code) => !active.includes(code)))
  t.equal(active.length + inactive.length, all.length)
  const abstract = all.filter((c) => c.abstract === true).map(({ code }) => code)
  t.ok(abstract.length > 0)
  t.same(codesIn(url, ['excludeNotForUI', 'true']).length, all.length - abstract.length)
})

t.test('pages-concatenate-to-the-whole, and a filter is a subset', async (t) => {
  let pages = 0
  let filtered = 0
  const big = published.filter((url) =>
    /v3-(Race|ActCode|RoleCode)$|v2-0003$|spdx-license$|all-types$/.test(url),
  )
  t.ok(big.length >= 5, String(big))
  fc.assert(
    fc.property(
      fc.constantFrom(...big),
      fc.integer({ min: 1, max: 400 }),
      fc.oneof(fc.constantFrom('', 'a', 'pr', 'de', 'co', 'e', 'n in'), fc.string({ maxLength: 2 })),
      (url, count, filter) => {
        const query: [string, string][] = filter.trim() ? [['filter', filter]] : []
        const whole = expansionOf(expand(url, ...query))
        const all = expansionOf(expand(url))
        const joined: JsonObject[] = []
        for (let offset = 0; offset < Number(whole.total); offset += count) {
          const page = expansionOf(
            expand(url, ...query, ['offset', String(offset)], ['count', String(count)]),
          )
          if (page.total !== whole.total || page.contains.length > count) return false
          joined.push(...page.contains)
          pages++
        }
        if (whole.contains.length < all.contains.length && whole.contains.length > 0) filtered++
        const keys = new Set(all.contains.map(({ code }) => code))
        return (
          JSON.stringify(joined) === JSON.stringify(whole.contains) &&
          whole.contains.every(({ code }) => keys.has(code))
        )
      },
    ),
    { numRuns: 25 },
  )
  t.ok(pages > 50 && filtered > 3, `not vacuous: ${pages} pages, ${filtered} filtered`)
  const race = codesIn('http://terminology.hl7.org/ValueSet/v3-Race', ['filter', 'fort sil'])
  t.same(race, ['1012-4'], 'each word begins a word')
  t.same(codesIn('http://terminology.hl7.org/ValueSet/v3-Race', ['filter', '*']), [], 'no word is no match')
})

t.test('expand-and-validate-agree on what R4 publishes', async (t) => {
  let members = 0
  let strangers = 0
  fc.assert(
    fc.property(fc.constantFrom(...published), (url) => {
      const selection = selectionOf(codes.valueSet(url) ?? {})
      const expanded = orRefusal(() => expandSelection(selection, {}, new Effort(50_000_000)).members)
      if (expanded instanceof FhirError) return true
      const inside = new Set(expanded.map(({ system, code }) => `${system}\n${code}`))
      const systems = [...new Set(expanded.map(({ system }) => system))]
      return (
        expanded.every(({ system, code }) => {
          members++
          const found = selection.find(system, code)
          return found !== undefined && !(found instanceof FhirError) && found.code === code
        }) &&
        systems.every((system) =>
          (codes.codeSystem(system)?.concepts ?? []).every(({ code }) => {
            if (inside.has(`${system}\n${code}`)) return true
            strangers++
            return selection.find(system, code) === undefined
          }),
        )
      )
    }),
    { numRuns: 250 },
  )
  t.ok(members > 1000 && strangers > 500, `not vacuous: ${members} members, ${strangers} strangers`)
})

function orRefusal<T>(run: () => T): T | FhirError {
  try {
    return run()
  } catch (error) {
    if (error instanceof FhirError) return error
    throw error
  }
}

// Generated terminologies, against the definition of each operator written down once more, naively -------------------

type Gen = { parents: number[][]; colours: (string | undefined)[] }
const SIZE = 7
const SYSTEM = 'urn:s'
const codeAt = (i: number): string => `c${i}`

/** Parents have smaller numbers, but for a loop now and then. */
const generated: fc.Arbitrary<Gen> = fc.record({
  parents: fc.tuple(
    ...Array.from({ length: SIZE }, (_, i) =>
      fc.uniqueArray(i === 0 ? fc.constant(0) : fc.nat(Math.min(SIZE - 1, i)), { maxLength: 2 }),
    ),
  ),
  colours: fc.array(fc.constantFrom('red', 'green', undefined), { minLength: SIZE, maxLength: SIZE }),
})

function systemResource({ parents, colours }: Gen): JsonObject {
  return {
    resourceType: 'CodeSystem',
    url: SYSTEM,
    content: 'complete',
    property: [{ code: 'colour', type: 'code' }],
    concept: parents.map((above, i) => ({
      code: codeAt(i),
      property: [
        ...above.map((p) => ({ code: 'parent', valueCode: codeAt(p) })),
        ...(colours[i] === undefined ? [] : [{ code: 'colour', valueCode: colours[i] ?? '' }]),
      ],
    })),
  }
}

type GenSet = {
  concept?: number[]
  filter?: { property: string; op: string; value: string }
  valueSet?: number[]
}
type GenValueSet = { include: GenSet[]; exclude: GenSet[] }

const filter = fc.oneof(
  fc.record({
    property: fc.constant('concept'),
    op: fc.constantFrom('is-a', 'descendent-of', 'is-not-a', 'generalizes'),
    value: fc.nat(SIZE - 1).map(codeAt),
  }),
  fc.record({
    property: fc.constant('colour'),
    op: fc.constantFrom('=', 'in', 'not-in', 'regex'),
    value: fc.constantFrom('red', 'green'),
  }),
  fc.record({
    property: fc.constant('colour'),
    op: fc.constant('exists'),
    value: fc.constantFrom('true', 'false'),
  }),
)
const genSet = (below: number): fc.Arbitrary<GenSet> => {
  const listed = fc.record({
    concept: fc.uniqueArray(fc.nat(SIZE - 1), { minLength: 1, maxLength: 4 }),
  })
  if (below === 0) return fc.oneof<fc.Arbitrary<GenSet>[]>(listed, fc.record({ filter }))
  const valueSet = fc.uniqueArray(fc.nat(below - 1), { minLength: 1, maxLength: 2 })
  return fc.oneof<fc.Arbitrary<GenSet>[]>(
    listed,
    fc.record({ filter }),
    fc.record({ filter, valueSet }),
    fc.record({ valueSet }),
  )
}
const genValueSets: fc.Arbitrary<GenValueSet[]> = fc.tuple(
  ...[0, 1, 2, 3].map((i) =>
    fc.record({
      include: fc.array(genSet(i), { minLength: 1, maxLength: 3 }),
      exclude: fc.array(genSet(i), { maxLength: 1 }),
    }),
  ),
)

const setResource = (set: GenSet): JsonObject => ({
  ...(set.concept || set.filter ? { system: SYSTEM } : {}),
  ...(set.concept ? { concept: set.concept.map((i) => ({ code: codeAt(i) })) } : {}),
  ...(set.filter ? { filter: [set.filter] } : {}),
  ...(set.valueSet && set.valueSet.length > 0 ? { valueSet: set.valueSet.map((i) => `urn:v${i}`) } : {}),
})

function meets(gen: Gen, i: number, set: GenSet, all: readonly GenValueSet[]): boolean {
  const isA = (a: number, b: number, seen: readonly number[] = []): boolean =>
    a === b || (!seen.includes(a) && (gen.parents[a] ?? []).some((p) => isA(p, b, [...seen, a])))
  const { concept, filter: by, valueSet } = set
  if (concept && !concept.includes(i)) return false
  if (by) {
    const value = Number(by.value.slice(1))
    const colour = gen.colours[i]
    const holds: Record<string, boolean> = {
      'is-a': isA(i, value),
      'descendent-of': i !== value && isA(i, value),
      'is-not-a': !isA(i, value),
      generalizes: isA(value, i),
      '=': colour === by.value,
      in: colour === by.value,
      regex: colour === by.value,
      'not-in': colour !== by.value,
      exists: (colour !== undefined) === (by.value === 'true'),
    }
    if (!holds[by.op]) return false
  }
  return (valueSet ?? []).every((v) => isMember(gen, i, v, all))
}

function isMember(gen: Gen, i: number, v: number, all: readonly GenValueSet[]): boolean {
  const set = all[v]
  if (!set) return false
  return set.include.some((s) => meets(gen, i, s, all)) && !set.exclude.some((s) => meets(gen, i, s, all))
}

t.test('generated value sets have the codes that their definition says', async (t) => {
  let inside = 0
  let outside = 0
  fc.assert(
    fc.property(generated, genValueSets, (gen, sets) => {
      const source = sourceOf([
        systemResource(gen),
        ...sets.map((set, v) => ({
          resourceType: 'ValueSet',
          url: `urn:v${v}`,
          compose: { include: set.include.map(setResource), exclude: set.exclude.map(setResource) },
        })),
      ])
      return sets.every((_, v) => {
        const selection = selectionOf(source.valueSet(`urn:v${v}`) ?? {}, source)
        const expanded = [...selection.members()].map(({ code }) => code)
        return (
          new Set(expanded).size === expanded.length &&
          Array.from({ length: SIZE }, (_, i) => i).every((i) => {
            const expected = isMember(gen, i, v, sets)
            if (expected) inside++
            else outside++
            return (
              expanded.includes(codeAt(i)) === expected &&
              (selection.find(SYSTEM, codeAt(i)) !== undefined) === expected
            )
          })
        )
      })
    }),
    { numRuns: 400 },
  )
  t.ok(inside > 1000 && outside > 1000, `not vacuous: ${inside} in, ${outside} out`)
})
