/** @see https://hl7.org/fhir/R4/http.html#cond-update */
import { check, equal, refused, status, succeeded } from '../../support/conformance/check.ts'
import { clause } from '../../support/conformance/clause.ts'
import { idOf, resourceOf } from '../../support/conformance/client.ts'
import { byIdentifier, identified } from '../../support/conformance/samples.ts'

export const conditionalUpdate = clause('conditional-update', 'http.html#cond-update', ({ must, own }) => {
  must('no match, no id: created', async ({ fhir, unique }) => {
    const value = unique()
    const received = await fhir.put(`/Patient?${byIdentifier(value)}`, identified(value))
    status(received, 201)
    status(await fhir.get(`/Patient/${idOf(received)}`), 200)
  })

  must('no match, an id that is free: created under it', async ({ fhir, unique }) => {
    const [value, id] = [unique(), unique('free')]
    status(await fhir.put(`/Patient?${byIdentifier(value)}`, { ...identified(value), id }), 201)
    status(await fhir.get(`/Patient/${id}`), 200)
  })

  must('no match, an id that is taken: refused', async ({ fhir, unique }) => {
    const { id } = await fhir.create(identified(unique()))
    const value = unique()
    refused(await fhir.put(`/Patient?${byIdentifier(value)}`, { ...identified(value), id }), 400, 409, 412)
  })

  must('one match, no id: updated', async ({ fhir, unique }) => {
    const value = unique()
    const { id } = await fhir.create(identified(value))
    const received = await fhir.put(`/Patient?${byIdentifier(value)}`, identified(value, { active: true }))
    status(received, 200)
    equal(resourceOf(await fhir.get(`/Patient/${id}`), 'Patient').active, true, 'the resource that matched')
  })

  must('one match and its id: updated', async ({ fhir, unique }) => {
    const value = unique()
    const { id } = await fhir.create(identified(value))
    status(
      await fhir.put(`/Patient?${byIdentifier(value)}`, { ...identified(value, { active: true }), id }),
      200,
    )
  })

  must('one match and another id: 400', async ({ fhir, unique }) => {
    const value = unique()
    await fhir.create(identified(value))
    refused(await fhir.put(`/Patient?${byIdentifier(value)}`, { ...identified(value), id: unique() }), 400)
  })

  must('several matches: 412', async ({ fhir, unique }) => {
    const value = unique()
    await fhir.create(identified(value))
    await fhir.create(identified(value))
    refused(await fhir.put(`/Patient?${byIdentifier(value)}`, identified(value)), 412)
  })

  must('twice the same: one resource', async ({ fhir, unique }) => {
    const value = unique()
    for (const active of [true, false])
      succeeded(await fhir.put(`/Patient?${byIdentifier(value)}`, identified(value, { active })))
    const entries = resourceOf(await fhir.get(`/Patient?${byIdentifier(value)}`), 'Bundle').entry ?? []
    equal(entries.length, 1, 'one resource')
    check(
      entries[0]?.resource?.resourceType === 'Patient' && entries[0].resource.active === false,
      'the last content',
    )
  })

  must(
    'If-Match holds for the resource that matched',
    async ({ fhir, unique }) => {
      const value = unique()
      await fhir.create(identified(value))
      refused(
        await fhir.put(`/Patient?${byIdentifier(value)}`, identified(value, { active: true }), {
          'if-match': 'W/"987"',
        }),
        412,
      )
    },
    'http.html#concurrency',
  )

  own('a condition that does not exist is refused, never ignored', async ({ fhir, unique }) => {
    refused(await fhir.put('/Patient?nonsense=1', identified(unique())), 400)
    refused(
      await fhir.put('/Patient?nonsense=1', identified(unique()), { prefer: 'handling=lenient' }),
      400,
      412,
    )
    refused(await fhir.put('/Patient?_count=1', identified(unique())), 400, 412)
  })
})
