/** Parameters of all resources. @see https://hl7.org/fhir/R4/search.html#all */
import { check, equal, present, refused, sameSet, status } from '../../support/conformance/check.ts'
import { clause, shared } from '../../support/conformance/clause.ts'
import { outcomeOf, resourceOf } from '../../support/conformance/client.ts'
import {
  eachRow,
  encoded,
  found,
  populate,
  referenceOf,
  searchAll,
} from '../../support/conformance/population.ts'
import { CODES, patient } from '../../support/conformance/samples.ts'

const LABEL = 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality'
const PROFILE = 'https://conformance.example/StructureDefinition/special'

const people = shared((context) =>
  populate(context, () => ({
    tagged: patient({ meta: { tag: [{ system: CODES, code: 'special' }] } }),
    labelled: patient({ meta: { security: [{ system: LABEL, code: 'R' }] } }),
    profiled: patient({ meta: { profile: [PROFILE] } }),
    versioned: patient({ meta: { profile: [`${PROFILE}|2.0`] } }),
    sourced: patient({ meta: { source: 'https://conformance.example/source#1' } }),
    plain: patient(),
  })),
)

export const searchSpecial = clause('search-special', 'search.html#all', ({ must, should, own }) => {
  eachRow(must, people, 'Patient', [
    ['_id={tagged}', ['tagged']],
    ['_id={tagged},{plain}', ['tagged', 'plain'], 'OR'],
    ['_id={tagged}&_id={plain}', [], 'AND'],
    ['_id=nobody-here', []],
    [`_tag=${CODES}|special`, ['tagged']],
    ['_tag=special', ['tagged']],
    [`_tag=${CODES}|other`, []],
    [`_tag:not=${CODES}|special`, ['labelled', 'profiled', 'versioned', 'sourced', 'plain']],
    [`_security=${LABEL}|R`, ['labelled']],
    ['_security=R', ['labelled']],
    [`_profile=${PROFILE}`, ['profiled', 'versioned'], 'any version of the profile'],
    ['_profile=https://conformance.example/StructureDefinition/none', []],
    ['_lastUpdated=gt2020', ['tagged', 'labelled', 'profiled', 'versioned', 'sourced', 'plain']],
    ['_lastUpdated=lt2020', []],
    ['_lastUpdated=gt2999', []],
  ])
  eachRow(should, people, 'Patient', [['_source=https://conformance.example/source#1', ['sourced']]])

  must('_lastUpdated to the millisecond finds the resource', async (context) => {
    const all = await people(context)
    const { meta } = resourceOf(await context.fhir.get(`/Patient/${all.id('plain')}`), 'Patient')
    const time = present(meta?.lastUpdated, 'meta.lastUpdated')
    const ids = await found(context.fhir, all, 'Patient', `_lastUpdated=${time}&_id=${all.id('plain')}`)
    sameSet(ids, ['plain'], 'eq')
    sameSet(
      await found(context.fhir, all, 'Patient', `_lastUpdated=gt${time}&_id=${all.id('plain')}`),
      [],
      'gt',
    )
    sameSet(
      await found(context.fhir, all, 'Patient', `_lastUpdated=le${time}&_id=${all.id('plain')}`),
      ['plain'],
      'le',
    )
  })

  own('_text, _content, _filter and _query are refused, with an outcome that says so', async ({ fhir }) => {
    for (const query of ['_text=x', '_content=x', '_filter=name eq x', '_query=x']) {
      const received = await fhir.get(`/Patient?${encoded(query)}`)
      refused(received, 400)
      check(received.text.includes(query.slice(0, query.indexOf('='))), 'names the parameter')
    }
  })

  own('parameters R4 does not have are unknown', async ({ fhir }) => {
    for (const query of ['_language=fr', '_in=x', '_contained=maybe', '_score=1'])
      refused(await fhir.get(`/Patient?${query}`), 400)
  })

  should(
    '_contained=false is what a search does anyway',
    async (context) => {
      const received = await context.fhir.get('/Patient?_contained=false&_count=1')
      status(received, 200)
    },
    'search.html#contained',
  )

  must(
    '_list finds the members of a list, or is refused',
    async (context) => {
      const all = await people(context)
      const { id } = await context.fhir.create({
        resourceType: 'List',
        status: 'current',
        mode: 'working',
        entry: [{ item: { reference: `Patient/${all.id('plain')}` } }],
      })
      const received = await context.fhir.get(`/Patient?_list=${id}`)
      status(received, 200, 400)
      if (received.status === 400) outcomeOf(received)
      else
        equal(
          resourceOf(received, 'Bundle').entry?.map(({ resource }) => resource?.id),
          [all.id('plain')],
          'the member',
        )
    },
    'search.html#list',
  )
})

export const searchSystem = clause('search-system', 'http.html#search', ({ must, own }) => {
  const mixed = shared((context) =>
    populate(context, () => ({
      person: patient(),
      device: { resourceType: 'Device' },
      house: { resourceType: 'Organization', name: 'x' },
    })),
  )
  eachRow(
    must,
    mixed,
    '',
    [
      ['_type=Patient,Device', ['person', 'device']],
      ['_type=Organization', ['house']],
      ['_type=Patient,Device,Organization&_lastUpdated=gt2020', ['person', 'device', 'house']],
    ],
    'search.html#type',
  )

  must('a search of all types by _tag', async (context) => {
    const all = await mixed(context)
    sameSet(await found(context.fhir, all, '', ''), ['person', 'device', 'house'], 'all three')
  })

  must('pages over several types', async (context) => {
    const all = await mixed(context)
    sameSet(
      await found(context.fhir, all, '', '_type=Patient,Device,Organization&_count=1'),
      ['person', 'device', 'house'],
      'each once',
    )
  })

  must('POST [base]/_search', async (context) => {
    const all = await mixed(context)
    const form = encoded(`_type=Patient,Device&_tag=https://conformance.example/run|${all.tag}`)
    const received = await context.fhir.post('/_search', form, {
      'content-type': 'application/x-www-form-urlencoded',
    })
    status(received, 200)
    const entries = await searchAll(context.fhir, received)
    sameSet(
      entries.map(({ resource }) => all.label(referenceOf(resource))),
      ['person', 'device'],
      'both',
    )
  })

  must('fullUrl has the type of each', async (context) => {
    const all = await mixed(context)
    for (const { fullUrl, resource } of await searchAll(
      context.fhir,
      await context.fhir.get(
        `?${encoded(`_type=Patient,Device&_tag=https://conformance.example/run|${all.tag}`)}`,
      ),
    ))
      equal(fullUrl, `${context.fhir.base}/${resource?.resourceType}/${resource?.id}`, 'fullUrl')
  })

  must('a parameter that not all types have is refused', async ({ fhir }) => {
    refused(await fhir.get('?_type=Patient,Device&birthdate=2020', { prefer: 'handling=strict' }), 400)
    refused(await fhir.get('?_type=Nonsense', { prefer: 'handling=strict' }), 400, 404)
  })

  own('_type on a search of one type is refused', async ({ fhir }) => {
    refused(await fhir.get('/Patient?_type=Device'), 400)
  })
})
