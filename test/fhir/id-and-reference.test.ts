import t from 'tap'
import {
  decodeUuid,
  encodeUuid,
  formatResourceId,
  isUuid,
  NO_PATIENT,
  parseResourceId,
  timeOfUuid,
  type Uuid,
  uuidV7,
} from '../../src/fhir/id.ts'
import { parseReference } from '../../src/fhir/reference.ts'
import fc from '../support/draws.ts'

const uuids = fc.oneof(
  fc.uuid() as fc.Arbitrary<Uuid>,
  fc.constantFrom(NO_PATIENT, 'ffffffff-ffff-ffff-ffff-ffffffffffff' as Uuid),
)
const ID = /^[A-Za-z0-9\-.]{1,64}$/

t.test('ids: there and back, in the form of a FHIR id', async (t) => {
  fc.assert(
    fc.property(uuids, uuids, (patientKey, id) => {
      const text = formatResourceId({ patientKey, id })
      const back = parseResourceId(text)
      return (
        ID.test(text) &&
        text.length === 53 &&
        back?.patientKey === patientKey &&
        back.id === id &&
        decodeUuid(encodeUuid(id)) === id
      )
    }),
  )
  t.equal(encodeUuid(NO_PATIENT), '0'.repeat(26))
  t.equal(encodeUuid('ffffffff-ffff-ffff-ffff-ffffffffffff' as Uuid), `7${'z'.repeat(25)}`)
})

t.test('ids keep the order of the uuids', async (t) => {
  let differ = 0
  fc.assert(
    fc.property(uuids, uuids, (a, b) => {
      if (a !== b) differ++
      return a < b === encodeUuid(a) < encodeUuid(b)
    }),
  )
  t.ok(differ > 50, 'not vacuous')
})

t.test('an id altered is another id or none: two texts never name the same', async (t) => {
  const seen = { none: 0, another: 0 }
  const alphabet = '0123456789abcdefghijklmnopqrstuvwxyzABZ.-/_%é\u0000'
  fc.assert(
    fc.property(uuids, uuids, fc.nat(52), fc.constantFrom(...alphabet), (patientKey, id, at, by) => {
      const text = formatResourceId({ patientKey, id })
      const altered = text.slice(0, at) + by + text.slice(at + 1)
      if (altered === text) return
      const back = parseResourceId(altered)
      seen[back ? 'another' : 'none']++
      return back === undefined || (formatResourceId(back) === altered && altered !== text)
    }),
    { numRuns: 2000 },
  )
  t.ok(seen.none > 200 && seen.another > 200, 'not vacuous')
  fc.assert(fc.property(fc.string(), (text) => parseResourceId(text) === undefined))
  const some = formatResourceId({ patientKey: NO_PATIENT, id: NO_PATIENT })
  for (const text of [
    '',
    some.toUpperCase().replace('0', 'A'),
    ` ${some}`,
    `${some} `,
    `${some}\n`,
    some.slice(1),
    `8${some.slice(1)}`,
  ])
    t.equal(parseResourceId(text), undefined, JSON.stringify(text))
  for (const letter of 'ilou')
    t.equal(decodeUuid(letter.repeat(26)), undefined, `${letter} is not in the alphabet`)
})

t.test('uuids of version 7 hold their time, in their order, and the right bits', async (t) => {
  const times = fc.integer({ min: 0, max: 2 ** 48 - 1 })
  const random = fc.uint8Array({ minLength: 10, maxLength: 10 })
  fc.assert(
    fc.property(times, times, random, random, (a, b, r1, r2) => {
      const [x, y] = [uuidV7(a, r1), uuidV7(b, r2)]
      return isUuid(x) && /^.{14}7.{4}[89ab]/.test(x) && timeOfUuid(x) === a && (a === b || a < b === x < y)
    }),
  )
  const bytes = (value: number) => new Uint8Array(10).fill(value)
  t.equal(uuidV7(0, bytes(0)), '00000000-0000-7000-8000-000000000000')
  t.equal(uuidV7(2 ** 48 - 1, bytes(255)), 'ffffffff-ffff-7fff-bfff-ffffffffffff')
  for (const text of [
    '',
    'A0000000-0000-7000-8000-000000000000',
    '00000000000070008000000000000000',
    `${NO_PATIENT} `,
  ])
    t.notOk(isUuid(text), text)
})

const base = 'https://dmp.test/fhir'

t.test('a reference in each of its forms', async (t) => {
  const cases: readonly (readonly [string, ReturnType<typeof parseReference>])[] = [
    ['#p1', { kind: 'contained', id: 'p1' }],
    ['#', { kind: 'contained', id: '' }],
    [
      'urn:uuid:0192f0c1-2b3c-7d4e-8f50-617283940a1b',
      { kind: 'urn', urn: 'urn:uuid:0192f0c1-2b3c-7d4e-8f50-617283940a1b' },
    ],
    ['urn:oid:1.2.3', { kind: 'urn', urn: 'urn:oid:1.2.3' }],
    ['Patient/1', { kind: 'relative', type: 'Patient', id: '1' }],
    ['Patient/a.B-9/_history/2', { kind: 'relative', type: 'Patient', id: 'a.B-9', version: '2' }],
    [`${base}/Patient/1`, { kind: 'relative', type: 'Patient', id: '1' }],
    [`${base}/Patient/1/_history/3`, { kind: 'relative', type: 'Patient', id: '1', version: '3' }],
    ['Patient?identifier=a|b', { kind: 'conditional', type: 'Patient', query: 'identifier=a|b' }],
    [`${base}/Patient?identifier=a|b`, { kind: 'conditional', type: 'Patient', query: 'identifier=a|b' }],
    ['https://other.test/fhir/Patient/1', { kind: 'absolute', url: 'https://other.test/fhir/Patient/1' }],
    [`${base}.evil.test/Patient/1`, { kind: 'absolute', url: `${base}.evil.test/Patient/1` }],
    [`${base}/Patient/1/../2`, { kind: 'absolute', url: `${base}/Patient/1/../2` }],
    ['http://a', { kind: 'absolute', url: 'http://a' }],
    ['patient/1', undefined],
    ['Patient/', undefined],
    ['Patient', undefined],
    ['/Patient/1', undefined],
    ['Patient/1/', undefined],
    ['Patient/1/_history/', undefined],
    [`Patient/${'a'.repeat(65)}`, undefined],
    ['Patient/1\n', undefined],
    ['Patient/é', undefined],
    ['javascript:alert(1)', undefined],
    ['ftp://a/Patient/1', undefined],
    ['', undefined],
  ]
  for (const [text, expected] of cases) t.same(parseReference(text, base), expected, JSON.stringify(text))
  fc.assert(fc.property(fc.string(), (text) => parseReference(text, base) !== null))
})
