/** What a search does not know. @see https://hl7.org/fhir/R4/search.html#errors */
import { check, equal, refused, status } from '../../support/conformance/check.ts'
import { clause, shared } from '../../support/conformance/clause.ts'
import { resourceOf } from '../../support/conformance/client.ts'
import { linkOf, populate, searchPage } from '../../support/conformance/population.ts'
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

export const searchErrors = clause('search-errors', 'search.html#errors', ({ must, own }) => {
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
})
