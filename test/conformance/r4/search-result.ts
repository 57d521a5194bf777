/** What a search gives back: _summary, _elements, _total. @see https://hl7.org/fhir/R4/search.html#return */
import type { Patient } from '@medplum/fhirtypes'
import { check, equal, present, refused, refusedAnyhow, status } from '../../support/conformance/check.ts'
import { type Context, clause, shared } from '../../support/conformance/clause.ts'
import { resourceOf } from '../../support/conformance/client.ts'
import { populate, searchPage } from '../../support/conformance/population.ts'
import { patient } from '../../support/conformance/samples.ts'

const people = shared((context) =>
  populate(context, () => ({
    eve: patient({
      text: { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml">Eve</div>' },
      gender: 'female',
      birthDate: '1980-01-01',
      maritalStatus: { text: 'single' },
      multipleBirthInteger: 2,
      communication: [{ language: { text: 'fr' }, preferred: true }],
      contact: [{ gender: 'male', name: { text: 'c' } }],
    }),
    adam: patient({ gender: 'male' }),
  })),
)

async function eve(context: Context, query: string): Promise<Patient> {
  const received = await searchPage(context.fhir, await people(context), 'Patient', `gender=female&${query}`)
  status(received, 200)
  const found = resourceOf(received, 'Bundle').entry?.[0]?.resource
  return present(found?.resourceType === 'Patient' ? found : undefined, 'the patient')
}

const isSubsetted = ({ meta }: Patient): boolean =>
  meta?.tag?.some(({ code }) => code === 'SUBSETTED') ?? false
const namesOf = (resource: Patient): string[] =>
  Object.keys(resource)
    .filter((name) => !['resourceType', 'id', 'meta'].includes(name))
    .sort()

export const searchSummary = clause('search-summary', 'search.html#summary', ({ must, should }) => {
  should('_summary=true keeps the summary elements', async (context) => {
    const found = await eve(context, '_summary=true')
    equal(namesOf(found), ['birthDate', 'gender', 'name'], 'the summary elements')
    check(isSubsetted(found), 'tagged SUBSETTED')
  })

  should('_summary=text keeps text and what is mandatory', async (context) => {
    const found = await eve(context, '_summary=text')
    check(namesOf(found).includes('text'), 'text')
    check(!namesOf(found).includes('contact') && !namesOf(found).includes('birthDate'), 'nothing else')
    check(isSubsetted(found), 'tagged SUBSETTED')
  })

  should('_summary=data drops the text alone', async (context) => {
    const found = await eve(context, '_summary=data')
    check(!namesOf(found).includes('text'), 'no text')
    equal(found.contact?.[0]?.gender, 'male', 'the rest')
    check(isSubsetted(found), 'tagged SUBSETTED')
  })

  must('_summary=count gives the count alone', async (context) => {
    const received = await searchPage(context.fhir, await people(context), 'Patient', '_summary=count')
    status(received, 200)
    const bundle = resourceOf(received, 'Bundle')
    equal([bundle.type, bundle.total, bundle.entry ?? []], ['searchset', 2, []], 'total, no entry')
  })

  must('_summary=false gives everything', async (context) => {
    const found = await eve(context, '_summary=false')
    equal([found.maritalStatus?.text, isSubsetted(found)], ['single', false], 'whole')
  })

  must('_summary with nonsense is refused', async (context) => {
    refusedAnyhow(await searchPage(context.fhir, await people(context), 'Patient', '_summary=nonsense'))
  })

  should(
    'a subset that comes back is not stored',
    async (context) => {
      const { fhir, unique } = context
      const { id } = await fhir.create(patient({ photo: [{ title: 'p' }] }))
      const subset = resourceOf(await fhir.get(`/Patient/${id}?_summary=true`), 'Patient')
      const path = `/Patient/${id}`
      const request = { method: 'PUT' as const, url: `Patient/${id}` }
      refused(await fhir.put(path, subset), 400, 422)
      refused(await fhir.put(`/Patient?_id=${id}`, subset), 400, 422)
      refused(await fhir.put(`/Patient/${unique()}`, subset), 400, 422)
      refused(await fhir.post('/Patient', subset), 400, 422)
      const tag = { system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue', code: 'SUBSETTED' }
      const patch = [{ op: 'add', path: '/meta/tag', value: [tag] }]
      refused(await fhir.patch(path, patch, 'application/json-patch+json'), 400, 422)
      const entry = [{ resource: subset, request }]
      refused(await fhir.post('', { resourceType: 'Bundle', type: 'transaction', entry }), 400, 422)
      const batch = await fhir.post('', { resourceType: 'Bundle', type: 'batch', entry })
      check(/^4/.test(resourceOf(batch, 'Bundle').entry?.[0]?.response?.status ?? ''), 'refused in a batch')
      const whole = resourceOf(await fhir.get(path), 'Patient')
      equal(
        [whole.photo?.[0]?.title, isSubsetted(whole), whole.meta?.versionId],
        ['p', false, '1'],
        'the resource is whole, without the tag, and has one version',
      )
    },
    'search.html#elements',
  )
})

export const searchElements = clause('search-elements', 'search.html#elements', ({ should, must, own }) => {
  should('the elements named and those that are mandatory', async (context) => {
    const found = await eve(context, '_elements=gender,communication')
    equal(namesOf(found), ['communication', 'gender'], 'elements')
    check(isSubsetted(found), 'tagged SUBSETTED')
    check(found.id !== undefined && found.meta !== undefined, 'id and meta')
  })

  must('a name that is not an element is harmless or refused', async (context) => {
    const received = await searchPage(context.fhir, await people(context), 'Patient', '_elements=nonsense')
    check(received.status === 200 || received.status === 400, `${received.status}`)
  })

  own('an element that does not exist is refused', async (context) => {
    refusedAnyhow(await searchPage(context.fhir, await people(context), 'Patient', '_elements=nonsense'))
  })
})

export const searchTotal = clause('search-total', 'search.html#total', ({ should, must, own }) => {
  should('_total=accurate', async (context) => {
    const bundle = resourceOf(
      await searchPage(context.fhir, await people(context), 'Patient', '_total=accurate&_count=1'),
      'Bundle',
    )
    equal(bundle.total, 2, 'total')
  })

  should('the total is told on each page', async (context) => {
    const first = resourceOf(
      await searchPage(context.fhir, await people(context), 'Patient', '_total=accurate&_count=1'),
      'Bundle',
    )
    const next = first.link?.find(({ relation }) => relation === 'next')?.url
    equal(resourceOf(await context.fhir.get(present(next, 'next')), 'Bundle').total, 2, 'total')
  })

  must('_total=none and estimate', async (context) => {
    for (const value of ['none', 'estimate'])
      status(await searchPage(context.fhir, await people(context), 'Patient', `_total=${value}`), 200)
  })

  own('no total unless it is asked for', async (context) => {
    equal(
      resourceOf(await searchPage(context.fhir, await people(context), 'Patient', ''), 'Bundle').total,
      undefined,
      'total',
    )
    equal(
      resourceOf(await searchPage(context.fhir, await people(context), 'Patient', '_total=none'), 'Bundle')
        .total,
      undefined,
      'total',
    )
  })

  must('_total with nonsense is refused', async (context) => {
    refusedAnyhow(await searchPage(context.fhir, await people(context), 'Patient', '_total=nonsense'))
  })
})
