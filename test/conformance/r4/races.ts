/** Many clients at once. @see https://hl7.org/fhir/R4/http.html#transactional-integrity */
import type { Bundle, BundleEntry } from '@medplum/fhirtypes'
import { check, equal, headerOf, succeeded } from '../../support/conformance/check.ts'
import { clause } from '../../support/conformance/clause.ts'
import { type Received, resourceOf } from '../../support/conformance/client.ts'
import { searchAll } from '../../support/conformance/population.ts'
import { byIdentifier, identified, patient } from '../../support/conformance/samples.ts'

const times = <T>(count: number, run: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_nothing, index) => run(index)))

const tally = (answers: readonly Received[]): Record<string, number> => {
  const counts: Record<string, number> = {}
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1
  return counts
}

const noServerError = (answers: readonly Received[]): void =>
  check(
    answers.every(({ status }) => status < 500),
    `no error of the server: ${JSON.stringify(tally(answers))}`,
  )

export const races = clause('races', 'http.html#transactional-integrity', ({ must, own }) => {
  must('32 identical conditional creates make one resource', async ({ fhir, unique }) => {
    const value = unique()
    const answers = await times(32, () =>
      fhir.post('/Patient', identified(value), { 'if-none-exist': byIdentifier(value) }),
    )
    equal(tally(answers)['201'], 1, `exactly one 201: ${JSON.stringify(tally(answers))}`)
    noServerError(answers)
    equal(
      resourceOf(await fhir.get(`/Patient?${byIdentifier(value)}`), 'Bundle').entry?.length,
      1,
      'one resource',
    )
  })

  must('16 identical conditional updates make one resource', async ({ fhir, unique }) => {
    const value = unique()
    const answers = await times(16, (index) =>
      fhir.put(`/Patient?${byIdentifier(value)}`, identified(value, { multipleBirthInteger: index })),
    )
    equal(tally(answers)['201'], 1, `exactly one 201: ${JSON.stringify(tally(answers))}`)
    noServerError(answers)
    equal(
      resourceOf(await fhir.get(`/Patient?${byIdentifier(value)}`), 'Bundle').entry?.length,
      1,
      'one resource',
    )
  })

  must('16 transactions with the same ifNoneExist make one resource', async ({ fhir, unique }) => {
    const value = unique()
    const bundle: Bundle = {
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [
        {
          resource: identified(value),
          request: { method: 'POST', url: 'Patient', ifNoneExist: byIdentifier(value) },
        },
      ],
    }
    noServerError(await times(16, () => fhir.post('', bundle)))
    equal(
      resourceOf(await fhir.get(`/Patient?${byIdentifier(value)}`), 'Bundle').entry?.length,
      1,
      'one resource',
    )
  })

  must(
    'of 12 updates with one If-Match one wins',
    async ({ fhir }) => {
      const created = await fhir.post('/Patient', patient())
      const { id } = resourceOf(created, 'Patient')
      const answers = await times(12, (index) =>
        fhir.put(
          `/Patient/${id}`,
          { ...patient({ multipleBirthInteger: index }), id },
          { 'if-match': headerOf(created, 'etag') },
        ),
      )
      equal(tally(answers)['200'], 1, `exactly one 200: ${JSON.stringify(tally(answers))}`)
      check(
        answers.every(({ status }) => status === 200 || status === 412 || status === 409),
        JSON.stringify(tally(answers)),
      )
      equal((await searchAll(fhir, await fhir.get(`/Patient/${id}/_history`))).length, 2, 'two versions')
    },
    'http.html#concurrency',
  )

  must('of 12 updates without If-Match each is a version of its own', async ({ fhir }) => {
    const { id } = await fhir.create(patient())
    const answers = await times(12, (index) =>
      fhir.put(`/Patient/${id}`, { ...patient({ multipleBirthInteger: index }), id }),
    )
    noServerError(answers)
    const versions = (await searchAll(fhir, await fhir.get(`/Patient/${id}/_history?_count=50`))).map(
      ({ resource }) => resource?.meta?.versionId,
    )
    equal(new Set(versions).size, versions.length, 'no version twice')
    equal(versions.length, 1 + (tally(answers)['200'] ?? 0), 'a version for each 200')
  })

  must('of 12 patches none is lost', async ({ fhir }) => {
    const { id } = await fhir.create({ resourceType: 'Patient' })
    const answers = await times(12, async (index) => {
      const operations = [{ op: 'add', path: '/identifier', value: [] }]
      const value = [{ value: `i${index}` }]
      const first = await fhir.patch(
        `/Patient/${id}`,
        [{ ...operations[0], value }],
        'application/json-patch+json',
      )
      return first
    })
    noServerError(answers)
    const versions = (await searchAll(fhir, await fhir.get(`/Patient/${id}/_history?_count=50`))).length
    equal(versions, 1 + (tally(answers)['200'] ?? 0), 'a version for each 200')
  })

  must(
    '16 upserts of one new id make one resource',
    async ({ fhir, unique }) => {
      const id = unique('race')
      const answers = await times(16, (index) =>
        fhir.put(`/Patient/${id}`, { ...patient({ multipleBirthInteger: index }), id }),
      )
      noServerError(answers)
      equal(tally(answers)['201'], 1, `exactly one 201: ${JSON.stringify(tally(answers))}`)
    },
    'http.html#upsert',
  )

  must('8 writers with reversed bundles: no deadlock, no error of the server', async ({ fhir, unique }) => {
    const ids = Array.from({ length: 10 }, () => unique('dl'))
    const put = (id: string, round: number): BundleEntry => ({
      resource: { ...patient({ multipleBirthInteger: round }), id },
      request: { method: 'PUT', url: `Patient/${id}` },
    })
    const bundle = (list: readonly string[], round: number): Bundle => ({
      resourceType: 'Bundle',
      type: 'transaction',
      entry: list.map((id) => put(id, round)),
    })
    succeeded(await fhir.post('', bundle(ids, 0)))
    const answers = (
      await times(8, async (writer) => {
        const received: Received[] = []
        for (let round = 1; round <= 4; round++)
          received.push(
            await fhir.post('', bundle(writer % 2 === 0 ? ids : [...ids].reverse(), writer * 10 + round)),
          )
        return received
      })
    ).flat()
    noServerError(answers)
    check(
      answers.every(({ status }) => status === 200 || status === 409 || status === 412),
      JSON.stringify(tally(answers)),
    )
    check((tally(answers)['200'] ?? 0) > 0, 'some succeeded')
    const values = await Promise.all(
      ids.map(async (id) => resourceOf(await fhir.get(`/Patient/${id}`), 'Patient').multipleBirthInteger),
    )
    equal(new Set(values).size, 1, 'all are of the one bundle that came last')
  })

  must('a delete and an update at once: one after the other', async ({ fhir }) => {
    const answers = (
      await times(8, async () => {
        const { id } = await fhir.create(patient())
        return Promise.all([
          fhir.delete(`/Patient/${id}`),
          fhir.put(`/Patient/${id}`, { ...patient({ active: true }), id }),
        ])
      })
    ).flat()
    noServerError(answers)
  })

  own('16 deletes of one resource make one version', async ({ fhir }) => {
    const { id } = await fhir.create(patient())
    const answers = await times(16, () => fhir.delete(`/Patient/${id}`))
    noServerError(answers)
    equal((await searchAll(fhir, await fhir.get(`/Patient/${id}/_history`))).length, 2, 'two versions')
  })
})
