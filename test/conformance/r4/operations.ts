/** @see https://hl7.org/fhir/R4/operations.html, patient-operation-everything.html, resource-operation-meta.html … */
import type { Parameters } from '@medplum/fhirtypes'
import {
  check,
  equal,
  present,
  refused,
  refusedAnyhow,
  sameSet,
  status,
  succeeded,
} from '../../support/conformance/check.ts'
import { clause, shared } from '../../support/conformance/clause.ts'
import { outcomeOf, resourceOf } from '../../support/conformance/client.ts'
import { labelsOf, populate, searchAll } from '../../support/conformance/population.ts'
import { CODES, observation, patient } from '../../support/conformance/samples.ts'

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

const metaOf = (parameters: Parameters) =>
  parameters.parameter?.find(({ name }) => name === 'return')?.valueMeta
const metaBody = (code: string): Parameters => ({
  resourceType: 'Parameters',
  parameter: [{ name: 'meta', valueMeta: { tag: [{ system: CODES, code }] } }],
})

export const operationMeta = clause('operation-meta', 'resource-operation-meta.html', ({ must, should }) => {
  must('$meta of a resource', async ({ fhir }) => {
    const { id } = await fhir.create(patient({ meta: { tag: [{ system: CODES, code: 'm' }] } }))
    const received = await fhir.get(`/Patient/${id}/$meta`)
    status(received, 200)
    equal(metaOf(resourceOf(received, 'Parameters'))?.tag?.[0]?.code, 'm', 'the tag')
  })

  should(
    '$meta-add adds without a new content',
    async ({ fhir }) => {
      const { id } = await fhir.create(patient({ meta: { tag: [{ system: CODES, code: 'm' }] } }))
      const received = await fhir.post(`/Patient/${id}/$meta-add`, metaBody('added'))
      status(received, 200)
      sameSet(
        metaOf(resourceOf(received, 'Parameters'))?.tag?.map(({ code }) => code ?? '') ?? [],
        ['m', 'added'],
        'tags of the answer',
      )
      const found = resourceOf(await fhir.get(`/Patient/${id}`), 'Patient')
      sameSet(found.meta?.tag?.map(({ code }) => code ?? '') ?? [], ['m', 'added'], 'tags stored')
      equal(
        resourceOf(
          await fhir.get(`/Patient?_id=${id}&_tag=${encodeURIComponent(`${CODES}|added`)}`),
          'Bundle',
        ).entry?.length,
        1,
        'found by the new tag',
      )
    },
    'resource-operation-meta-add.html',
  )

  should(
    'adding what is there already adds nothing',
    async ({ fhir }) => {
      const { id } = await fhir.create(patient({ meta: { tag: [{ system: CODES, code: 'm' }] } }))
      succeeded(await fhir.post(`/Patient/${id}/$meta-add`, metaBody('m')))
      equal(resourceOf(await fhir.get(`/Patient/${id}`), 'Patient').meta?.tag?.length, 1, 'one tag')
    },
    'resource-operation-meta-add.html',
  )

  should(
    '$meta-delete removes',
    async ({ fhir }) => {
      const { id } = await fhir.create(
        patient({
          meta: {
            tag: [
              { system: CODES, code: 'm' },
              { system: CODES, code: 'n' },
            ],
          },
        }),
      )
      succeeded(await fhir.post(`/Patient/${id}/$meta-delete`, metaBody('m')))
      equal(
        resourceOf(await fhir.get(`/Patient/${id}`), 'Patient').meta?.tag?.map(({ code }) => code),
        ['n'],
        'the other tag',
      )
    },
    'resource-operation-meta-delete.html',
  )

  should('$meta of a type and of the system', async ({ fhir }) => {
    for (const path of ['/Patient/$meta', '/$meta']) {
      const received = await fhir.get(path)
      status(received, 200)
      present(metaOf(resourceOf(received, 'Parameters')), 'return')
    }
  })

  must('of an unknown resource: 404', async ({ fhir, unique }) => {
    refused(await fhir.get(`/Patient/${unique()}/$meta`), 404)
  })
})

export const operationValidate = clause(
  'operation-validate',
  'resource-operation-validate.html',
  ({ must, should }) => {
    const severities = (issues: readonly { severity?: string }[]): boolean =>
      issues.some(({ severity }) => severity === 'error' || severity === 'fatal')

    must('a correct resource: 200 and no error', async ({ fhir }) => {
      const received = await fhir.post('/Patient/$validate', patient())
      status(received, 200)
      check(!severities(outcomeOf(received).issue), 'no error')
    })

    must('a fault: an outcome with an error at the element', async ({ fhir }) => {
      const received = await fhir.post('/Patient/$validate', { ...patient(), gender: 'nonsense' })
      status(received, 200, 400, 412, 422)
      const { issue } = outcomeOf(received)
      check(severities(issue), 'an error')
      check(
        issue.some(({ expression }) => expression?.includes('Patient.gender') ?? false),
        'at Patient.gender',
      )
    })

    should('the answer of a validation is 200 whatever it finds', async ({ fhir }) => {
      status(await fhir.post('/Patient/$validate', { ...patient(), gender: 'nonsense' }), 200)
    })

    must('in Parameters, with a mode', async ({ fhir }) => {
      const body = (resource: unknown, mode?: string) => ({
        resourceType: 'Parameters',
        parameter: [
          { name: 'resource', resource },
          ...(mode === undefined ? [] : [{ name: 'mode', valueCode: mode }]),
        ],
      })
      for (const mode of [undefined, 'create']) {
        const received = await fhir.post('/Patient/$validate', body(patient(), mode))
        status(received, 200)
        check(!severities(outcomeOf(received).issue), 'no error')
      }
      check(
        severities(
          outcomeOf(await fhir.post('/Patient/$validate', body({ ...patient(), gender: 'x' }))).issue,
        ),
        'an error',
      )
    })

    must('nothing is stored by it', async ({ fhir, unique }) => {
      const id = unique()
      succeeded(await fhir.post('/Patient/$validate', { ...patient(), id }))
      refused(await fhir.get(`/Patient/${id}`), 404)
    })

    must('a stored resource can be validated', async ({ fhir }) => {
      const { id } = await fhir.create(patient())
      const received = await fhir.get(`/Patient/${id}/$validate`)
      status(received, 200)
      check(!severities(outcomeOf(received).issue), 'no error')
    })

    must('against a profile of the specification', async ({ fhir }) => {
      const profile = 'http://hl7.org/fhir/StructureDefinition/vitalsigns'
      const received = await fhir.post(
        `/Observation/$validate?profile=${encodeURIComponent(profile)}`,
        observation(),
      )
      status(received, 200, 400, 422)
      check(severities(outcomeOf(received).issue), 'a vital sign needs a category and a subject')
    })

    must('a profile nobody knows is said', async ({ fhir }) => {
      const received = await fhir.post(
        '/Patient/$validate?profile=https%3A%2F%2Fnowhere.example%2Fp',
        patient(),
      )
      const { issue } = outcomeOf(received)
      check(
        issue.some(({ severity }) => severity !== 'information'),
        'an error or a warning',
      )
    })

    must('malformed: refused', async ({ fhir }) => {
      refusedAnyhow(await fhir.post('/Patient/$validate', '{'))
      refusedAnyhow(await fhir.post('/Nonsense/$validate', patient()))
    })
  },
)

export const operationVersions = clause(
  'operation-versions',
  'capabilitystatement-operation-versions.html',
  ({ may }) => {
    may('$versions says 4.0', async ({ fhir }) => {
      const received = await fhir.get('/$versions')
      status(received, 200)
      const { parameter } = resourceOf(received, 'Parameters')
      equal(
        parameter?.find(({ name }) => name === 'default')?.valueCode ??
          parameter?.find(({ name }) => name === 'default')?.valueString,
        '4.0',
        'default',
      )
    })
  },
)
