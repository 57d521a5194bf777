import { check, equal, refused } from '../../support/conformance/check.ts'
import { clause } from '../../support/conformance/clause.ts'
import { resourceOf } from '../../support/conformance/client.ts'
import { byIdentifier, identified, observation, patient } from '../../support/conformance/samples.ts'
import { codeOf, createdId, done, matches, post, send, urn } from '../../support/conformance/transaction.ts'

export const transactionReferences = clause(
  'transaction-references',
  'http.html#trules',
  ({ must, should, own }) => {
    must(
      'urn:uuid references become real ones, also to an entry that comes later',
      async ({ fhir }) => {
        const [one, two] = [urn(), urn()]
        const entries = await done(
          fhir,
          post(observation({ subject: { reference: one }, performer: [{ reference: two }] }), urn()),
          post(patient(), one),
          post({ resourceType: 'Practitioner' }, two),
        )
        const found = resourceOf(await fhir.get(`/Observation/${createdId(entries[0])}`), 'Observation')
        equal(found.subject?.reference, `Patient/${createdId(entries[1])}`, 'subject')
        equal(found.performer?.[0]?.reference, `Practitioner/${createdId(entries[2])}`, 'performer')
      },
      'http.html#trules',
    )

    must(
      'references are rewritten in extensions, contained resources, backbone elements and urls',
      async ({ fhir }) => {
        const one = urn()
        const entries = await done(
          fhir,
          post(patient(), one),
          post({
            resourceType: 'CarePlan',
            status: 'active',
            intent: 'plan',
            subject: { reference: one, display: 'kept' },
            contained: [
              {
                resourceType: 'Goal',
                id: 'g',
                lifecycleStatus: 'active',
                description: { text: 'g' },
                subject: { reference: one },
              },
            ],
            goal: [{ reference: '#g' }],
            extension: [
              { url: 'https://conformance.example/r', valueReference: { reference: one } },
              { url: 'https://conformance.example/u', valueUri: one },
              {
                url: 'https://conformance.example/n',
                extension: [{ url: 'deep', valueReference: { reference: one } }],
              },
            ],
            activity: [{ detail: { status: 'scheduled', performer: [{ reference: one }] } }],
          }),
        )
        const wanted = `Patient/${createdId(entries[0])}`
        const found = resourceOf(await fhir.get(`/CarePlan/${createdId(entries[1])}`), 'CarePlan')
        equal(found.subject, { reference: wanted, display: 'kept' }, 'subject')
        const [goal] = found.contained ?? []
        equal(
          goal?.resourceType === 'Goal' ? goal.subject?.reference : undefined,
          wanted,
          'in a contained resource',
        )
        equal(found.goal?.[0]?.reference, '#g', 'a reference to a contained resource stays')
        equal(found.extension?.[0]?.valueReference?.reference, wanted, 'in an extension')
        equal(
          found.extension?.[2]?.extension?.[0]?.valueReference?.reference,
          wanted,
          'in a nested extension',
        )
        equal(found.activity?.[0]?.detail?.performer?.[0]?.reference, wanted, 'in a backbone element')
        check(
          (found.extension?.[1]?.valueUri ?? '').endsWith(wanted),
          `a uri element: ${found.extension?.[1]?.valueUri}`,
        )
      },
      'http.html#trules',
    )

    should(
      'links in the narrative are rewritten',
      async ({ fhir }) => {
        const one = urn()
        const div = `<div xmlns="http://www.w3.org/1999/xhtml"><a href="${one}">the patient</a></div>`
        const entries = await done(
          fhir,
          post(patient(), one),
          post({ ...observation(), text: { status: 'generated', div } }),
        )
        const found = resourceOf(await fhir.get(`/Observation/${createdId(entries[1])}`), 'Observation')
        check(
          (found.text?.div ?? '').includes(`Patient/${createdId(entries[0])}"`),
          'the link leads to the new resource',
        )
      },
      'http.html#trules',
    )

    must(
      'text that only looks like a reference stays',
      async ({ fhir }) => {
        const one = urn()
        const entries = await done(
          fhir,
          post(patient(), one),
          post(observation({ note: [{ text: one }], subject: { reference: one } })),
        )
        const found = resourceOf(await fhir.get(`/Observation/${createdId(entries[1])}`), 'Observation')
        equal(found.note?.[0]?.text, one, 'the note')
      },
      'http.html#trules',
    )

    must(
      'a relative reference to an entry that is created follows it',
      async ({ fhir, unique }) => {
        const old = unique('old')
        const entries = await done(fhir, post({ ...patient(), id: old }, `${fhir.base}/Patient/${old}`), {
          fullUrl: `${fhir.base}/Observation/${unique()}`,
          resource: observation({ subject: { reference: `Patient/${old}` } }),
          request: { method: 'POST', url: 'Observation' },
        })
        const found = resourceOf(await fhir.get(`/Observation/${createdId(entries[1])}`), 'Observation')
        equal(found.subject?.reference, `Patient/${createdId(entries[0])}`, 'the new id')
      },
      'http.html#trules',
    )

    must(
      'a reference to an entry found by ifNoneExist',
      async ({ fhir, unique }) => {
        const value = unique()
        const { id } = await fhir.create(identified(value))
        const one = urn()
        const entries = await done(
          fhir,
          post(observation({ subject: { reference: one } })),
          post(identified(value), one, byIdentifier(value)),
          { request: { method: 'GET', url: `Patient/${id}` } },
        )
        equal(codeOf(entries[1]), 200, 'found')
        equal(
          resourceOf(await fhir.get(`/Observation/${createdId(entries[0])}`), 'Observation').subject
            ?.reference,
          `Patient/${id}`,
          'the one that was found',
        )
      },
      'http.html#trules',
    )

    must(
      'a reference to the target of a conditional update',
      async ({ fhir, unique }) => {
        const value = unique()
        const { id } = await fhir.create(identified(value))
        const one = urn()
        const entries = await done(fhir, post(observation({ subject: { reference: one } })), {
          fullUrl: one,
          resource: identified(value, { active: true }),
          request: { method: 'PUT', url: `Patient?${byIdentifier(value)}` },
        })
        equal(
          resourceOf(await fhir.get(`/Observation/${createdId(entries[0])}`), 'Observation').subject
            ?.reference,
          `Patient/${id}`,
          'subject',
        )
      },
      'http.html#trules',
    )

    must(
      'conditional references are resolved',
      async ({ fhir, unique }) => {
        const value = unique()
        const { id } = await fhir.create(identified(value))
        const entries = await done(
          fhir,
          post(observation({ subject: { reference: `Patient?${byIdentifier(value)}` } })),
        )
        equal(
          resourceOf(await fhir.get(`/Observation/${createdId(entries[0])}`), 'Observation').subject
            ?.reference,
          `Patient/${id}`,
          'subject',
        )
      },
      'http.html#trules',
    )

    must(
      'a conditional reference to none or several fails the whole',
      async ({ fhir, unique }) => {
        const [none, many, witness] = [unique(), unique(), unique()]
        await fhir.create(identified(many))
        await fhir.create(identified(many))
        for (const value of [none, many]) {
          const received = await send(
            fhir,
            post(identified(witness)),
            post(observation({ subject: { reference: `Patient?${byIdentifier(value)}` } })),
          )
          refused(received, 400, 404, 412, 422)
        }
        equal(await matches(fhir, witness), 0, 'nothing was created')
      },
      'http.html#trules',
    )

    must(
      'circular references',
      async ({ fhir }) => {
        const [one, two] = [urn(), urn()]
        const entries = await done(
          fhir,
          post(patient({ link: [{ other: { reference: two }, type: 'seealso' }] }), one),
          post(patient({ link: [{ other: { reference: one }, type: 'seealso' }] }), two),
        )
        const found = resourceOf(await fhir.get(`/Patient/${createdId(entries[0])}`), 'Patient')
        equal(found.link?.[0]?.other.reference, `Patient/${createdId(entries[1])}`, 'link')
      },
      'http.html#trules',
    )

    must('an identifier reference and an absolute one elsewhere stay', async ({ fhir }) => {
      const elsewhere = 'https://elsewhere.example/fhir/Patient/1'
      const entries = await done(
        fhir,
        post(observation({ subject: { reference: elsewhere }, performer: [{ identifier: { value: 'x' } }] })),
      )
      const found = resourceOf(await fhir.get(`/Observation/${createdId(entries[0])}`), 'Observation')
      equal([found.subject?.reference, found.performer?.[0]?.identifier?.value], [elsewhere, 'x'], 'both')
    })

    must(
      'a reference to one version follows the resource',
      async ({ fhir }) => {
        const one = urn()
        const entries = await done(
          fhir,
          post(patient(), one),
          post({
            resourceType: 'Provenance',
            target: [{ reference: one }],
            recorded: '2020-01-01T00:00:00Z',
            agent: [{ who: { display: 'x' } }],
          }),
        )
        const found = resourceOf(await fhir.get(`/Provenance/${createdId(entries[1])}`), 'Provenance')
        check((found.target[0]?.reference ?? '').startsWith(`Patient/${createdId(entries[0])}`), 'target')
      },
      'http.html#trules',
    )

    own('a urn:uuid that no entry has fails the whole', async ({ fhir, unique }) => {
      const value = unique()
      refused(
        await send(fhir, post(identified(value)), post(observation({ subject: { reference: urn() } }))),
        400,
        422,
      )
      equal(await matches(fhir, value), 0, 'nothing was created')
    })
  },
)
