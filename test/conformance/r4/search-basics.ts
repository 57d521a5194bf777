/** @see https://hl7.org/fhir/R4/search.html */
import { check, equal, present, sameSet, status } from '../../support/conformance/check.ts'
import { clause, shared } from '../../support/conformance/clause.ts'
import { outcomeOf, resourceOf } from '../../support/conformance/client.ts'
import {
  encoded,
  found,
  labelsOf,
  linkOf,
  populate,
  searchAll,
  searchPage,
  tagQuery,
} from '../../support/conformance/population.ts'
import { byIdentifier, identified, patient } from '../../support/conformance/samples.ts'

const SEARCH_FORM = 'application/x-www-form-urlencoded'

const people = shared((context) =>
  populate(context, () =>
    Object.fromEntries(
      Array.from({ length: 12 }, (_nothing, index) => [
        `p${index}`,
        patient({ gender: index < 6 ? 'male' : 'female', active: index % 2 === 0 }),
      ]),
    ),
  ),
)

export const searchBasics = clause('search-basics', 'search.html#3.1.1', ({ must }) => {
  must('a Bundle of type searchset whose entries have fullUrl, resource and mode', async (context) => {
    const received = await searchPage(context.fhir, await people(context), 'Patient', 'gender=male')
    status(received, 200)
    const bundle = resourceOf(received, 'Bundle')
    equal(bundle.type, 'searchset', 'type')
    equal(bundle.entry?.length, 6, 'entries')
    for (const { fullUrl, resource, search } of bundle.entry ?? []) {
      equal(fullUrl, `${context.fhir.base}/Patient/${resource?.id}`, 'fullUrl')
      equal(search?.mode, 'match', 'mode')
      check(!/_history/.test(fullUrl ?? ''), 'fullUrl names no version')
    }
  })

  must(
    'the self link tells the search that was done',
    async (context) => {
      const received = await searchPage(context.fhir, await people(context), 'Patient', 'gender=male')
      const self = new URL(present(linkOf(resourceOf(received, 'Bundle'), 'self'), 'the self link'))
      equal(self.searchParams.get('gender'), 'male', 'gender')
      check((self.searchParams.get('_tag') ?? '').includes((await people(context)).tag), '_tag')
      const again = await searchAll(context.fhir, await context.fhir.get(self.href))
      equal(again.length, 6, 'and answers the same')
    },
    'search.html#conformance',
  )

  must('no match: an empty searchset', async (context) => {
    const received = await searchPage(context.fhir, await people(context), 'Patient', 'gender=unknown')
    status(received, 200)
    const bundle = resourceOf(received, 'Bundle')
    equal([bundle.type, bundle.entry ?? []], ['searchset', []], 'no entry')
    check(!/"entry"\s*:\s*\[\s*\]/.test(received.text), 'and no empty array, which FHIR does not allow')
  })

  must(
    'several parameters are AND, commas are OR',
    async (context) => {
      const all = await people(context)
      sameSet(await found(context.fhir, all, 'Patient', 'gender=male&active=true'), ['p0', 'p2', 'p4'], 'AND')
      equal((await found(context.fhir, all, 'Patient', 'gender=male,female')).length, 12, 'OR')
      sameSet(
        await found(context.fhir, all, 'Patient', 'gender=male&gender=female'),
        [],
        'the same twice is AND',
      )
    },
    'search.html#combining',
  )

  must(
    'POST _search with a form',
    async (context) => {
      const all = await people(context)
      const received = await context.fhir.post('/Patient/_search', encoded(`gender=male&${tagQuery(all)}`), {
        'content-type': SEARCH_FORM,
      })
      status(received, 200)
      equal(labelsOf(all, await searchAll(context.fhir, received)).length, 6, 'six')
    },
    'http.html#search',
  )

  must(
    'POST _search joins its form and its URL',
    async (context) => {
      const all = await people(context)
      const received = await context.fhir.post(
        `/Patient/_search?${encoded('active=true')}`,
        encoded(`gender=male&${tagQuery(all)}`),
        { 'content-type': `${SEARCH_FORM}; charset=UTF-8` },
      )
      status(received, 200)
      sameSet(labelsOf(all, await searchAll(context.fhir, received)), ['p0', 'p2', 'p4'], 'both count')
    },
    'http.html#search',
  )

  must(
    'POST _search with an empty form is a search',
    async ({ fhir }) => {
      const received = await fhir.post('/Patient/_search', '', { 'content-type': SEARCH_FORM })
      status(received, 200)
      equal(resourceOf(received, 'Bundle').type, 'searchset', 'type')
    },
    'http.html#search',
  )

  must(
    'a form decodes + and percent',
    async ({ fhir, unique }) => {
      const value = unique('a b+c')
      await fhir.create(identified(value))
      const form = `identifier=${encodeURIComponent('https://conformance.example/identifiers|').replace('%7C', '%7c')}a+b%2Bc${encodeURIComponent(value.slice(5))}`
      const received = await fhir.post('/Patient/_search', form, { 'content-type': SEARCH_FORM })
      status(received, 200)
      equal(resourceOf(received, 'Bundle').entry?.length, 1, 'found')
    },
    'http.html#search',
  )

  must('an empty value is no condition that matches everything by error', async ({ fhir }) => {
    const received = await fhir.get('/Patient?name=')
    check([200, 400].includes(received.status), `${received.status}`)
    if (received.status === 400) outcomeOf(received)
  })

  must('a search of a deleted and of an updated resource sees the present', async ({ fhir, unique }) => {
    const [before, after] = [unique(), unique()]
    const { id } = await fhir.create(identified(before))
    status(await fhir.put(`/Patient/${id}`, { ...identified(after), id }), 200)
    equal(
      resourceOf(await fhir.get(`/Patient?${byIdentifier(before)}`), 'Bundle').entry ?? [],
      [],
      'not by the former value',
    )
    equal(
      resourceOf(await fhir.get(`/Patient?${byIdentifier(after)}`), 'Bundle').entry?.length,
      1,
      'by the new one',
    )
  })
})
