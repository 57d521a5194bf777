import { check, equal, refused, status } from '../../support/conformance/check.ts'
import { clause, shared } from '../../support/conformance/clause.ts'
import { resourceOf } from '../../support/conformance/client.ts'
import { labelsOf, populate, searchAll } from '../../support/conformance/population.ts'
import { observation, patient } from '../../support/conformance/samples.ts'

const world = shared((context) =>
  populate(
    context,
    () => ({ house: { resourceType: 'Organization', name: 'h' }, stranger: patient() }),
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
