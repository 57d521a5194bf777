/** @see https://hl7.org/fhir/R4/search.html#sort */
import { check, equal, refused } from '../../support/conformance/check.ts'
import { clause, shared } from '../../support/conformance/clause.ts'
import {
  eachRefused,
  found,
  labelsOf,
  populate,
  searchAll,
  searchPage,
} from '../../support/conformance/population.ts'
import { observation, patient } from '../../support/conformance/samples.ts'

const people = shared((context) =>
  populate(context, () => ({
    a: patient({ name: [{ family: 'Éa', given: ['z'] }], birthDate: '1990-01-01', gender: 'male' }),
    b: patient({ name: [{ family: 'eb', given: ['y'] }], birthDate: '1980-01-01', gender: 'female' }),
    c: patient({ name: [{ family: 'EC', given: ['y'] }], birthDate: '1985-05', gender: 'female' }),
    d: patient({ name: [{ family: 'ed' }], birthDate: '1985-06-15', gender: 'male' }),
  })),
)

const results = shared((context) =>
  populate(context, () => ({
    one: observation({ effectiveDateTime: '2020-01-01T10:00:00Z', valueQuantity: { value: 10 } }),
    two: observation({ effectiveDateTime: '2020-01-01T09:00:00Z', valueQuantity: { value: 9 } }),
    three: observation({
      effectivePeriod: { start: '2019-01-01', end: '2021-01-01' },
      valueQuantity: { value: 100 },
    }),
    undated: observation(),
  })),
)

const many = shared((context) =>
  populate(context, () =>
    Object.fromEntries(
      Array.from({ length: 15 }, (_n, i) => [
        `m${i}`,
        patient({ gender: i % 2 === 0 ? 'male' : 'female', birthDate: `19${80 + (i % 3)}-01-01` }),
      ]),
    ),
  ),
)

export const searchSort = clause('search-sort', 'search.html#sort', ({ must, should, own }) => {
  for (const [query, expected] of [
    ['_sort=family', ['a', 'b', 'c', 'd']],
    ['_sort=-family', ['d', 'c', 'b', 'a']],
    ['_sort=birthdate', ['b', 'c', 'd', 'a']],
    ['_sort=-birthdate', ['a', 'd', 'c', 'b']],
    ['_sort=-given,birthdate&given:missing=false', ['a', 'b', 'c']],
    ['_sort=given,-family&given:missing=false', ['c', 'b', 'a']],
  ] as const) {
    must(`Patient?${query} in the order ${expected.join(', ')}`, async (context) => {
      const all = await people(context)
      const list = await found(context.fhir, all, 'Patient', query)
      equal(list, expected, query)
    })
  }
  for (const [query, expected] of [
    ['_sort=gender,-birthdate', ['c', 'b', 'a', 'd']],
    ['_sort=-gender,family', ['a', 'd', 'b', 'c']],
  ] as const) {
    should(`by a token: Patient?${query} in the order ${expected.join(', ')}`, async (context) => {
      equal(await found(context.fhir, await people(context), 'Patient', query), expected, query)
    })
  }
  for (const [query, expected] of [
    ['_sort=value-quantity&value-quantity:missing=false', ['two', 'one', 'three']],
    ['_sort=-value-quantity&value-quantity:missing=false', ['three', 'one', 'two']],
    ['_sort=date&date:missing=false', ['three', 'two', 'one']],
  ] as const) {
    must(`Observation?${query} in the order ${expected.join(', ')}`, async (context) => {
      equal(await found(context.fhir, await results(context), 'Observation', query), expected, query)
    })
  }

  must('resources without the value are in the answer too', async (context) => {
    for (const query of ['_sort=date', '_sort=-date'])
      equal(
        (await found(context.fhir, await results(context), 'Observation', query)).sort(),
        ['one', 'three', 'two', 'undated'],
        query,
      )
  })

  must('_sort=_lastUpdated and back', async (context) => {
    const all = await people(context)
    const up = await found(context.fhir, all, 'Patient', '_sort=_lastUpdated')
    equal(
      [...(await found(context.fhir, all, 'Patient', '_sort=-_lastUpdated'))].sort(),
      [...up].sort(),
      'the same resources',
    )
    const times = (
      await searchAll(context.fhir, await searchPage(context.fhir, all, 'Patient', '_sort=-_lastUpdated'))
    ).map(({ resource }) => Date.parse(resource?.meta?.lastUpdated ?? ''))
    equal(
      times,
      [...times].sort((x, y) => y - x),
      'newest first',
    )
  })

  must('_sort=_id', async (context) => {
    const ids = (
      await searchAll(
        context.fhir,
        await searchPage(context.fhir, await people(context), 'Patient', '_sort=_id'),
      )
    ).map(({ resource }) => resource?.id ?? '')
    equal(ids, [...ids].sort(), 'ids in order')
  })

  should('pages sorted by a token neither repeat nor lose', async (context) => {
    const all = await many(context)
    for (const query of ['_sort=gender', '_sort=-gender,birthdate', '_sort=birthdate,-gender']) {
      const pages = await searchAll(
        context.fhir,
        await searchPage(context.fhir, all, 'Patient', `${query}&_count=4`),
      )
      equal(new Set(labelsOf(all, pages)).size, 15, `${query}: each once`)
      equal(pages.length, 15, `${query}: none twice`)
    }
  })

  must('pages of a sorted search neither repeat nor lose, with many equal values', async (context) => {
    const all = await many(context)
    for (const query of [
      '_sort=birthdate',
      '_sort=-birthdate,given',
      '_sort=given',
      '_sort=death-date',
      '_sort=-family',
    ]) {
      const whole = await found(context.fhir, all, 'Patient', `${query}&_count=100`)
      const pages = labelsOf(
        all,
        await searchAll(context.fhir, await searchPage(context.fhir, all, 'Patient', `${query}&_count=4`)),
      )
      equal(new Set(pages).size, 15, `${query}: each once`)
      equal(pages, whole, `${query}: the same order`)
    }
  })

  must('a sort keeps to its conditions and includes', async (context) => {
    equal(
      await found(context.fhir, await people(context), 'Patient', 'gender=female&_sort=-birthdate'),
      ['c', 'b'],
      'females',
    )
  })

  eachRefused(own, people, 'Patient', [
    '_sort=nonsense',
    '_sort=',
    '_sort=-',
    '_sort=family,,gender',
    '_sort=family;drop',
  ])

  must(
    'Prefer: handling=strict refuses to sort by what it does not know',
    async ({ fhir }) => {
      refused(await fhir.get('/Patient?_sort=nonsense', { prefer: 'handling=strict' }), 400)
    },
    'search.html#errors',
  )

  must(
    'lenient: the sort that was not done is not in self',
    async (context) => {
      const received = await searchPage(context.fhir, await people(context), 'Patient', '_sort=nonsense', {
        prefer: 'handling=lenient',
      })
      check([200, 400].includes(received.status), `${received.status}`)
      if (received.status === 200)
        check(!/"self"[^}]*nonsense|nonsense[^}]*"self"/.test(received.text), 'self')
    },
    'search.html#errors',
  )
})
