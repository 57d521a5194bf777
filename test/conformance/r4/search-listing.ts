/** Searches of whatever a server has, as every server answers them. @see https://hl7.org/fhir/R4/search.html */
import {
  check,
  equal,
  present,
  refused,
  refusedAnyhow,
  sameSet,
  status,
} from '../../support/conformance/check.ts'
import { type Context, clause } from '../../support/conformance/clause.ts'
import { type HeaderFields, type Received, resourceOf } from '../../support/conformance/client.ts'
import { linkOf, searchAll } from '../../support/conformance/population.ts'

async function ask(context: Context, more = '', headers: HeaderFields = {}): Promise<Received> {
  const { type, query } = await context.searchable()
  return context.fhir.get(`/${type}?${query}${more === '' ? '' : `&${more}`}`, headers)
}

async function idsOf({ fhir }: Context, first: Received): Promise<string[]> {
  const entries = await searchAll(fhir, first)
  return entries.flatMap(({ resource, search }) => (search?.mode === 'outcome' ? [] : (resource?.id ?? [])))
}

export const searchListing = clause('search-listing', 'search.html', ({ must, should, may }) => {
  must('a Bundle of type searchset whose entries have fullUrl, resource and mode', async (context) => {
    const { type, ids } = await context.searchable()
    const received = await ask(context, '_count=100')
    status(received, 200)
    const bundle = resourceOf(received, 'Bundle')
    equal(bundle.type, 'searchset', 'type')
    sameSet(await idsOf(context, received), ids, 'all of them, once')
    for (const { fullUrl, resource, search } of bundle.entry ?? []) {
      equal(resource?.resourceType, type, 'the type searched')
      equal(fullUrl, `${context.fhir.base}/${type}/${resource?.id}`, 'fullUrl, without a version')
      equal(search?.mode, 'match', 'mode')
    }
  })

  must(
    'what is found is read under its fullUrl',
    async (context) => {
      const [entry] = resourceOf(await ask(context, '_count=1'), 'Bundle').entry ?? []
      const received = await context.fhir.get(present(entry?.fullUrl, 'fullUrl'))
      status(received, 200)
      equal(JSON.parse(received.text).id, entry?.resource?.id, 'the same')
    },
    'bundle.html#bundle-unique',
  )

  must(
    'the self link answers the same',
    async (context) => {
      const { ids } = await context.searchable()
      const self = present(linkOf(resourceOf(await ask(context, '_count=100'), 'Bundle'), 'self'), 'self')
      sameSet(await idsOf(context, await context.fhir.get(self)), ids, 'all of them')
    },
    'search.html#conformance',
  )

  must(
    '_count limits a page; next leads on; together they are all, once',
    async (context) => {
      const { ids } = await context.searchable()
      for (const count of [1, 3, 7]) {
        const first = await ask(context, `_count=${count}`)
        check((resourceOf(first, 'Bundle').entry?.length ?? 0) <= count, `at most ${count}`)
        sameSet(await idsOf(context, first), ids, `all in pages of ${count}`)
      }
    },
    'http.html#paging',
  )

  may(
    'a page leads back to the first',
    async (context) => {
      const first = await ask(context, '_count=2')
      const next = present(linkOf(resourceOf(first, 'Bundle'), 'next'), 'next')
      const second = resourceOf(await context.fhir.get(next), 'Bundle')
      const back = present(linkOf(second, 'first') ?? linkOf(second, 'previous'), 'first or previous')
      equal(
        resourceOf(await context.fhir.get(back), 'Bundle').entry?.map(({ fullUrl }) => fullUrl),
        resourceOf(first, 'Bundle').entry?.map(({ fullUrl }) => fullUrl),
        'the first page',
      )
    },
    'http.html#paging',
  )

  must(
    'a link to a page that was changed does no harm',
    async (context) => {
      const next = present(linkOf(resourceOf(await ask(context, '_count=2'), 'Bundle'), 'next'), 'next')
      for (const changed of [`${next}x`, next.slice(0, -3)]) {
        const received = await context.fhir.get(changed)
        check(received.status < 500, `no error of the server: ${received.status}`)
      }
    },
    'http.html#paging',
  )

  must(
    'a _count that is no number is refused, a huge one is no danger',
    async (context) => {
      refused(await ask(context, '_count=x'), 400)
      refused(await ask(context, '_count=-1'), 400)
      status(await ask(context, '_count=1000000'), 200, 400)
    },
    'search.html#count',
  )

  for (const count of ['_count=0', '_summary=count'])
    should(
      `${count} gives the count alone`,
      async (context) => {
        const received = await ask(context, count)
        status(received, 200)
        const bundle = resourceOf(received, 'Bundle')
        equal([bundle.total, bundle.entry ?? []], [7, []], 'total, no entry')
      },
      'search.html#count',
    )

  should(
    '_total=accurate',
    async (context) => {
      equal(resourceOf(await ask(context, '_total=accurate&_count=1'), 'Bundle').total, 7, 'total')
    },
    'search.html#total',
  )

  must(
    '_total=none, and nonsense',
    async (context) => {
      status(await ask(context, '_total=none'), 200)
      refusedAnyhow(await ask(context, '_total=nonsense'))
    },
    'search.html#total',
  )

  must(
    'an unknown parameter is refused when strict handling is preferred',
    async (context) => refused(await ask(context, 'nonsense=1', { prefer: 'handling=strict' }), 400),
    'search.html#errors',
  )

  must(
    'an unknown parameter is left out when lenient handling is preferred, and self says so',
    async (context) => {
      const { ids } = await context.searchable()
      const received = await ask(context, 'nonsense=1', { prefer: 'handling=lenient' })
      status(received, 200)
      sameSet(await idsOf(context, received), ids, 'the rest of the search')
      check(!(linkOf(resourceOf(received, 'Bundle'), 'self') ?? '').includes('nonsense'), 'not in self')
    },
    'search.html#errors',
  )

  must(
    'an unknown modifier is refused',
    async (context) => refused(await ask(context, '_id:nonsense=x', { prefer: 'handling=strict' }), 400),
    'search.html#modifiers',
  )

  must(
    'POST _search with a form',
    async (context) => {
      const { type, query, ids } = await context.searchable()
      const received = await context.fhir.post(`/${type}/_search`, query, {
        'content-type': 'application/x-www-form-urlencoded',
      })
      status(received, 200)
      sameSet(await idsOf(context, received), ids, 'the same')
    },
    'http.html#search',
  )

  must(
    '_id keeps to some',
    async (context) => {
      const { ids } = await context.searchable()
      const [one = '', two = ''] = ids
      sameSet(await idsOf(context, await ask(context, `_id=${one}`)), [one], 'one')
      sameSet(await idsOf(context, await ask(context, `_id=${one},${two},nobody`)), [one, two], 'two')
      sameSet(await idsOf(context, await ask(context, `_id=${one}&_id=${two}`)), [], 'none is both')
    },
    'search.html#id',
  )

  must(
    '_lastUpdated keeps to a time',
    async (context) => {
      const { ids } = await context.searchable()
      sameSet(await idsOf(context, await ask(context, '_lastUpdated=ge2000-01-01')), ids, 'all')
      const none = await ask(context, '_lastUpdated=gt2199-01-01')
      sameSet(await idsOf(context, none), [], 'none')
      check(!/"entry"\s*:\s*\[\s*\]/.test(none.text), 'and no empty array, which FHIR does not allow')
    },
    'search.html#lastUpdated',
  )

  must(
    'a date that is none is refused',
    async (context) =>
      refused(await ask(context, '_lastUpdated=2020-02-30', { prefer: 'handling=strict' }), 400),
    'search.html#date',
  )

  should(
    '_sort=_lastUpdated, and the other way round',
    async (context) => {
      const { ids } = await context.searchable()
      const times = async (sort: string): Promise<number[]> => {
        const entries = await searchAll(context.fhir, await ask(context, `_sort=${sort}&_count=3`))
        equal(entries.length, ids.length, 'all of them')
        return entries.map(({ resource }) => Date.parse(resource?.meta?.lastUpdated ?? ''))
      }
      const [up, down] = [await times('_lastUpdated'), await times('-_lastUpdated')]
      equal(
        up,
        [...up].sort((a, b) => a - b),
        'the oldest first',
      )
      equal(
        down,
        [...down].sort((a, b) => b - a),
        'the newest first',
      )
    },
    'search.html#sort',
  )

  must(
    'in XML a Bundle too',
    async (context) => {
      const received = await ask(context, '', { accept: 'application/fhir+xml' })
      status(received, 200)
      check(/^(<\?xml[^>]*\?>)?\s*<Bundle\b/.test(received.text), 'a Bundle')
      check(/<search>\s*<mode value="match"\/>/.test(received.text), 'with the mode of each')
    },
    'http.html#mime-type',
  )

  for (const mode of ['true', 'text', 'data'])
    should(
      `_summary=${mode} is marked as a part`,
      async (context) => {
        const received = await ask(context, `_summary=${mode}`)
        status(received, 200)
        const tags = (resourceOf(received, 'Bundle').entry ?? []).map(({ resource }) => resource?.meta?.tag)
        check(
          tags.length === 7 && tags.every((all) => all?.some(({ code }) => code === 'SUBSETTED')),
          'SUBSETTED',
        )
      },
      'search.html#summary',
    )
})
