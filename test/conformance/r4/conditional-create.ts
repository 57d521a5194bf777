/** @see https://hl7.org/fhir/R4/http.html#ccreate */
import { equal, refused, status } from '../../support/conformance/check.ts'
import { clause } from '../../support/conformance/clause.ts'
import { idOf, resourceOf } from '../../support/conformance/client.ts'
import { byIdentifier, identified } from '../../support/conformance/samples.ts'

export const conditionalCreate = clause(
  'conditional-create',
  'http.html#ccreate',
  ({ must, should, own }) => {
    must('no match: created', async ({ fhir, unique }) => {
      const value = unique()
      status(await fhir.post('/Patient', identified(value), { 'if-none-exist': byIdentifier(value) }), 201)
      equal(
        resourceOf(await fhir.get(`/Patient?${byIdentifier(value)}`), 'Bundle').entry?.length,
        1,
        'one resource',
      )
    })

    must('one match: 200 and nothing created', async ({ fhir, unique }) => {
      const value = unique()
      const { id } = await fhir.create(identified(value))
      status(
        await fhir.post('/Patient', identified(value, { active: true }), {
          'if-none-exist': byIdentifier(value),
        }),
        200,
      )
      const found = resourceOf(await fhir.get(`/Patient?${byIdentifier(value)}`), 'Bundle').entry ?? []
      equal(
        found.map(({ resource }) => resource?.id),
        [id],
        'the same resource alone',
      )
      equal(resourceOf(await fhir.get(`/Patient/${id}`), 'Patient').active, undefined, 'unchanged')
    })

    should('one match: the answer tells which', async ({ fhir, unique }) => {
      const value = unique()
      const { id } = await fhir.create(identified(value))
      equal(
        idOf(await fhir.post('/Patient', identified(value), { 'if-none-exist': byIdentifier(value) })),
        id,
        'the id that was found',
      )
    })

    must('several matches: 412 and nothing created', async ({ fhir, unique }) => {
      const value = unique()
      await fhir.create(identified(value))
      await fhir.create(identified(value))
      refused(await fhir.post('/Patient', identified(value), { 'if-none-exist': byIdentifier(value) }), 412)
      equal(
        resourceOf(await fhir.get(`/Patient?${byIdentifier(value)}`), 'Bundle').entry?.length,
        2,
        'two resources still',
      )
    })

    must('a deleted resource does not match', async ({ fhir, unique }) => {
      const value = unique()
      const { id } = await fhir.create(identified(value))
      status(await fhir.delete(`/Patient/${id}`), 200, 204)
      status(await fhir.post('/Patient', identified(value), { 'if-none-exist': byIdentifier(value) }), 201)
    })

    must('the condition asks for this type only', async ({ fhir, unique }) => {
      const value = unique()
      await fhir.create({ resourceType: 'Practitioner', identifier: identified(value).identifier ?? [] })
      status(await fhir.post('/Patient', identified(value), { 'if-none-exist': byIdentifier(value) }), 201)
    })

    own(
      'a condition on a parameter that does not exist is refused, never ignored',
      async ({ fhir, unique }) => {
        refused(await fhir.post('/Patient', identified(unique()), { 'if-none-exist': 'nonsense=1' }), 400)
        refused(
          await fhir.post('/Patient', identified(unique()), {
            'if-none-exist': 'nonsense=1',
            prefer: 'handling=lenient',
          }),
          400,
          412,
        )
      },
    )

    own('an empty condition is refused', async ({ fhir, unique }) => {
      refused(await fhir.post('/Patient', identified(unique()), { 'if-none-exist': '' }), 400, 412)
      refused(await fhir.post('/Patient', identified(unique()), { 'if-none-exist': '?' }), 400, 412)
    })

    must('an invalid resource is refused before the condition matters', async ({ fhir, unique }) => {
      refused(
        await fhir.post(
          '/Patient',
          { ...identified(unique()), gender: 'nonsense' },
          { 'if-none-exist': byIdentifier(unique()) },
        ),
        400,
        422,
      )
    })
  },
)
