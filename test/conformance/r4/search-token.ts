/** @see https://hl7.org/fhir/R4/search.html#token */
import { clause, shared } from '../../support/conformance/clause.ts'
import { eachRefused, eachRow, populate } from '../../support/conformance/population.ts'
import { observation, patient } from '../../support/conformance/samples.ts'

const S1 = 'https://conformance.example/s1'
const S2 = 'https://conformance.example/s2'

const people = shared((context) =>
  populate(context, () => ({
    one: patient({
      identifier: [{ system: S1, value: 'v1' }],
      gender: 'male',
      active: true,
      deceasedBoolean: false,
    }),
    two: patient({
      identifier: [{ system: S2, value: 'v1' }],
      gender: 'female',
      active: false,
      deceasedBoolean: true,
    }),
    bare: patient({ identifier: [{ value: 'v1' }] }),
    both: patient({
      identifier: [
        { system: S1, value: 'v2' },
        { system: S2, value: 'v3' },
      ],
      deceasedDateTime: '2020-01-01',
    }),
    typed: patient({
      identifier: [
        {
          type: {
            coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code: 'MR' }],
            text: 'Medical record',
          },
          system: S1,
          value: '12345',
        },
        {
          type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code: 'SS' }] },
          system: S1,
          value: '67890',
        },
      ],
    }),
    signs: patient({
      identifier: [
        { system: S1, value: 'a,b|c$d\\e' },
        { system: S1, value: 'sp ace+plus&amp' },
      ],
    }),
    phone: patient({
      telecom: [
        { system: 'phone', value: '0123', use: 'home' },
        { system: 'email', value: 'a@b.example' },
      ],
    }),
    speaks: patient({
      communication: [{ language: { coding: [{ system: 'urn:ietf:bcp:47', code: 'fr' }] } }],
    }),
    none: patient(),
  })),
)

const results = shared((context) =>
  populate(context, () => ({
    a: observation({
      code: { coding: [{ system: S1, code: 'A', display: 'Blood pressure' }], text: 'Tension artérielle' },
    }),
    ab: observation({
      code: {
        coding: [
          { system: S1, code: 'A' },
          { system: S2, code: 'B', display: 'Heart rate' },
        ],
      },
    }),
    b: observation({
      code: { coding: [{ system: S2, code: 'B' }] },
      category: [{ coding: [{ system: S1, code: 'lab' }] }],
      status: 'amended',
    }),
    text: observation({ code: { text: 'blood sugar' } }),
    nosystem: observation({
      code: { coding: [{ code: 'A' }] },
      category: [{ coding: [{ system: S1, code: 'lab' }] }, { coding: [{ system: S1, code: 'vital' }] }],
    }),
  })),
)

export const searchToken = clause('search-token', 'search.html#token', ({ must, should, own }) => {
  eachRow(must, people, 'Patient', [
    ['identifier=v1', ['one', 'two', 'bare'], 'a code in any system'],
    [`identifier=${S1}|v1`, ['one']],
    ['identifier=|v1', ['bare'], 'no system at all'],
    [`identifier=${S1}|`, ['one', 'both', 'typed', 'signs'], 'any code of the system'],
    [`identifier=${S1}|v1,${S2}|v3`, ['one', 'both'], 'OR'],
    [`identifier=${S1}|v2&identifier=${S2}|v3`, ['both'], 'AND over repetitions'],
    [`identifier=${S2}|v2`, [], 'system and value of one and the same identifier'],
    ['identifier=v', [], 'no prefix match'],
    [`identifier=${S1}|a\\,b\\|c\\$d\\\\e`, ['signs'], 'escapes'],
    [`identifier=${S1}|sp ace+plus%26amp`, ['signs'], 'signs of a URL'],
    ['gender=male', ['one']],
    ['gender=http://hl7.org/fhir/administrative-gender|male', ['one'], 'the implicit system of a code'],
    ['gender=http://hl7.org/fhir/other|male', [], 'another system'],
    ['gender=male,female', ['one', 'two']],
    ['active=true', ['one']],
    ['active=false', ['two']],
    ['deceased=true', ['two', 'both'], 'a date says deceased too'],
    ['telecom=0123', ['phone']],
    ['email=a@b.example', ['phone']],
    ['phone=0123', ['phone']],
    ['phone=a@b.example', []],
    ['language=fr', ['speaks']],
    ['language=urn:ietf:bcp:47|fr', ['speaks']],
  ])
  eachRow(
    must,
    people,
    'Patient',
    [
      [
        'gender:not=male',
        ['two', 'bare', 'both', 'typed', 'signs', 'phone', 'speaks', 'none'],
        'those without gender included',
      ],
      [`identifier:not=${S1}|v1`, ['two', 'bare', 'both', 'typed', 'signs', 'phone', 'speaks', 'none']],
      [
        `identifier:not=${S1}|v2`,
        ['one', 'two', 'bare', 'typed', 'signs', 'phone', 'speaks', 'none'],
        'no repetition matches',
      ],
      ['gender:not=male&gender:not=female', ['bare', 'both', 'typed', 'signs', 'phone', 'speaks', 'none']],
      ['active:not=true', ['two', 'bare', 'both', 'typed', 'signs', 'phone', 'speaks', 'none']],
    ],
    'search.html#modifiers',
  )
  eachRow(
    should,
    people,
    'Patient',
    [
      [
        'deceased=false',
        ['one', 'bare', 'typed', 'signs', 'phone', 'speaks', 'none'],
        'as its expression says',
      ],
      ['identifier:of-type=http://terminology.hl7.org/CodeSystem/v2-0203|MR|12345', ['typed']],
      [
        'identifier:of-type=http://terminology.hl7.org/CodeSystem/v2-0203|SS|12345',
        [],
        'type and value of one identifier',
      ],
      [
        'gender:not=male,female',
        ['bare', 'both', 'typed', 'signs', 'phone', 'speaks', 'none'],
        'none of them',
      ],
      ['gender:missing=false', ['one', 'two']],
    ],
    'search.html#modifiers',
  )

  eachRow(must, results, 'Observation', [
    ['code=A', ['a', 'ab', 'nosystem']],
    [`code=${S1}|A`, ['a', 'ab']],
    ['code=|A', ['nosystem']],
    [`code=${S2}|`, ['ab', 'b']],
    [`code=${S2}|A`, []],
    [`code:not=${S1}|A`, ['b', 'text', 'nosystem']],
    [`category=${S1}|lab&category=${S1}|vital`, ['nosystem']],
    [`category:not=${S1}|lab`, ['a', 'ab', 'text']],
    ['status=amended', ['b']],
    ['status=http://hl7.org/fhir/observation-status|amended', ['b']],
    [`combo-code=${S1}|A`, ['a', 'ab']],
  ])
  eachRow(
    should,
    results,
    'Observation',
    [
      ['code:text=blood', ['a', 'text'], 'display or text begins with it'],
      ['code:text=BLOOD P', ['a']],
      ['code:text=tension arterielle', ['a'], 'text, without accents'],
      ['code:text=heart', ['ab']],
      ['code:text=nonsense', []],
    ],
    'search.html#modifiers',
  )

  eachRefused(
    must,
    people,
    'Patient',
    ['identifier:of-type=nonsense', 'active:nonsense=true', 'gender:exact=male'],
    'search.html#modifiers',
  )
  eachRefused(own, results, 'Observation', ['code:in=http://nowhere.example/vs'], 'search.html#modifiers')
})
