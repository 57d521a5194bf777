import type { Patient } from '@medplum/fhirtypes'
import t from 'tap'
import {
  checkQualifiedIdentity,
  compareTraits,
  foldName,
  identityExtensions,
  identityTraits,
} from '../../src/dmp/identity/identity-traits.ts'
import { insKind, isMatricule, matriculeKey, parseIns, readIns } from '../../src/dmp/identity/ins.ts'
import {
  isEmployeeId,
  isPractitionerId,
  isRpps,
  isStructureId,
  structureIdKind,
} from '../../src/dmp/identity/national-identifiers.ts'
import fc from '../support/draws.ts'

const nir = 'urn:oid:1.2.250.1.213.1.4.8'
const testNir = 'urn:oid:1.2.250.1.213.1.4.10'
/** ANS test identities. */
const valid = ['279035121518989', '277076322082910', '124018852493334']
/** Matricules of published examples whose key is wrong. */
const wrongKeys = [
  '123456789012345',
  '221042545611404',
  '223042545611404',
  '222127505611201',
  '224027511583555',
  '209053105611201',
  '276059205062865',
]

const digits = (n: number) => fc.stringMatching(new RegExp(`^\\d{${n}}$`))
const matricule = fc
  .record({
    sex: fc.constantFrom('1', '2'),
    year: digits(2),
    month: fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 20, max: 99 })),
    department: fc.oneof(digits(2), fc.constantFrom('2A', '2B')),
    rest: digits(6),
  })
  .map((p) => `${p.sex}${p.year}${String(p.month).padStart(2, '0')}${p.department}${p.rest}`)
  .map((first13) => first13 + matriculeKey(first13))

t.test('INS: published identities', async (t) => {
  for (const value of valid) t.ok(isMatricule(value), value)
  for (const value of wrongKeys) t.notOk(isMatricule(value), value)
  // Corsica, worked by hand: 2A counts as 19 and 2B as 18; 1850519033048 mod 97 = 60, 1850518033048 mod 97 = 33.
  t.equal(matriculeKey('185052A033048'), '37')
  t.equal(matriculeKey('185052B033048'), '64')
  t.ok(isMatricule('185052A03304837'))
  t.ok(isMatricule('185052B03304864'))
  t.notOk(isMatricule('185052A03304864'))
  t.notOk(isMatricule('185052a03304837'), 'lower case')
  for (const text of [
    '',
    '27903512151898',
    '2790351215189890',
    '279035121518989 ',
    '27903512151898A',
    '285052C03304800',
  ]) {
    t.notOk(isMatricule(text), `form: ${text.length} characters`)
  }
  t.notOk(isMatricule('279135121518900'), 'month 13')
  t.notOk(isMatricule(`779035121518${'9'}${'00'}`), 'a NIR begins with 1 or 2')
})

t.test('INS: changing one digit of a valid matricule is noticed', async (t) => {
  let changed = 0
  fc.assert(
    fc.property(matricule, fc.nat(14), digits(1), (value, at, digit) => {
      if (!isMatricule(value)) return false
      if (value[at] === digit) return true
      changed++
      return !isMatricule(value.slice(0, at) + digit + value.slice(at + 1))
    }),
    { numRuns: 2000 },
  )
  t.ok(changed > 1000, `not vacuous: ${changed}`)
})

t.test('INS: systems, and issues that keep the matricule to themselves', async (t) => {
  const value = '279035121518989'
  t.equal(insKind(nir), 'NIR')
  t.equal(insKind('1.2.250.1.213.1.4.9'), 'NIA')
  t.equal(insKind('urn:oid:1.2.250.1.213.1.4.2'), undefined, 'INS-C is retired')
  t.same(parseIns('1.2.250.1.213.1.4.8', value, false), { system: nir, value })
  t.equal(parseIns(testNir, value, false), undefined)
  t.same(parseIns(testNir, value, true), { system: testNir, value })
  for (const [system, text, allowTest, error] of [
    [nir, '123456789012345', false, 'ins-cle'],
    [testNir, value, false, 'ins-systeme'],
    ['urn:oid:1.2.3', value, true, 'ins-systeme'],
    [nir, '', true, 'ins-cle'],
  ] as const) {
    const read = readIns({ system, value: text }, allowTest, 'Patient.identifier[0]')
    if (!('issue' in read)) return t.fail(`${error} expected`)
    t.equal(read.issue.error, error)
    t.match(read.issue.expression, /^Patient\.identifier\[0\]\./)
    t.notOk(text !== '' && JSON.stringify(read.issue).includes(text), 'no matricule in the issue')
  }
  t.match(readIns({ system: nir, value }, false, 'x'), { ins: { system: nir, value } })
})

t.test('national identifiers of professionals and structures', async (t) => {
  for (const id of ['899700000005', '899700218896', '801234567897', '810002422979'])
    t.ok(isPractitionerId(id), id)
  for (const id of ['801234534765', '899700000006', '99700000005', '8997000000050', '999700000005', '']) {
    t.notOk(isPractitionerId(id), id)
  }
  let changed = 0
  fc.assert(
    fc.property(digits(10), fc.nat(10), digits(1), (ten, at, digit) => {
      const rpps = [...'0123456789'].map((key) => ten + key).find(isRpps)
      if (rpps === undefined) return false
      if (rpps[at] === digit) return true
      changed++
      return !isRpps(rpps.slice(0, at) + digit + rpps.slice(at + 1))
    }),
  )
  t.ok(changed > 50)
  t.equal(structureIdKind('1750000001'), 'FINESS')
  t.equal(structureIdKind('12A0000012'), 'FINESS')
  t.equal(structureIdKind('318003502400041'), 'SIRET')
  t.equal(structureIdKind('4997000000051'), undefined, 'RPPS and rank have 13 or 14 digits after the 4')
  t.equal(structureIdKind('49970000000501'), 'RPPS-rang')
  for (const id of ['', '750000001', '1 750000001', '175000000', '9750000001', "1'--"])
    t.notOk(isStructureId(id), id)
  t.ok(isEmployeeId('3750100125/9762'))
  for (const id of ['3750100125', '3750100125/', '8997000000005/1', `3750100125/${'x'.repeat(41)}`])
    t.notOk(isEmployeeId(id), id)
})

const patient = (): Patient => ({
  resourceType: 'Patient',
  identifier: [
    { use: 'official', system: nir, value: '279035121518989' },
    { use: 'old', system: 'urn:oid:1.2.250.1.213.1.4.9', value: '277076322082910' },
    { system: 'urn:oid:1.2.3.4', value: 'IPP-1' },
  ],
  name: [
    { use: 'usual', family: 'Autre' },
    {
      use: 'official',
      family: 'PAT-TROIS',
      given: ['DOMINIQUE'],
      extension: [{ url: identityExtensions.birthGivenNames, valueString: 'DOMINIQUE MARIE-LOUISE' }],
    },
  ],
  gender: 'female',
  birthDate: '1979-03-28',
  extension: [
    {
      url: identityExtensions.birthPlace,
      valueAddress: { extension: [{ url: identityExtensions.inseeCode, valueCoding: { code: '51215' } }] },
    },
    {
      url: identityExtensions.reliability,
      extension: [{ url: 'identityStatus', valueCoding: { code: 'VALI' } }],
    },
  ],
})

t.test('qualified identity: complete, and each thing it may lack', async (t) => {
  t.same(checkQualifiedIdentity(patient(), false), [])
  t.same(identityTraits(patient()), {
    ins: [{ system: nir, value: '279035121518989' }],
    formerIns: [{ system: 'urn:oid:1.2.250.1.213.1.4.9', value: '277076322082910' }],
    family: 'PAT-TROIS',
    birthGivenNames: 'DOMINIQUE MARIE-LOUISE',
    firstGiven: 'DOMINIQUE',
    gender: 'female',
    birthDate: '1979-03-28',
    birthPlace: '51215',
    reliability: 'VALI',
  })
  const lacks: readonly (readonly [string, (p: Patient) => void, expected: string])[] = [
    ['no INS', (p) => p.identifier?.splice(0, 1), 'identifier (INS)'],
    ['two INS', (p) => p.identifier?.push({ system: nir, value: '124018852493334' }), 'identifier (INS)'],
    ['no official name', (p) => p.name?.splice(1, 1), 'name[official].family'],
    ['blank name', (p) => Object.assign(p.name?.[1] ?? {}, { family: ' ' }), 'name[official].family'],
    ['no first given name', (p) => delete p.name?.[1]?.given, 'name[official].given'],
    ['no list of given names', (p) => delete p.name?.[1]?.extension, 'birth-list-given-name'],
    ['sex unknown', (p) => Object.assign(p, { gender: 'unknown' }), 'gender'],
    ['year of birth alone', (p) => Object.assign(p, { birthDate: '1979' }), 'birthDate'],
    ['no such day', (p) => Object.assign(p, { birthDate: '1979-02-30' }), 'birthDate'],
    ['no place', (p) => p.extension?.shift(), 'patient-birthPlace (COG)'],
    ['not validated', (p) => p.extension?.pop(), 'identityReliability VALI'],
    [
      'provisional',
      (p) =>
        Object.assign(p.extension?.at(-1) ?? {}, {
          extension: [{ url: 'identityStatus', valueCoding: { code: 'PROV' } }],
        }),
      'identityReliability VALI',
    ],
  ]
  for (const [name, remove, missing] of lacks) {
    const broken = patient()
    remove(broken)
    const issues = checkQualifiedIdentity(broken, false)
    t.ok(
      issues.some(
        (issue) =>
          issue.error === 'ins-non-qualifiee' && JSON.stringify(issue.params) === JSON.stringify({ missing }),
      ),
      name,
    )
    t.notMatch(JSON.stringify(issues), /PAT-TROIS|DOMINIQUE|1979|2790351/, `${name}: nothing personal`)
  }
  const wrongKey = patient()
  Object.assign(wrongKey.identifier?.[0] ?? {}, { value: '123456789012345' })
  t.match(checkQualifiedIdentity(wrongKey, false), [
    { error: 'ins-cle', expression: 'Patient.identifier[0].value' },
  ])
  const test = patient()
  Object.assign(test.identifier?.[0] ?? {}, { system: testNir })
  t.match(checkQualifiedIdentity(test, false), [{ error: 'ins-systeme' }])
  t.same(checkQualifiedIdentity(test, true), [])
})

t.test('traits: compared without case, accents and joints', async (t) => {
  const a = { family: "Le Goff-d'Œuvre", gender: 'female', birthDate: '1979-03-28' }
  t.same(compareTraits(a, { family: 'LEGOFF D’OEUVRE', gender: 'female', birthDate: '1979-03-28' }), [])
  t.same(compareTraits(a, { family: 'LEGOFF', gender: 'male', birthDate: '1979-03-29' }), [
    'family',
    'gender',
    'birthDate',
  ])
  t.same(compareTraits(a, { birthDate: '1979-03' }), ['birthDate'], 'vaguer is different')
  t.same(compareTraits(a, {}), [], 'what is not given is not compared')
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (name) => foldName(foldName(name)) === foldName(name)),
  )
  fc.assert(
    fc.property(
      fc.record({ family: fc.string(), gender: fc.string(), birthDate: fc.string() }),
      fc.record({ family: fc.string(), gender: fc.string(), birthDate: fc.string() }),
      (x, y) => compareTraits(x, x).length === 0 && compareTraits(x, y).join() === compareTraits(y, x).join(),
    ),
  )
})
