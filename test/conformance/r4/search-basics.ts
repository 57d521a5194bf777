/** @see https://hl7.org/fhir/R4/search.html */
import { check, equal, present, refused, sameSet, status } from '../../support/conformance/check.ts'
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

export const searchBasics = clause('search-basics', 'search.html#3.1.1', ({ must, may, own }) => {
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

  must(
    '_count limits a page; next leads on; together they are all, once',
    async (context) => {
      const all = await people(context)
      for (const count of [1, 5, 11]) {
        const first = await searchPage(context.fhir, all, 'Patient', `_count=${count}`)
        status(first, 200)
        check((resourceOf(first, 'Bundle').entry?.length ?? 0) <= count, `at most ${count}`)
        const labels = labelsOf(all, await searchAll(context.fhir, first))
        sameSet(labels, all.labels, `all in pages of ${count}`)
      }
    },
    'search.html#count',
  )

  must(
    'a next page keeps to the search it belongs to',
    async (context) => {
      const all = await people(context)
      sameSet(
        labelsOf(
          all,
          await searchAll(
            context.fhir,
            await searchPage(context.fhir, all, 'Patient', 'gender=male&_count=2'),
          ),
        ),
        ['p0', 'p1', 'p2', 'p3', 'p4', 'p5'],
        'males alone',
      )
    },
    'http.html#paging',
  )

  may(
    'pages have first or previous links that work',
    async (context) => {
      const all = await people(context)
      const first = await searchPage(context.fhir, all, 'Patient', '_count=5')
      const second = await context.fhir.get(present(linkOf(resourceOf(first, 'Bundle'), 'next'), 'next'))
      const back =
        linkOf(resourceOf(second, 'Bundle'), 'previous') ??
        linkOf(resourceOf(second, 'Bundle'), 'prev') ??
        linkOf(resourceOf(second, 'Bundle'), 'first')
      const again = await context.fhir.get(present(back, 'previous or first'))
      equal(
        labelsOf(all, resourceOf(again, 'Bundle').entry ?? []),
        labelsOf(all, resourceOf(first, 'Bundle').entry ?? []),
        'the first page',
      )
    },
    'http.html#paging',
  )

  must(
    '_count=0 gives the count alone',
    async (context) => {
      const received = await searchPage(context.fhir, await people(context), 'Patient', '_count=0')
      status(received, 200)
      const bundle = resourceOf(received, 'Bundle')
      equal([bundle.total, bundle.entry ?? []], [12, []], 'total, no entry')
    },
    'search.html#count',
  )

  must(
    'a _count that is no number is refused',
    async (context) => {
      for (const count of ['-1', 'x', '1.5', '99999999999999999999999999'])
        check(
          [400, 200].includes(
            (await searchPage(context.fhir, await people(context), 'Patient', `_count=${count}`)).status,
          ),
          `${count}: 400, or a page`,
        )
      refused(await searchPage(context.fhir, await people(context), 'Patient', '_count=x'), 400)
      refused(await searchPage(context.fhir, await people(context), 'Patient', '_count=-1'), 400)
    },
    'search.html#count',
  )

  must(
    'a huge _count is no danger',
    async (context) => {
      const received = await searchPage(context.fhir, await people(context), 'Patient', '_count=1000000')
      status(received, 200, 400)
    },
    'search.html#count',
  )

  must(
    'a cursor that was changed is refused, or found to be harmless',
    async (context) => {
      const first = await searchPage(context.fhir, await people(context), 'Patient', '_count=2')
      const next = present(linkOf(resourceOf(first, 'Bundle'), 'next'), 'next')
      for (const changed of [
        `${next}x`,
        next.slice(0, -3),
        next.replace(/.(?=.{5}$)/, (c) => (c === 'A' ? 'B' : 'A')),
      ]) {
        const received = await context.fhir.get(changed)
        check(received.status < 500, `no error of the server: ${received.status}`)
      }
    },
    'http.html#paging',
  )

  own('an unknown parameter is 400 and the known ones are named', async ({ fhir }) => {
    const received = await fhir.get('/Patient?nonsense=1')
    refused(received, 400)
    check(
      received.text.includes('nonsense') && received.text.includes('birthdate'),
      'names the unknown one and the known',
    )
  })

  must(
    'Prefer: handling=strict refuses an unknown parameter',
    async ({ fhir }) => {
      refused(await fhir.get('/Patient?nonsense=1', { prefer: 'handling=strict' }), 400)
    },
    'search.html#errors',
  )

  must(
    'Prefer: handling=lenient ignores it and says so in self',
    async (context) => {
      const received = await searchPage(
        context.fhir,
        await people(context),
        'Patient',
        'gender=male&nonsense=1',
        { prefer: 'handling=lenient' },
      )
      status(received, 200)
      const bundle = resourceOf(received, 'Bundle')
      equal(
        (bundle.entry ?? []).filter(({ search }) => search?.mode === 'match').length,
        6,
        'the rest of the search',
      )
      check(!(linkOf(bundle, 'self') ?? '').includes('nonsense'), 'self does not name it')
    },
    'search.html#errors',
  )

  own('a lenient search tells what it ignored in an outcome entry', async (context) => {
    const received = await searchPage(context.fhir, await people(context), 'Patient', 'nonsense=1', {
      prefer: 'handling=lenient',
    })
    const entry = resourceOf(received, 'Bundle').entry?.find(({ search }) => search?.mode === 'outcome')
    equal(entry?.resource?.resourceType, 'OperationOutcome', 'an OperationOutcome')
    check(JSON.stringify(entry).includes('nonsense'), 'that names it')
  })

  own('a value that cannot be is refused even when lenient is asked for', async ({ fhir }) => {
    refused(await fhir.get('/Patient?birthdate=nonsense', { prefer: 'handling=lenient' }), 400)
  })

  must(
    'a parameter of another type of resource is unknown',
    async ({ fhir }) => {
      refused(await fhir.get('/Patient?value-quantity=1', { prefer: 'handling=strict' }), 400)
    },
    'search.html#errors',
  )

  must(
    'an unknown modifier is refused',
    async ({ fhir }) => {
      for (const name of ['name:nonsense', 'gender:exact', 'birthdate:contains', 'name:not-in'])
        refused(await fhir.get(`/Patient?${name}=x`, { prefer: 'handling=strict' }), 400)
    },
    'search.html#modifiers',
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

  must(
    'paging goes on while resources come and go',
    async (context) => {
      const { fhir } = context
      const all = await populate(context, () =>
        Object.fromEntries(Array.from({ length: 9 }, (_n, i) => [`q${i}`, patient()])),
      )
      const first = await searchPage(fhir, all, 'Patient', '_count=3')
      const seen = labelsOf(all, resourceOf(first, 'Bundle').entry ?? [])
      const gone = present(seen[0], 'a first one')
      status(await fhir.delete(`/Patient/${all.id(gone)}`), 200, 204)
      const labels = labelsOf(all, await searchAll(fhir, first))
      equal(new Set(labels).size, labels.length, 'none twice')
      sameSet(labels, all.labels, 'none lost: the first page had the deleted one already')
    },
    'http.html#paging',
  )

  must('a search is asked by HEAD without harm', async ({ fhir }) => {
    check([200, 404, 405].includes((await fhir.request('HEAD', '/Patient?_count=1')).status), 'answered')
  })
})
