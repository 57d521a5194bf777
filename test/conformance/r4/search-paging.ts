/** Pages of a search. @see https://hl7.org/fhir/R4/http.html#paging */
import { check, equal, present, refused, sameSet, status } from '../../support/conformance/check.ts'
import { clause, shared } from '../../support/conformance/clause.ts'
import { resourceOf } from '../../support/conformance/client.ts'
import { labelsOf, linkOf, populate, searchAll, searchPage } from '../../support/conformance/population.ts'
import { patient } from '../../support/conformance/samples.ts'

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

export const searchPaging = clause('search-paging', 'http.html#paging', ({ must, may }) => {
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
