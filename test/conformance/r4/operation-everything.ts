import { check, equal, refused, refusedAnyhow, sameSet, status } from '../../support/conformance/check.ts'
import { clause, shared } from '../../support/conformance/clause.ts'
import { resourceOf } from '../../support/conformance/client.ts'
import { labelsOf, populate, searchAll } from '../../support/conformance/population.ts'
import { concept, observation, patient } from '../../support/conformance/samples.ts'

const world = shared((context) =>
  populate(
    context,
    () => ({
      house: { resourceType: 'Organization', name: 'h' },
      practice: { resourceType: 'Organization', name: 'p' },
      stranger: patient(),
    }),
    (id) => ({ eve: patient({ managingOrganization: { reference: `Organization/${id('house')}` } }) }),
    (id) => ({
      o1: observation({ subject: { reference: `Patient/${id('eve')}` }, effectiveDateTime: '2020-05-05' }),
      o2: observation({ subject: { reference: `Patient/${id('eve')}` }, effectiveDateTime: '2010-05-05' }),
      visit: {
        resourceType: 'Encounter',
        status: 'finished',
        class: { code: 'AMB' },
        subject: { reference: `Patient/${id('eve')}` },
      },
      stay: {
        resourceType: 'Encounter',
        status: 'finished',
        class: { code: 'IMP' },
        subject: { reference: `Patient/${id('eve')}` },
        period: { start: '2019-12-20', end: '2020-01-01T08:00:00Z' },
        serviceProvider: { reference: `Organization/${id('practice')}` },
      },
      allergy: {
        resourceType: 'AllergyIntolerance',
        patient: { reference: `Patient/${id('eve')}` },
        clinicalStatus: concept(
          'active',
          'http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical',
        ),
        recordedDate: '2001-01-01',
      },
      foreign: observation({ subject: { reference: `Patient/${id('stranger')}` } }),
    }),
  ),
)

export const operationEverything = clause(
  'operation-everything',
  'patient-operation-everything.html',
  ({ must, should }) => {
    must('the patient and all of the compartment', async (context) => {
      const all = await world(context)
      const received = await context.fhir.get(`/Patient/${all.id('eve')}/$everything`)
      status(received, 200)
      equal(resourceOf(received, 'Bundle').type, 'searchset', 'type')
      const entries = await searchAll(context.fhir, received)
      const labels = [...labelsOf(all, entries), ...labelsOf(all, entries, 'include')]
      for (const label of ['eve', 'o1', 'o2', 'visit']) check(labels.includes(label), `${label} is in it`)
      for (const label of ['foreign', 'stranger']) check(!labels.includes(label), `${label} is not`)
      equal(labels.length, new Set(labels).size, 'each once')
    })

    must('_count pages it, nothing lost', async (context) => {
      const all = await world(context)
      const first = await context.fhir.get(`/Patient/${all.id('eve')}/$everything?_count=1`)
      status(first, 200)
      const entries = await searchAll(context.fhir, first)
      const labels = new Set([...labelsOf(all, entries), ...labelsOf(all, entries, 'include')])
      for (const label of ['eve', 'o1', 'o2', 'visit']) check(labels.has(label), `${label} is in it`)
    })

    should('_type keeps to some types', async (context) => {
      const all = await world(context)
      const received = await context.fhir.get(`/Patient/${all.id('eve')}/$everything?_type=Observation`)
      status(received, 200)
      const types = new Set(
        (await searchAll(context.fhir, received)).map(({ resource }) => resource?.resourceType),
      )
      check(types.has('Observation') && !types.has('Encounter'), 'observations, no encounter')
    })

    should('start and end keep to a time of care', async (context) => {
      const all = await world(context)
      const received = await context.fhir.get(
        `/Patient/${all.id('eve')}/$everything?start=2020-01-01&end=2020-12-31`,
      )
      status(received, 200)
      const labels = labelsOf(all, await searchAll(context.fhir, received))
      check(labels.includes('o1') && !labels.includes('o2'), 'o1 of 2020, not o2 of 2010')
    })

    should(
      'what goes on at the time, what has no time of care, and the patient, belong to it',
      async (context) => {
        const all = await world(context)
        const asked = async (query: string): Promise<string[]> => {
          const received = await context.fhir.get(`/Patient/${all.id('eve')}/$everything?${query}`)
          status(received, 200)
          return labelsOf(all, await searchAll(context.fhir, received))
        }
        const always = ['allergy', 'eve', 'visit']
        sameSet(await asked('start=2020-01-01'), [...always, 'o1', 'stay'], 'from a day on')
        sameSet(await asked('start=2020-01-02'), [...always, 'o1'], 'after the stay')
        sameSet(await asked('end=2019-12-20'), [...always, 'o2', 'stay'], 'until its first day')
        sameSet(await asked('end=2019-12-19&_count=2'), [...always, 'o2'], 'until the day before, in pages')
        sameSet(await asked('start=2011&end=2012'), always, 'neither of them')
        sameSet(await asked('start=2020-01&end=2020-05-05&_type=Observation'), ['o1'], 'of one type')
      },
    )

    must('a start that is no date is refused', async (context) => {
      const all = await world(context)
      for (const query of ['start=nonsense', 'end=2020-02-30', 'start=2020&start=2021'])
        refusedAnyhow(await context.fhir.get(`/Patient/${all.id('eve')}/$everything?${query}`))
    })

    should('what the resources refer to comes along', async (context) => {
      const all = await world(context)
      const entries = await searchAll(
        context.fhir,
        await context.fhir.get(`/Patient/${all.id('eve')}/$everything`),
      )
      sameSet(
        labelsOf(all, entries, 'include'),
        ['house', 'practice'],
        'the organisations, once, and nothing else',
      )
      const typed = await context.fhir.get(`/Patient/${all.id('eve')}/$everything?_type=Encounter`)
      sameSet(
        labelsOf(all, await searchAll(context.fhir, typed), 'include'),
        [],
        'of the types asked for only',
      )
    })

    should('pages keep to what was asked', async (context) => {
      const all = await world(context)
      const first = await context.fhir.get(
        `/Patient/${all.id('eve')}/$everything?_count=2&_since=2020-01-01T00:00:00Z&start=2020-01-01`,
      )
      sameSet(
        labelsOf(all, await searchAll(context.fhir, first)),
        ['allergy', 'eve', 'o1', 'stay', 'visit'],
        'without what was before',
      )
    })

    must(
      'of an encounter',
      async (context) => {
        const all = await world(context)
        const received = await context.fhir.get(`/Encounter/${all.id('stay')}/$everything`)
        status(received, 200)
        check(labelsOf(all, await searchAll(context.fhir, received)).includes('stay'), 'the encounter')
      },
      'encounter-operation-everything.html',
    )

    should('_since keeps to what changed', async (context) => {
      const all = await world(context)
      const future = new Date(Date.now() + 86_400_000).toISOString()
      const received = await context.fhir.get(`/Patient/${all.id('eve')}/$everything?_since=${future}`)
      status(received, 200)
      equal(
        labelsOf(all, await searchAll(context.fhir, received)).filter((label) => label.startsWith('o')),
        [],
        'nothing',
      )
    })

    should(
      'by POST with Parameters',
      async (context) => {
        const all = await world(context)
        const received = await context.fhir.post(`/Patient/${all.id('eve')}/$everything`, {
          resourceType: 'Parameters',
          parameter: [{ name: '_count', valueInteger: 100 }],
        })
        status(received, 200)
        check(labelsOf(all, await searchAll(context.fhir, received)).includes('o1'), 'the same')
      },
      'operations.html#executing',
    )

    must('of an unknown patient: 404', async ({ fhir, unique }) => {
      refused(await fhir.get(`/Patient/${unique()}/$everything`), 404)
    })
  },
)
