/** History of an instance, a type and the system. @see https://hl7.org/fhir/R4/http.html#history */
import type { BundleEntry } from '@medplum/fhirtypes'
import {
  check,
  equal,
  present,
  refused,
  refusedAnyhow,
  status,
  succeeded,
} from '../../support/conformance/check.ts'
import { type Context, clause } from '../../support/conformance/clause.ts'
import { type Fhir, outcomeOf, resourceOf } from '../../support/conformance/client.ts'
import { linkOf, searchAll } from '../../support/conformance/population.ts'
import { patient } from '../../support/conformance/samples.ts'

/** Created, updated, deleted, brought back: four versions, newest first in a history. */
async function lived({ fhir }: Context): Promise<string> {
  const { id } = await fhir.create(patient({ gender: 'male' }))
  succeeded(await fhir.put(`/Patient/${id}`, { ...patient({ gender: 'female' }), id }))
  succeeded(await fhir.delete(`/Patient/${id}`))
  succeeded(await fhir.put(`/Patient/${id}`, { ...patient({ gender: 'other' }), id }))
  return id
}

async function entriesOf(fhir: Fhir, path: string): Promise<BundleEntry[]> {
  return searchAll(fhir, await fhir.get(path))
}

const methods = (entries: readonly BundleEntry[]): unknown[] => entries.map(({ request }) => request?.method)
const isOf =
  (type: string, id: string) =>
  ({ request, fullUrl }: BundleEntry): boolean =>
    `${request?.url ?? ''} ${fullUrl ?? ''}`.includes(`${type}/${id}`)

/** A moment the server knows, between what was before and what comes. */
async function moment(fhir: Fhir): Promise<string> {
  await new Promise((resolve) => setTimeout(resolve, 30))
  const { id, meta } = resourceOf(
    await fhir.post('/Basic', { resourceType: 'Basic', code: { text: 'time' } }),
    'Basic',
  )
  succeeded(await fhir.delete(`/Basic/${id}`))
  await new Promise((resolve) => setTimeout(resolve, 30))
  return present(meta?.lastUpdated, 'meta.lastUpdated')
}

export const historyInstance = clause('history-instance', 'http.html#history', ({ must, should, own }) => {
  must('a Bundle of type history, newest first, with request and response', async (context) => {
    const id = await lived(context)
    const received = await context.fhir.get(`/Patient/${id}/_history`)
    status(received, 200)
    const bundle = resourceOf(received, 'Bundle')
    equal(bundle.type, 'history', 'type')
    const entries = bundle.entry ?? []
    equal(methods(entries), ['PUT', 'DELETE', 'PUT', 'POST'], 'methods, newest first')
    equal(
      entries.map(({ resource }) => (resource?.resourceType === 'Patient' ? resource.gender : undefined)),
      ['other', undefined, 'female', 'male'],
      'each version, none for the deletion',
    )
    for (const { request, response } of entries) {
      present(request?.url, 'request.url')
      check(
        /^\d\d\d\b/.test(response?.status ?? ''),
        `response.status begins with the number: ${response?.status}`,
      )
    }
  })

  must(
    'each entry has a fullUrl without a version',
    async (context) => {
      const id = await lived(context)
      for (const { fullUrl } of await entriesOf(context.fhir, `/Patient/${id}/_history`)) {
        if (fullUrl !== undefined) equal(fullUrl, `${context.fhir.base}/Patient/${id}`, 'fullUrl')
      }
    },
    'bundle.html#bundle-unique',
  )

  should('lastModified and etag of each entry', async (context) => {
    const id = await lived(context)
    const times = (await entriesOf(context.fhir, `/Patient/${id}/_history`)).map(({ response }) => {
      check(/^W\/".+"$/.test(response?.etag ?? ''), `etag: ${response?.etag}`)
      return Date.parse(present(response?.lastModified, 'lastModified'))
    })
    equal(
      times,
      [...times].sort((a, b) => b - a),
      'newest first',
    )
  })

  must('a total, if there is one, counts all versions and not those of the page', async (context) => {
    const id = await lived(context)
    const { total } = resourceOf(await context.fhir.get(`/Patient/${id}/_history?_count=1`), 'Bundle')
    check(total === undefined || total === 4, `total ${total}`)
  })

  must('the history of a deleted resource is readable', async ({ fhir }) => {
    const { id } = await fhir.create(patient())
    succeeded(await fhir.delete(`/Patient/${id}`))
    equal(methods(await entriesOf(fhir, `/Patient/${id}/_history`)), ['DELETE', 'POST'], 'both versions')
  })

  should(
    'a version that brings a deleted resource back was created by its update',
    async (context) => {
      const entries = await entriesOf(context.fhir, `/Patient/${await lived(context)}/_history`)
      equal(
        entries.map(({ request, response }) => `${request?.method} ${response?.status?.slice(0, 3)}`),
        ['PUT 201', 'DELETE 204', 'PUT 200', 'POST 201'],
        'method and status of each',
      )
    },
    'http.html#update',
  )

  should(
    '_summary=count and _count=0 give the count alone',
    async (context) => {
      const id = await lived(context)
      for (const query of ['_summary=count', '_count=0']) {
        const received = await context.fhir.get(`/Patient/${id}/_history?${query}`)
        status(received, 200)
        const bundle = resourceOf(received, 'Bundle')
        equal([bundle.type, bundle.total, bundle.entry ?? []], ['history', 4, []], 'total, no entry')
      }
    },
    'search.html#count',
  )

  must('the history of what never was is 404', async ({ fhir, unique }) => {
    refused(await fhir.get(`/Patient/${unique()}/_history`), 404)
    const { id } = await fhir.create(patient())
    refused(await fhir.get(`/Observation/${id}/_history`), 404)
  })

  must(
    '_count makes pages; together they are the history',
    async (context) => {
      const id = await lived(context)
      for (const count of [1, 3]) {
        const first = await context.fhir.get(`/Patient/${id}/_history?_count=${count}`)
        status(first, 200)
        const bundle = resourceOf(first, 'Bundle')
        check((bundle.entry?.length ?? 0) <= count, `at most ${count}`)
        present(linkOf(bundle, 'next'), 'a link to the next page')
        equal(
          methods(await searchAll(context.fhir, first)),
          ['PUT', 'DELETE', 'PUT', 'POST'],
          'all versions, in order',
        )
      }
    },
    'http.html#paging',
  )

  must('_since leaves out what was before', async (context) => {
    const { id } = await context.fhir.create(patient())
    const since = await moment(context.fhir)
    succeeded(await context.fhir.put(`/Patient/${id}`, { ...patient({ active: true }), id }))
    const entries = await entriesOf(
      context.fhir,
      `/Patient/${id}/_history?_since=${encodeURIComponent(since)}`,
    )
    equal(methods(entries), ['PUT'], 'the update alone')
  })

  should('_at keeps the versions current at that time', async (context) => {
    const { id } = await context.fhir.create(patient({ gender: 'male' }))
    succeeded(await context.fhir.put(`/Patient/${id}`, { ...patient({ gender: 'female' }), id }))
    const at = await moment(context.fhir)
    succeeded(await context.fhir.put(`/Patient/${id}`, { ...patient({ gender: 'other' }), id }))
    const genders = (
      await entriesOf(context.fhir, `/Patient/${id}/_history?_at=${encodeURIComponent(at)}`)
    ).map(({ resource }) => (resource?.resourceType === 'Patient' ? resource.gender : undefined))
    equal(genders, ['female'], 'the version of that moment alone')
  })

  should('_at of a whole year includes every version of it', async (context) => {
    const id = await lived(context)
    const year = new Date().getUTCFullYear()
    equal((await entriesOf(context.fhir, `/Patient/${id}/_history?_at=${year}`)).length, 4, 'four versions')
  })

  must('a _since that is no instant is refused', async ({ fhir }) => {
    const { id } = await fhir.create(patient())
    for (const value of ['nonsense', '2020-13-01T00:00:00Z', '2020-02-30T00:00:00Z'])
      refusedAnyhow(await fhir.get(`/Patient/${id}/_history?_since=${value}`))
  })

  own('unknown parameters and broken cursors are refused', async ({ fhir }) => {
    const { id } = await fhir.create(patient())
    refused(await fhir.get(`/Patient/${id}/_history?nonsense=1`), 400)
    refused(await fhir.get(`/Patient/${id}/_history?_count=x`), 400)
    refused(await fhir.get(`/Patient/${id}/_history?_count=-1`), 400)
  })
})

export const historyType = clause('history-type', 'http.html#history', ({ must }) => {
  must('versions of many resources of the type, newest first', async (context) => {
    const since = await moment(context.fhir)
    const [one, two] = [await lived(context), await lived(context)]
    const { id: device } = await context.fhir.create({ resourceType: 'Device' })
    const entries = await entriesOf(
      context.fhir,
      `/Patient/_history?_count=50&_since=${encodeURIComponent(since)}`,
    )
    equal(methods(entries.filter(isOf('Patient', one))), ['PUT', 'DELETE', 'PUT', 'POST'], 'the first')
    equal(methods(entries.filter(isOf('Patient', two))), ['PUT', 'DELETE', 'PUT', 'POST'], 'the second')
    equal(entries.filter(isOf('Device', device)), [], 'no other type')
    const times = entries.flatMap(({ response }) =>
      response?.lastModified ? [Date.parse(response.lastModified)] : [],
    )
    equal(
      times,
      [...times].sort((a, b) => b - a),
      'newest first over the whole',
    )
  })

  must('pages neither repeat nor lose a version', async (context) => {
    const since = await moment(context.fhir)
    const ids = [await lived(context), await lived(context)]
    const entries = await entriesOf(
      context.fhir,
      `/Patient/_history?_count=3&_since=${encodeURIComponent(since)}`,
    )
    for (const id of ids)
      equal(methods(entries.filter(isOf('Patient', id))), ['PUT', 'DELETE', 'PUT', 'POST'], 'each once')
  })

  must('an unknown type is 404', async ({ fhir }) => refused(await fhir.get('/Nonsense/_history'), 404))

  must('a type without resources has an empty history', async ({ fhir }) => {
    const received = await fhir.get('/VerificationResult/_history')
    status(received, 200)
    equal(resourceOf(received, 'Bundle').type, 'history', 'a history')
  })
})

export const historySystem = clause('history-system', 'http.html#history', ({ must }) => {
  must('versions of all types', async (context) => {
    const since = await moment(context.fhir)
    const one = await lived(context)
    const { id: device } = await context.fhir.create({ resourceType: 'Device' })
    const entries = await entriesOf(context.fhir, `/_history?_count=50&_since=${encodeURIComponent(since)}`)
    equal(methods(entries.filter(isOf('Patient', one))), ['PUT', 'DELETE', 'PUT', 'POST'], 'the patient')
    equal(methods(entries.filter(isOf('Device', device))), ['POST'], 'the device')
  })

  must('what a transaction did stands in it', async ({ fhir, unique }) => {
    const since = await moment(fhir)
    const id = unique()
    succeeded(
      await fhir.post('', {
        resourceType: 'Bundle',
        type: 'transaction',
        entry: [
          { resource: { ...patient(), id }, request: { method: 'PUT', url: `Patient/${id}` } },
          { resource: { resourceType: 'Device' }, request: { method: 'POST', url: 'Device' } },
        ],
      }),
    )
    const entries = await entriesOf(fhir, `/_history?_count=50&_since=${encodeURIComponent(since)}`)
    equal(entries.filter(isOf('Patient', id)).length, 1, 'the patient of the transaction')
  })

  must('a _since in the future finds nothing', async ({ fhir }) => {
    const received = await fhir.get(`/_history?_since=${new Date(Date.now() + 86_400_000).toISOString()}`)
    status(received, 200)
    equal(resourceOf(received, 'Bundle').entry ?? [], [], 'no entry')
  })

  must('POST to a history is not allowed', async ({ fhir }) => {
    const received = await fhir.post('/_history', patient())
    refusedAnyhow(received)
    check(outcomeOf(received).issue.length > 0, 'and says so')
  })
})
