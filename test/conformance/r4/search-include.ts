/** @see https://hl7.org/fhir/R4/search.html#include */
import { check, equal, sameSet, status } from '../../support/conformance/check.ts'
import { type Context, clause, shared } from '../../support/conformance/clause.ts'
import { resourceOf } from '../../support/conformance/client.ts'
import {
  eachRefused,
  labelsOf,
  populate,
  searchAll,
  searchPage,
} from '../../support/conformance/population.ts'
import { concept, observation, patient } from '../../support/conformance/samples.ts'

const world = shared((context) =>
  populate(
    context,
    () => ({ top: { resourceType: 'Organization', name: 'Top' }, doctor: { resourceType: 'Practitioner' } }),
    (id) => ({
      house: {
        resourceType: 'Organization',
        name: 'House',
        partOf: { reference: `Organization/${id('top')}` },
      },
    }),
    (id) => ({
      eve: patient({
        managingOrganization: { reference: `Organization/${id('house')}` },
        generalPractitioner: [{ reference: `Practitioner/${id('doctor')}` }],
      }),
      adam: patient(),
      pump: { resourceType: 'Device' },
    }),
    (id) => ({
      e1: observation({
        subject: { reference: `Patient/${id('eve')}` },
        performer: [{ reference: `Practitioner/${id('doctor')}` }],
        code: concept('k'),
      }),
      e2: observation({
        subject: { reference: `${context.fhir.base}/Patient/${id('eve')}` },
        code: concept('k'),
      }),
      a1: observation({ subject: { reference: `Patient/${id('adam')}` }, code: concept('m') }),
      d1: observation({ subject: { reference: `Device/${id('pump')}` }, code: concept('k') }),
      lost: observation({ subject: { reference: 'Patient/nobody-at-all' }, code: concept('k') }),
    }),
    (id) => ({
      chained: observation({ derivedFrom: [{ reference: `Observation/${id('e1')}` }], code: concept('z') }),
    }),
    (id) => ({
      chained2: observation({
        derivedFrom: [{ reference: `Observation/${id('chained')}` }],
        code: concept('z2'),
      }),
    }),
  ),
)

type Row = readonly [type: string, query: string, matches: readonly string[], includes: readonly string[]]

const rows: readonly Row[] = [
  ['Observation', 'code=k&_include=Observation:subject', ['e1', 'e2', 'd1', 'lost'], ['eve', 'pump']],
  ['Observation', 'code=k&_include=Observation:patient', ['e1', 'e2', 'd1', 'lost'], ['eve']],
  ['Observation', 'code=k&_include=Observation:subject:Device', ['e1', 'e2', 'd1', 'lost'], ['pump']],
  [
    'Observation',
    'code=k&_include=Observation:subject:Patient&_include=Observation:performer',
    ['e1', 'e2', 'd1', 'lost'],
    ['eve', 'doctor'],
  ],
  ['Observation', 'code=m&_include=Observation:performer', ['a1'], []],
  ['Patient', '_id={eve}&_revinclude=Observation:subject', ['eve'], ['e1', 'e2']],
  [
    'Patient',
    '_id={eve}&_revinclude=Observation:patient&_include=Patient:organization',
    ['eve'],
    ['e1', 'e2', 'house'],
  ],
  ['Patient', '_id={eve}&_include=Patient:organization', ['eve'], ['house']],
  [
    'Patient',
    '_id={eve}&_include=Patient:organization&_include:iterate=Organization:partof',
    ['eve'],
    ['house', 'top'],
  ],
  [
    'Observation',
    'code=k&_include=Observation:patient&_include:iterate=Patient:organization&_include:iterate=Organization:partof',
    ['e1', 'e2', 'd1', 'lost'],
    ['eve', 'house', 'top'],
  ],
  [
    'Observation',
    'code=k&_include=Observation:patient&_include=Patient:organization',
    ['e1', 'e2', 'd1', 'lost'],
    ['eve'],
  ],
  ['Observation', 'code=z2&_include:iterate=Observation:derived-from', ['chained2'], ['chained', 'e1']],
  ['Observation', 'code=z2&_include=Observation:derived-from', ['chained2'], ['chained']],
  [
    'Organization',
    '_id={top}&_revinclude=Organization:partof&_revinclude:iterate=Patient:organization',
    ['top'],
    ['house', 'eve'],
  ],
  ['Organization', '_id={top}&_revinclude:iterate=Organization:partof', ['top'], ['house']],
  ['Organization', 'name=house,top&_include=Organization:partof', ['house', 'top'], []],
]

async function labels({ fhir, ...rest }: Context, type: string, query: string) {
  const all = await world({ fhir, ...rest })
  const filled = query.replaceAll(/\{(\w+)\}/g, (_brace, label: string) => all.id(label))
  const entries = await searchAll(fhir, await searchPage(fhir, all, type, filled))
  return { all, entries }
}

export const searchInclude = clause('search-include', 'search.html#include', ({ must, own, should }) => {
  for (const [type, query, matches, includes] of rows) {
    must(`${type}?${query} includes ${includes.join(', ') || 'nothing'}`, async (context) => {
      const { all, entries } = await labels(context, type, query)
      sameSet(labelsOf(all, entries, 'match'), matches, 'matches')
      sameSet(labelsOf(all, entries, 'include'), includes, 'includes, each once')
    })
  }

  must('what matches is not included too', async (context) => {
    const { all, entries } = await labels(
      context,
      'Organization',
      '_id={top},{house}&_include=Organization:partof',
    )
    equal(entries.length, 2, 'two entries')
    sameSet(labelsOf(all, entries), ['top', 'house'], 'both are matches')
  })

  must(
    'includes do not count',
    async (context) => {
      const { fhir } = context
      const all = await world(context)
      const received = await searchPage(
        fhir,
        all,
        'Observation',
        'code=k&_include=Observation:subject&_total=accurate&_count=4',
      )
      status(received, 200)
      const bundle = resourceOf(received, 'Bundle')
      equal(bundle.total, 4, 'total')
      equal(labelsOf(all, bundle.entry ?? []).length, 4, 'a page of four matches')
    },
    'search.html#total',
  )

  must('each page includes what its matches refer to', async (context) => {
    const all = await world(context)
    const first = await searchPage(
      context.fhir,
      all,
      'Observation',
      'code=k&_include=Observation:subject&_count=1',
    )
    const entries = await searchAll(context.fhir, first)
    sameSet(labelsOf(all, entries), ['e1', 'e2', 'd1', 'lost'], 'matches')
    sameSet([...new Set(labelsOf(all, entries, 'include'))], ['eve', 'pump'], 'includes')
  })

  should('a deleted target is not included', async (context) => {
    const { fhir, unique } = context
    const target = await fhir.create(patient())
    const code = unique()
    await fhir.create(observation({ code: concept(code), subject: { reference: `Patient/${target.id}` } }))
    status(await fhir.delete(`/Patient/${target.id}`), 200, 204, 409)
    const bundle = resourceOf(
      await fhir.get(`/Observation?code=${code}&_include=Observation:subject`),
      'Bundle',
    )
    check(
      (bundle.entry ?? []).every(({ resource }) => resource?.resourceType !== 'Patient'),
      'no patient',
    )
  })

  must('_include in a POST _search', async (context) => {
    const all = await world(context)
    const received = await context.fhir.post(
      '/Patient/_search',
      `_id=${all.id('eve')}&_include=Patient:organization`,
      { 'content-type': 'application/x-www-form-urlencoded' },
    )
    status(received, 200)
    sameSet(labelsOf(all, resourceOf(received, 'Bundle').entry ?? [], 'include'), ['house'], 'includes')
  })

  eachRefused(own, world, 'Observation', [
    '_include=*',
    '_include=Observation:*',
    '_revinclude=*',
    '_include=Nonsense:subject',
    '_include=Observation:nonsense',
    '_include=Observation:code',
    '_include=Observation:subject:Nonsense',
    '_include=',
    '_include:nonsense=Observation:subject',
  ])
})
